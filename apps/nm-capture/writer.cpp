// SPDX-License-Identifier: BSD-2-Clause
#include "nm-capture/writer.hpp"

#include "common/pcap_writer.hpp"
#include "common/pcapng_writer.hpp"

namespace netmapxx::apps::capture {

void writer::run() noexcept {
    while (auto* const c = round_.wait_full()) {
        write(*c);
        round_.put_empty(c);
    }
}

void writer::write(chunk const& c) {
    auto const bytes = c.bytes();
    if (failed()) {
        count(bytes, true);
        return;
    }
    std::size_t done = 0;
    if (auto const ec = to_.write(bytes, done))
        fail(c, done, ec);
    else
        bytes_ += done;
}

/** What arrived in part is taken back, so that the file ends with a whole block. */
void writer::fail(chunk const& c, std::size_t done, std::error_code ec) {
    auto const whole = count(c.bytes().first(done), false);
    bool const kept = to_.take_back(done - whole);
    count(c.bytes().subspan(kept ? whole : 0), true);
    bytes_ += kept ? whole : 0;
    status_ = ec;
    failed_.store(true, std::memory_order_release);
    control_.wake();
}

/** Goes over whole blocks, and returns how many bytes they are. */
std::size_t writer::count(std::span<std::byte const> bytes, bool as_lost) {
    std::size_t whole = 0;
    for (;;) {
        auto const rest = bytes.subspan(whole);
        auto const block =
            format_ == file_format::pcapng ? pcapng::first_block(rest) : pcap::first_record(rest);
        if (block.empty())
            return whole;
        whole += block.size();
        auto const interface = format_ == file_format::pcapng
                                   ? pcapng::packet_interface(block)
                                   : std::optional<std::uint32_t>(0); // the format knows none
        if (as_lost && interface)
            ++lost_[*interface];
    }
}

} // namespace netmapxx::apps::capture
