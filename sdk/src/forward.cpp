// SPDX-License-Identifier: BSD-2-Clause
#include <netmapxx/forward.hpp>

#include <algorithm>
#include <cstring>
#include <limits>

namespace netmapxx::inline v1 {

namespace detail {

std::uint32_t slots_for_copy(ring_control const& to, std::uint32_t used, std::uint32_t free,
                             std::size_t bytes) noexcept {
    for (std::uint32_t slots = 1; slots <= max_fragments; ++slots) {
        // Slots the core owns are not looked at; they have whole buffers at most.
        bool const mine = used + slots <= free;
        std::size_t const room = mine ? to.capacity(to.slots[to.advance(to.head, used + slots - 1)])
                                      : std::min<std::size_t>(to.buffer_size, max_length);
        if (bytes <= room)
            return slots;
        bytes -= room;
    }
    return std::numeric_limits<std::uint32_t>::max();
}

std::uint32_t copy_chain(ring_control& to, std::uint32_t used, packet_view packet) noexcept {
    auto const next_target = [&to, &used] {
        slot_view const target{&to, to.slots + to.advance(to.head, used)};
        ++used;
        return target;
    };
    auto const finish = [](slot_view slot, std::size_t bytes, bool more) {
        slot.raw().len = static_cast<std::uint16_t>(bytes);
        slot.raw().flags = static_cast<std::uint16_t>((slot.raw().flags & NS_BUF_CHANGED) |
                                                      (more ? NS_MOREFRAG : 0));
    };
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
            finish(target, fill, true);
            target = next_target();
            fill = 0;
        }
    }
    finish(target, fill, false);
    return used;
}

exchange_tally exchange_all(ring_control const& from, slot_run source, slot_run target) noexcept {
    plain_limits const limits{from};
    std::uint32_t const most = std::min(source.count, target.count);
    std::uint64_t bytes = 0;
    std::uint32_t i = 0;
    for (; i < most; ++i) {
        // read once: another process may write it meanwhile
        netmap_slot const slot = source.first[i];
        if (!limits.hold(slot.buf_idx, slot.len, slot.flags)) [[unlikely]]
            break;
        exchange_plain(source.first[i], target.first[i], slot.buf_idx, slot.len);
        bytes += slot.len;
    }
    return {.taken = i, .filled = i, .bytes = bytes};
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
