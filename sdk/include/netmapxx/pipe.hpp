// SPDX-License-Identifier: BSD-2-Clause
/// @file
/// Pipes: two ports back to back, in one region.
#ifndef NETMAPXX_PIPE_HPP
#define NETMAPXX_PIPE_HPP

#include <string_view>
#include <system_error>
#include <utility>

#include <netmapxx/config.hpp>
#include <netmapxx/options.hpp>
#include <netmapxx/port.hpp>
#include <netmapxx/port_spec.hpp>

namespace netmapxx::inline v1 {

/// @brief Opens both ends of a pipe.
///
/// @snippet kinds.cpp pipe
///
/// What one end sends, the other receives, by exchange of buffers: nothing is
/// copied and nothing is lost, the sender has to wait instead.
///
/// @param base    port that the pipe hangs on, as a person writes it ("lab",
///                "netmap:eth0", "vale0:a"); made for the pipe if it does not exist
/// @param id      letters, digits and underscores; distinguishes the pipes of a base
/// @param options how to open; its slots and rings count if the pipe is new,
///                extra buffers go to each end
/// @return the `{` end, then the `}` end, both in one region
/// @throws port_spec_error for a base or id that cannot be written, and what
///         opening a port throws; nothing stays open then
/// @par Ownership Both ports are the caller's; either may close first.
/// @par Thread safety Any thread, any time.
/// @since 0.1
[[nodiscard]] NETMAPXX_EXPORT std::pair<port, port>
make_pipe(std::string_view base, std::string_view id, open_options const& options = {});
/// @copydoc make_pipe(std::string_view, std::string_view, open_options const&)
/// @param ec receives the error instead; both ports are then closed ones
[[nodiscard]] NETMAPXX_EXPORT std::pair<port, port> make_pipe(std::string_view base,
                                                              std::string_view id,
                                                              open_options const& options,
                                                              std::error_code& ec) noexcept;

/// @brief Opens one end of a pipe; somebody else, perhaps in another process,
///        opens the other.
/// @param base    as for make_pipe()
/// @param id      as for make_pipe()
/// @param side    which end
/// @param options how to open
/// @return the open end
/// @throws error what make_pipe() throws
/// @par Ownership The port is the caller's.
/// @par Thread safety Any thread, any time.
/// @since 0.1
[[nodiscard]] NETMAPXX_EXPORT port open_pipe_end(std::string_view base, std::string_view id,
                                                 pipe_side side, open_options const& options = {});
/// @copydoc open_pipe_end(std::string_view, std::string_view, pipe_side, open_options const&)
/// @param ec receives the error instead; the result is then a closed port
[[nodiscard]] NETMAPXX_EXPORT port open_pipe_end(std::string_view base, std::string_view id,
                                                 pipe_side side, open_options const& options,
                                                 std::error_code& ec) noexcept;

} // namespace netmapxx::inline v1

#endif // NETMAPXX_PIPE_HPP
