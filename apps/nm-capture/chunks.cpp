// SPDX-License-Identifier: BSD-2-Clause
#include "nm-capture/chunks.hpp"

#include <algorithm>
#include <new>

namespace netmapxx::apps::capture {
namespace {

constexpr std::align_val_t cache_line{64};
constexpr std::size_t usual_chunk = 4 << 20;
constexpr std::size_t fewest_chunks = 4;

} // namespace

void chunk::release::operator()(std::byte* p) const noexcept {
    ::operator delete[](p, cache_line);
}

chunk::chunk(std::size_t capacity)
    : memory_(static_cast<std::byte*>(::operator new[](capacity, cache_line))),
      capacity_(capacity) {}

chunk_round::chunk_round(std::size_t total, std::size_t largest) {
    auto const size = std::max(std::min(usual_chunk, total / fewest_chunks), largest);
    auto const count = std::max<std::size_t>(total / size, 2);
    for (std::size_t i = 0; i < count; ++i)
        empty_.push_back(all_.emplace_back(std::make_unique<chunk>(size)).get());
    empties_ = count;
}

chunk* chunk_round::take_empty() noexcept {
    if (!has_empty())
        return nullptr;
    std::lock_guard const lock(mutex_);
    auto* const c = empty_.back();
    empty_.pop_back();
    empties_.store(empty_.size(), std::memory_order_relaxed);
    return c;
}

void chunk_round::wait_empty(time_point deadline) {
    std::unique_lock lock(mutex_);
    changed_.wait_until(lock, deadline, [this] { return !empty_.empty(); });
}

void chunk_round::put_full(chunk* c) {
    {
        std::lock_guard const lock(mutex_);
        full_.push_back(c);
    }
    changed_.notify_all();
}

void chunk_round::close() {
    {
        std::lock_guard const lock(mutex_);
        closed_ = true;
    }
    changed_.notify_all();
}

chunk* chunk_round::wait_full() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !full_.empty() || closed_; });
    if (full_.empty())
        return nullptr;
    auto* const c = full_.front();
    full_.pop_front();
    return c;
}

void chunk_round::put_empty(chunk* c) {
    c->clear();
    {
        std::lock_guard const lock(mutex_);
        empty_.push_back(c);
        empties_.store(empty_.size(), std::memory_order_relaxed);
    }
    changed_.notify_all();
}

} // namespace netmapxx::apps::capture
