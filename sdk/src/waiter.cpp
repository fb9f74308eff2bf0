// SPDX-License-Identifier: BSD-2-Clause
#include <netmapxx/waiter.hpp>

#include <netmapxx/error.hpp>

#include "port_state.hpp"

namespace netmapxx::inline v1 {

namespace {

[[nodiscard]] detail::wait_request request_for(direction dir, std::size_t min_slots) noexcept {
    return {.rx = dir == direction::rx, .tx = dir == direction::tx, .min_slots = min_slots};
}

} // namespace

bool waiter::ready() const noexcept {
    return port_->state_ && port_->state_->ready(request_for(dir_, min_slots_));
}

bool waiter::prepare(std::error_code& ec) noexcept {
    ec.clear();
    if (!port_->state_) {
        ec = errc::closed;
        return false;
    }
    auto& state = *port_->state_;
    auto const request = request_for(dir_, min_slots_);
    if (!state.can_end(request, ec))
        return false;
    if (state.ready(request) || state.prepare(request, ec))
        return true;
    if (!ec && slept_ && state.troubled(dir_)) // woken, and for nothing
        ec = errc::port_gone;
    slept_ = true;
    return false;
}

bool waiter::prepare() {
    std::error_code ec;
    bool const there = prepare(ec);
    if (ec)
        throw error{ec, dir_ == direction::rx ? "wait for packets on" : "wait for room on",
                    port_->state_ ? port_->info().spec.to_string() : "port"};
    return there;
}

void waiter::finish() noexcept {
    slept_ = false;
    if (dir_ == direction::tx && port_->state_)
        port_->state_->lower_wake_points();
}

} // namespace netmapxx::inline v1
