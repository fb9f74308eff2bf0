// SPDX-License-Identifier: BSD-2-Clause
//
// asio_receive: receives on several ports at once, in one thread.
//
// Shows ports in a Boost.Asio program with completion handlers: several operations on one
// io_context, beside signals and a timer, and an end that cancels them all.
//
// Run it, without a NIC and without root:
//     asio_receive 6 vale0:a vale0:b vale0:c --partner vale0:you
//     asio_receive 3 'pipe{1' --partner 'pipe}1'
// With the module, on interfaces, until interrupted:
//     asio_receive 0 netmap:eth0 netmap:eth1
//
// You will see:
//     vale0:a: packet of 60 bytes
//     vale0:b: packet of 60 bytes
//     ...
//
// Where there is no kernel module, ports live inside this process ("embedded" backend), and
// nobody outside can send to them: --partner names a port that a timer here sends from.

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstring>
#include <iostream>
#include <list>
#include <optional>
#include <span>
#include <string_view>

#include <boost/asio.hpp>
#include <netmapxx/asio/port.hpp>

namespace asio = boost::asio;
namespace nmx = netmapxx;
using namespace std::literals;
using boost::system::error_code;

namespace {

class session {
  public:
    session(asio::io_context& context, std::size_t count, std::span<char*> ports, char* partner)
        : left_(count == 0 ? nmx::all_slots : count), signals_(context, SIGINT, SIGTERM),
          timer_(context) {
        for (char const* spec : ports)
            ports_.emplace_back(context, nmx::port_spec::from_user(spec));
        if (partner != nullptr)
            partner_.emplace(context, nmx::port_spec::from_user(partner));
        signals_.async_wait([this](error_code, int) { stop(); });
        for (nmx::async_port& port : ports_)
            receive(port);
        if (partner_)
            greet();
    }

    // What ended the work before its time, if anything did.
    [[nodiscard]] error_code failure() const { return failure_; }

  private:
    // Starts the one operation that each port has under way.
    void receive(nmx::async_port& port) {
        port.async_receive_batch(64, [this, &port](error_code ec, nmx::rx_batch batch) {
            if (ec && ec != asio::error::operation_aborted)
                failure_ = ec;
            auto packet = ec ? nmx::rx_batch::iterator{} : batch.begin();
            for (; packet != std::default_sentinel && left_ != 0; ++packet, --left_)
                std::cout << port.receiver().info().name << ": packet of " << (*packet).size()
                          << " bytes\n";
            batch.release(packet); // what came before it; the rest would be received again
            if (ec || left_ == 0)
                stop();
            else
                receive(port);
        });
    }

    // The partner sends a frame to all, now and every 50 ms.
    void greet() {
        std::fill_n(frame_.begin(), 6, std::byte{0xff}); // destination: everyone
        frame_[6] = std::byte{0x02};                     // source: an address of no vendor
        partner_->async_send(asio::buffer(frame_), [this](error_code ec, std::size_t) {
            if (ec)
                return;
            timer_.expires_after(50ms);
            timer_.async_wait([this](error_code over) {
                if (!over)
                    greet();
            });
        });
    }

    // All operations end with operation_aborted, and the context runs out of work.
    void stop() {
        left_ = 0;
        signals_.cancel();
        timer_.cancel();
        partner_.reset();
        for (nmx::async_port& port : ports_)
            port.cancel();
    }

    std::size_t left_;
    error_code failure_;
    asio::signal_set signals_;
    asio::steady_timer timer_;
    std::list<nmx::async_port> ports_;
    std::optional<nmx::async_port> partner_;
    std::array<std::byte, 60> frame_{};
};

bool read_number(char const* text, std::size_t& number) {
    char const* const end = text + std::strlen(text);
    auto const [stop, ec] = std::from_chars(text, end, number);
    return ec == std::errc{} && stop == end;
}

} // namespace

int main(int argc, char** argv) {
    std::span args{argv, static_cast<std::size_t>(argc)};
    char* partner = nullptr;
    if (args.size() > 3 && args[args.size() - 2] == "--partner"sv) {
        partner = args.back();
        args = args.first(args.size() - 2);
    }
    std::size_t count = 0;
    if (args.size() < 3 || !read_number(args[1], count)) {
        std::cerr << "usage: asio_receive COUNT PORT... [--partner PORT]   (COUNT 0: no end)\n";
        return 2;
    }
    try {
        asio::io_context context{1};
        session all{context, count, args.subspan(2), partner};
        std::cerr << "asio_receive: waiting, ports: " << args.size() - 2 << '\n';
        context.run();
        if (all.failure())
            std::cerr << "asio_receive: error: " << all.failure().message() << '\n';
        return all.failure() ? 1 : 0;
    } catch (nmx::error const& e) {
        std::cerr << "asio_receive: error: " << e.what() << '\n';
        if (!e.hint().empty())
            std::cerr << "  hint: " << e.hint() << '\n';
        return e.code() == nmx::condition::usage ? 2 : e.code() == nmx::condition::gone ? 1 : 3;
    }
}
