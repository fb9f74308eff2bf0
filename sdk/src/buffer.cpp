// SPDX-License-Identifier: BSD-2-Clause
#include <netmapxx/buffer.hpp>

#include <algorithm>
#include <cstring>

#include "pool_state.hpp"

namespace netmapxx::inline v1 {

namespace detail {

std::uint32_t pool_state::next(std::uint32_t index) const noexcept {
    std::uint32_t link = 0;
    std::memcpy(&link, address(index), sizeof link);
    return valid(link) ? link : 0; // the memory is shared with others
}

void pool_state::set_next(std::uint32_t index, std::uint32_t to) const noexcept {
    std::memcpy(address(index), &to, sizeof to);
}

void pool_state::adopt(std::uint32_t head, std::uint32_t granted) noexcept {
    if (memory_->buffers() == nullptr || !valid(head) || granted == 0)
        return;
    free_ = head;
    capacity_ = 1;
    std::uint32_t at = head;
    while (capacity_ < granted) {
        std::uint32_t const link = next(at);
        if (link == 0)
            break;
        at = link;
        ++capacity_;
    }
    set_next(at, 0);
}

std::uint32_t pool_state::take() noexcept {
    if (free_ == 0) {
        // acquire: pairs with the release in give(), so that links are visible
        free_ = returned_.exchange(0, std::memory_order_acquire);
        if (free_ == 0)
            return 0;
    }
    std::uint32_t const index = free_;
    free_ = next(index);
    outstanding_.fetch_add(1, std::memory_order_relaxed);
    return index;
}

void pool_state::give(std::uint32_t index) noexcept {
    std::uint32_t top = returned_.load(std::memory_order_relaxed);
    do {
        if (top == closed)
            return;
        set_next(index, top);
    } while (!returned_.compare_exchange_weak(top, index, std::memory_order_release,
                                              std::memory_order_relaxed));
    outstanding_.fetch_sub(1, std::memory_order_release);
}

std::uint32_t pool_state::close() noexcept {
    std::uint32_t const returned = returned_.exchange(closed, std::memory_order_acquire);
    if (!valid(returned))
        return free_;
    std::uint32_t last = returned;
    for (std::uint32_t link = next(last); link != 0; link = next(last))
        last = link;
    set_next(last, free_);
    return returned;
}

} // namespace detail

buffer::buffer(std::shared_ptr<detail::pool_state> pool, std::uint32_t index) noexcept
    : pool_(std::move(pool)), index_(index) {}

std::span<std::byte> buffer::storage() const noexcept {
    if (!pool_)
        return {};
    return {pool_->address(index_), pool_->memory().buffer_size()};
}

std::span<std::byte> buffer::data() const noexcept {
    return storage().first(std::min<std::size_t>(length_, storage().size()));
}

bool buffer::set_length(std::size_t bytes) noexcept {
    if (bytes > storage().size())
        return false;
    length_ = static_cast<std::uint32_t>(bytes);
    return true;
}

bool buffer::exchange(slot_view slot) noexcept {
    if (!pool_ || slot.control().region != &pool_->memory() || slot.offset() != 0)
        return false;
    netmap_slot& raw = slot.raw();
    index_ = std::exchange(raw.buf_idx, index_);
    length_ = raw.len;
    raw.flags = static_cast<std::uint16_t>(raw.flags | NS_BUF_CHANGED);
    return true;
}

void buffer::reset() noexcept {
    if (!pool_)
        return;
    pool_->give(index_);
    pool_.reset();
    index_ = length_ = 0;
}

buffer_pool::buffer_pool(std::shared_ptr<detail::pool_state> state) noexcept
    : state_(std::move(state)) {}

buffer_pool::~buffer_pool() = default;

std::size_t buffer_pool::capacity() const noexcept {
    return state_->capacity();
}

std::size_t buffer_pool::available() const noexcept {
    return state_->capacity() - state_->outstanding();
}

buffer buffer_pool::try_allocate() noexcept {
    std::uint32_t const index = state_->take();
    return index == 0 ? buffer{} : buffer{state_, index};
}

buffer buffer_pool::try_keep(packet_view packet) noexcept {
    buffer kept = try_allocate();
    if (!kept)
        return {};
    if (packet.contiguous() && kept.exchange(packet.slots()[0]))
        return kept;
    if (packet.size() > kept.storage().size())
        return {};
    kept.set_length(packet.copy_to(kept.storage()));
    return kept;
}

} // namespace netmapxx::inline v1
