// SPDX-License-Identifier: BSD-2-Clause
/// @file
/// From the throwing form of a call to its error-code form, for calls off the
/// data path.
#ifndef NETMAPXX_GUARDED_HPP
#define NETMAPXX_GUARDED_HPP

#include <new>
#include <system_error>
#include <type_traits>

#include "log.hpp"

namespace netmapxx::inline v1::detail {

/// Runs `fn`; what it throws goes into `ec`, and a default value comes back.
/// The words, which the code cannot carry, go to the log.
template <class Fn> std::invoke_result_t<Fn&> guarded(std::error_code& ec, Fn&& fn) noexcept {
    try {
        ec.clear();
        return fn();
    } catch (std::system_error const& e) {
        ec = e.code();
        log(log_level::info, "{}", e.what());
    } catch (std::bad_alloc const&) {
        ec = std::make_error_code(std::errc::not_enough_memory);
    }
    return std::invoke_result_t<Fn&>();
}

} // namespace netmapxx::inline v1::detail

#endif // NETMAPXX_GUARDED_HPP
