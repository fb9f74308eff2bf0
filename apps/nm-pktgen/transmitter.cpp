// SPDX-License-Identifier: BSD-2-Clause
#include "nm-pktgen/transmitter.hpp"

#include <algorithm>
#include <cstring>

namespace netmapxx::apps::pktgen {

transmitter::transmitter(port& port, frame_template const& frame, plan const& plan)
    : port_(port), frame_(frame), plan_(plan),
      path_(plan.copy || plan.fragments > 1                    ? path::copied
            : plan.number || frame.lowest() != frame.highest() ? path::patched
                                                               : path::fixed),
      scratch_(frame.bytes().begin(), frame.bytes().end()), random_(plan.seed | 1) {
    for (auto const ring : port.tx_rings())
        unwritten_.push_back(ring.size());
}

std::uint32_t transmitter::fragments_for(std::size_t bytes, std::size_t buffer_size,
                                         std::uint32_t wanted) noexcept {
    constexpr std::size_t longest_slot = 65535;
    auto const room = std::min(buffer_size, longest_slot);
    return std::max(wanted, static_cast<std::uint32_t>((bytes + room - 1) / room));
}

std::string_view transmitter::path_name() const noexcept {
    constexpr std::string_view names[] = {"in place", "patched in place", "copy"};
    return names[static_cast<std::size_t>(path_)];
}

transmitter::result transmitter::send(std::size_t ring_index, std::uint32_t packets) {
    auto const ring = port_.tx_rings()[ring_index];
    if (path_ == path::copied)
        return send_copied(ring, packets);
    auto& unwritten = unwritten_[ring_index];
    bool const fresh = unwritten != 0;
    auto const done = path_ == path::fixed ? send_fixed(ring, packets, fresh)
                                           : send_patched(ring, packets, fresh);
    if (fresh)
        unwritten -= std::min<std::size_t>(unwritten, done.packets);
    return done;
}

void transmitter::write_whole(slot_view slot) const noexcept {
    std::memcpy(slot.buffer().data(), frame_.bytes().data(), frame_.bytes().size());
}

transmitter::result transmitter::send_fixed(tx_ring ring, std::uint32_t packets, bool fresh) {
    auto const size = frame_.highest();
    auto batch = ring.reserve(packets);
    auto const settle = [&](slot_view slot) {
        if (fresh || slot.buffer_changed())
            write_whole(slot);
        slot.prepare(size);
    };
    // Steady state: a pass that only reads, past the slots that are as they should be.
    auto const unsettled = [fresh, size](slot_view slot) {
        return fresh || slot.length() != size || slot.raw_flags() != 0;
    };
    auto const end = batch.end();
    for (auto it = batch.begin(); (it = std::ranges::find_if(it, end, unsettled)) != end; ++it)
        settle(*it);
    if (plan_.dump != nullptr)
        dump_slots(ring, batch, batch.size());
    auto const sent = batch.commit(batch.size());
    return {sent, sent * size};
}

transmitter::result transmitter::send_patched(tx_ring ring, std::uint32_t packets, bool fresh) {
    auto batch = ring.reserve(packets);
    std::uint64_t bytes = 0;
    for (slot_view const slot : batch) {
        if (fresh || slot.buffer_changed())
            write_whole(slot);
        auto const size = next_size();
        patch(slot.buffer(), size);
        slot.prepare(size);
        bytes += size;
    }
    if (plan_.dump != nullptr)
        dump_slots(ring, batch, batch.size());
    return {batch.commit(batch.size()), bytes};
}

transmitter::result transmitter::send_copied(tx_ring ring, std::uint32_t packets) {
    auto batch = ring.reserve(std::size_t{packets} * plan_.fragments);
    result done;
    std::size_t slots = 0;
    for (; slots + plan_.fragments <= batch.size(); slots += plan_.fragments) {
        done.bytes += append_chain(batch, slots);
        ++done.packets;
    }
    if (plan_.dump != nullptr)
        dump_slots(ring, batch, slots);
    batch.commit(slots);
    return done;
}

std::size_t transmitter::append_chain(tx_batch& batch, std::size_t first_slot) {
    auto const size = next_size();
    patch(scratch_, size);
    auto const part = size / plan_.fragments;
    auto const longer = size % plan_.fragments;
    std::size_t from = 0;
    for (std::size_t i = 0; i < plan_.fragments; ++i) {
        slot_view const slot = batch[first_slot + i];
        auto const length = part + (i < longer ? 1 : 0);
        std::memcpy(slot.buffer().data(), scratch_.data() + from, length);
        slot.prepare(length);
        slot.set_more_fragments(i + 1 < plan_.fragments);
        from += length;
    }
    return size;
}

void transmitter::patch(std::span<std::byte> frame, std::size_t size) noexcept {
    if (frame_.lowest() != frame_.highest())
        frame_.set_size(frame, size);
    if (plan_.number)
        frame_.set_sequence(frame, size, number_++);
}

std::size_t transmitter::next_size() noexcept {
    auto const lowest = frame_.lowest();
    auto const choices = frame_.highest() - lowest + 1;
    if (choices == 1)
        return lowest;
    // xorshift64: the upper half, scaled to the range, both ends included
    random_ ^= random_ << 13;
    random_ ^= random_ >> 7;
    random_ ^= random_ << 17;
    return lowest + static_cast<std::size_t>(((random_ >> 32) * choices) >> 32);
}

void transmitter::dump_slots(tx_ring ring, tx_batch const& batch, std::size_t slots) const {
    for (std::size_t i = 0; i < slots; ++i)
        plan_.dump->show("tx", ring.index(), batch[i]);
}

} // namespace netmapxx::apps::pktgen
