// SPDX-License-Identifier: BSD-2-Clause
#include "common/packet_filter.hpp"

#include <mutex>

#include <fmt/format.h>
#include <pcap/pcap.h>

#include "common/exit_code.hpp"
#include "common/pcapng_writer.hpp"

namespace netmapxx::apps {

void packet_filter::deleter::operator()(bpf_program* p) const noexcept {
    ::pcap_freecode(p);
    delete p;
}

packet_filter::packet_filter() noexcept = default;
packet_filter::packet_filter(packet_filter&&) noexcept = default;
packet_filter& packet_filter::operator=(packet_filter&&) noexcept = default;
packet_filter::~packet_filter() = default;

packet_filter::packet_filter(std::string_view option_names, std::string const& expression) {
    std::unique_ptr<pcap_t, decltype(&::pcap_close)> const dead{
        ::pcap_open_dead(DLT_EN10MB, static_cast<int>(most_snaplen)), &::pcap_close};
    if (dead == nullptr)
        throw std::bad_alloc();
    auto program = std::make_unique<bpf_program>();
    if (::pcap_compile(dead.get(), program.get(), expression.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0)
        throw app_failure(exit_code::usage,
                          fmt::format("{}: '{}' is not a filter: {}", option_names, expression,
                                      ::pcap_geterr(dead.get())));
    program_.reset(program.release());
}

bool packet_filter::run(std::span<std::byte const> bytes, std::size_t length) const noexcept {
    return ::bpf_filter(program_->bf_insns, reinterpret_cast<unsigned char const*>(bytes.data()),
                        static_cast<unsigned>(length), static_cast<unsigned>(bytes.size())) != 0;
}

std::string packet_filter::listing() const {
    static std::mutex image_buffer; // bpf_image() has one for all threads
    std::lock_guard const lock(image_buffer);
    std::string text;
    for (unsigned i = 0; program_ != nullptr && i < program_->bf_len; ++i)
        text += fmt::format("{}\n", ::bpf_image(&program_->bf_insns[i], static_cast<int>(i)));
    return text;
}

} // namespace netmapxx::apps
