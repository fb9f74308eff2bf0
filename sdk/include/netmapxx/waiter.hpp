// SPDX-License-Identifier: BSD-2-Clause
/// @file
/// The protocol of a wait, for event loops that do the sleeping themselves.
#ifndef NETMAPXX_WAITER_HPP
#define NETMAPXX_WAITER_HPP

#include <cstddef>
#include <system_error>

#include <netmapxx/config.hpp>
#include <netmapxx/port.hpp>

namespace netmapxx::inline v1 {

/// @brief Waits for one side of a port inside a foreign event loop.
///
/// A wake-up that comes after prepare() armed the port ends the sleep, and what came
/// before is seen by its sync: none is lost, whether the backend wakes by its own poll
/// or by an event descriptor, and whether the loop is level- or edge-triggered.
///
/// @code
/// netmapxx::waiter packets{port, netmapxx::direction::rx};
/// while (!packets.prepare()) {
///     auto const at = port.wait_handle(netmapxx::direction::rx);
///     pollfd entry{at.fd, at.events, 0};
///     ::poll(&entry, 1, -1); // or any reactor; register anew, or modify, each time
/// }
/// packets.finish();
/// @endcode
///
/// @par Ownership Refers to the port, which must not move meanwhile. A port that
///      closes first is left alone.
/// @par Thread safety As the rings of that side: one thread at a time. Leave them alone
///      between a prepare() that said "sleep" and the wake-up.
/// @since 0.1
class NETMAPXX_EXPORT waiter {
  public:
    /// @param on        port to wait for
    /// @param dir       rx: for packets; tx: for room
    /// @param min_slots tx: free slots one ring must have, at most its size - 1
    waiter(port& on, direction dir, std::size_t min_slots = 1) noexcept
        : port_(&on), dir_(dir), min_slots_(min_slots) {}
    waiter(waiter const&) = delete;
    waiter& operator=(waiter const&) = delete;
    /// Ends the wait, as finish() does.
    ~waiter() { finish(); }

    /// True if what is waited for is there. Makes no system call.
    [[nodiscard]] bool ready() const noexcept;

    /// @brief Everything to be done before a sleep: arms, syncs, and looks.
    /// @return true if what is waited for is there; false: sleep on
    ///         `port::wait_handle()` now, then call this again
    /// @throws error closed, port_gone, ring_reset, no_such_ring (no ring of that side is bound)
    [[nodiscard]] bool prepare();
    /// @copydoc prepare()
    /// @param ec receives the error instead; the result is then false
    [[nodiscard]] bool prepare(std::error_code& ec) noexcept;

    /// Changes how much room is waited for, in slots.
    void expect(std::size_t min_slots) noexcept { min_slots_ = min_slots; }

    /// Takes the raised wake-up point of a wait for room back. Call it before slots are
    /// used; a second call does nothing.
    void finish() noexcept;

  private:
    port* port_;
    direction dir_;
    bool slept_ = false;
    std::size_t min_slots_;
};

} // namespace netmapxx::inline v1

#endif // NETMAPXX_WAITER_HPP
