// SPDX-License-Identifier: BSD-2-Clause
#include <netmapxx/forward.hpp>

#include <algorithm>
#include <cstring>
#include <limits>

namespace netmapxx::inline v1 {

namespace detail {

std::uint32_t forwarder::count_slots(std::size_t bytes) const noexcept {
    for (std::uint32_t slots = 1; slots <= max_fragments; ++slots) {
        // Slots the core owns are not looked at; they have whole buffers at most.
        bool const mine = used_ + slots <= free_;
        std::size_t const room =
            mine ? to_.capacity(to_.slots[to_.advance(to_.head, used_ + slots - 1)])
                 : to_.buffer_size;
        if (bytes <= room)
            return slots;
        bytes -= room;
    }
    return std::numeric_limits<std::uint32_t>::max();
}

void forwarder::copy_chain(packet_view packet) noexcept {
    slot_view target = next_target();
    std::size_t fill = 0;
    for (auto piece : packet.fragments()) {
        while (!piece.empty()) {
            auto const into = target.buffer().subspan(fill);
            std::size_t const part = std::min(piece.size(), into.size());
            std::memcpy(into.data(), piece.data(), part);
            fill += part;
            piece = piece.subspan(part);
            if (piece.empty())
                break;
            target.raw().len = static_cast<std::uint16_t>(fill);
            set_flags(target, true, target.raw().flags & NS_BUF_CHANGED);
            target = next_target();
            fill = 0;
        }
    }
    target.raw().len = static_cast<std::uint16_t>(fill);
    set_flags(target, false, target.raw().flags & NS_BUF_CHANGED);
}

std::error_code forward_obstacle(port const& from, port const& to, transfer_mode mode) noexcept {
    if (!from.is_open() || !to.is_open())
        return errc::closed;
    if (from.rx_rings().empty() || to.tx_rings().empty())
        return errc::no_such_ring;
    if (mode == transfer_mode::exchange_only && !(from.memory() == to.memory()))
        return errc::region_mismatch;
    return {};
}

void check_forward(std::error_code ec, port const& to) {
    if (ec)
        throw error{ec, "forward to", to.is_open() ? to.info().spec.to_string() : "port"};
}

} // namespace detail

forward_result forward(port& from, port& to, forward_options const& options,
                       std::error_code& ec) noexcept {
    return forward(from, to, options, pass_all{}, ec);
}

forward_result forward(port& from, port& to, forward_options const& options) {
    return forward(from, to, options, pass_all{});
}

} // namespace netmapxx::inline v1
