// SPDX-License-Identifier: BSD-2-Clause
/// @file
/// Operations that begin while a handler of their port runs. Private.
#ifndef NETMAPXX_ASIO_DETAIL_TURN_HPP
#define NETMAPXX_ASIO_DETAIL_TURN_HPP

#include <array>
#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

#include <boost/asio/post.hpp>

namespace netmapxx::inline v1::async::detail {

/// One turn of a port on its executor.
///
/// A handler that starts the next operation would have it posted, and before Asio gets to
/// what was posted it asks the kernel for events: a system call a batch. So what a handler
/// starts waits here, and goes on when that handler has returned: not inside the initiating
/// call, on the same executor, and without the scheduler in between. A few in a row, then
/// the others have their turn.
class turn {
  public:
    turn() = default;
    turn(turn const&) = delete;
    turn& operator=(turn const&) = delete;
    ~turn() = default;

    /// Makes an operation here that a handler started; its first step runs when that handler
    /// has returned. Null, with nothing made, if it is to be posted instead.
    template <class Step, class... Args> [[nodiscard]] Step* emplace(Args&&... args) {
        // NOLINTNEXTLINE(misc-redundant-expression): each is a constant of the step at hand
        if constexpr (sizeof(Step) <= room && alignof(Step) <= alignof(std::max_align_t)) {
            if (!running_ || next_ != nullptr || in_a_row_ == most_in_a_row)
                return nullptr;
            auto* const step = ::new (place()) Step(std::forward<Args>(args)...);
            next_ = &go_on<Step>;
            return step;
        } else {
            return nullptr;
        }
    }

    /// Runs a handler, and then what it and its followers started. The caller keeps alive
    /// what the turn lives in.
    template <class Handler> void run(Handler&& handler) {
        if (running_) { // a follower: its turn goes on below
            handler();
            return;
        }
        ending const end{*this};
        running_ = true;
        handler();
        for (in_a_row_ = 1; next_ != nullptr; ++in_a_row_)
            call_next(false);
    }

  private:
    static constexpr std::size_t room = 384;
    static constexpr unsigned most_in_a_row = 64;

    // A handler that throws leaves run(); what was started goes the usual way.
    struct ending {
        turn& self;
        ~ending() {
            self.running_ = false;
            self.in_a_row_ = 0;
            if (self.next_ != nullptr)
                self.call_next(true);
        }
    };

    template <class Step> static void go_on(void* at, bool post) {
        struct holder {
            Step& step;
            ~holder() { step.~Step(); }
        } const held{*std::launder(static_cast<Step*>(at))};
        if (post)
            boost::asio::post(std::move(held.step));
        else
            held.step();
    }

    // The step stays where it is while it runs; what it starts comes into the other place.
    void call_next(bool post) {
        void* const at = place();
        second_ = !second_;
        std::exchange(next_, nullptr)(at, post);
    }

    [[nodiscard]] void* place() noexcept { return places_[second_ ? 1 : 0].data(); }

    struct alignas(std::max_align_t) memory : std::array<std::byte, room> {};

    bool running_ = false;
    bool second_ = false;
    unsigned in_a_row_ = 0;
    void (*next_)(void*, bool) = nullptr;
    std::array<memory, 2> places_;
};

} // namespace netmapxx::inline v1::async::detail

#endif // NETMAPXX_ASIO_DETAIL_TURN_HPP
