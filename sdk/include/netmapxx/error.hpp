// SPDX-License-Identifier: BSD-2-Clause
/// @file
/// Error codes, error conditions and the exception of libnetmapxx.
///
/// Every call that can fail has two forms: `f(args)` throws `error`, and
/// `f(args, std::error_code&)` is noexcept and reports through its last
/// argument. Data-path calls that can only say "no room" or "nothing there"
/// return counts and empty handles instead.
///
/// @snippet reference.cpp error
#ifndef NETMAPXX_ERROR_HPP
#define NETMAPXX_ERROR_HPP

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>

#include <netmapxx/config.hpp>

namespace netmapxx::inline v1 {

/// What went wrong. Each code equals one `std::errc`, named in its comment,
/// when an `std::error_code` is compared with that.
/// @since 0.1
enum class errc {
    invalid_spec = 1,    ///< port specification violates the grammar (invalid_argument)
    unsupported_option,  ///< a requested feature is refused (not_supported)
    backend_unavailable, ///< no device node, or unknown backend (no_such_device)
    version_mismatch,    ///< the core speaks another API (protocol_not_supported)
    no_such_port,        ///< no interface or port of that name (no_such_device_or_address)
    port_busy,           ///< exclusively owned, or used while exclusivity was asked for
                         ///< (device_or_resource_busy)
    no_such_ring,        ///< ring index too high (argument_out_of_domain)
    no_host_rings,       ///< `^` or `*` on a port without host side (operation_not_supported)
    target_not_active,   ///< monitor of a port that is not in netmap mode (not_connected)
    out_of_buffers,      ///< rings or extra buffers cannot be allocated (not_enough_memory)
    region_mismatch,     ///< exchange between different regions (cross_device_link)
    ring_full,           ///< no room now (resource_unavailable_try_again)
    packet_too_large,    ///< longer than ring or chain limit (message_size)
    no_chains,           ///< needs several slots, port cannot chain (operation_not_supported)
    ring_reset,          ///< the core refused our indexes and restarted the ring (io_error)
    port_gone,           ///< interface removed or out of netmap mode (no_such_device)
    buffers_outstanding, ///< closing with live extra buffers (device_or_resource_busy)
    header_required,     ///< the port insists on virtio-net headers (wrong_protocol_type)
    timed_out,           ///< the time is over (timed_out)
    closed               ///< operation on a closed port (bad_file_descriptor)
};

/// Classes of errors, for programs that choose an exit status or a reaction by
/// one comparison: `if (ec == condition::denied)`.
/// @since 0.1
enum class condition {
    retry = 1,   ///< the same call may succeed later
    usage,       ///< the request itself is wrong
    unavailable, ///< the request is fine, but port, backend or memory are not there
    denied,      ///< permissions are missing
    gone         ///< what was open is no longer usable
};

/// @brief The category of `errc`; its name is "netmapxx".
/// @return an object that lives for ever
/// @par Thread safety Any thread, any time.
/// @since 0.1
[[nodiscard]] NETMAPXX_EXPORT std::error_category const& category() noexcept;

/// @brief The category of `condition`; its name is "netmapxx.condition".
/// @return an object that lives for ever
/// @par Thread safety Any thread, any time.
/// @since 0.1
[[nodiscard]] NETMAPXX_EXPORT std::error_category const& condition_category() noexcept;

/// @brief Makes `errc` enumerators usable as error codes.
/// @param e what went wrong
/// @return its code in category()
/// @par Thread safety Any thread, any time.
/// @since 0.1
[[nodiscard]] inline std::error_code make_error_code(errc e) noexcept {
    return {static_cast<int>(e), category()};
}

/// @brief Makes `condition` enumerators usable as error conditions.
/// @param c the class of errors
/// @return its condition in condition_category()
/// @par Thread safety Any thread, any time.
/// @since 0.1
[[nodiscard]] inline std::error_condition make_error_condition(condition c) noexcept {
    return {static_cast<int>(c), condition_category()};
}

/// @brief What every throwing form throws: a code, what was asked, of which
///        port, why it failed and what to do.
/// @par Ownership Holds its texts; copies share them and never throw.
/// @par Thread safety Distinct objects free; one object const-concurrent.
/// @since 0.1
class NETMAPXX_EXPORT error : public std::system_error {
  public:
    /// @brief Puts the texts together.
    /// @param code      what went wrong
    /// @param operation what was asked, as a verb: "register", "sync tx"
    /// @param subject   the port, option or backend it was asked of
    /// @param detail    the core's own explanation, or empty
    /// @throws std::bad_alloc
    error(std::error_code code, std::string_view operation, std::string_view subject,
          std::string_view detail = {});
    /// Shares the texts.
    error(error const&) noexcept = default;
    /// Shares the texts.
    error& operator=(error const&) noexcept = default;
    /// Drops its share of the texts.
    ~error() override;

    /// What was asked: "open", "register", "map", "sync tx", "parse", ...
    [[nodiscard]] std::string_view operation() const noexcept;
    /// The port, option or backend it was asked of.
    [[nodiscard]] std::string_view subject() const noexcept;
    /// The core's own explanation, empty when it gave none.
    [[nodiscard]] std::string_view detail() const noexcept;
    /// What to do about it, empty when there is no advice.
    [[nodiscard]] std::string_view hint() const noexcept;
    /// One sentence: "cannot register netmap:eth9: no such port: ...".
    [[nodiscard]] char const* what() const noexcept override;

  private:
    struct texts;
    std::shared_ptr<texts const> texts_;
};

/// @brief A violation of the port specification grammar.
/// @par Ownership Holds its texts; copies share them and never throw.
/// @par Thread safety Distinct objects free; one object const-concurrent.
/// @since 0.1
class NETMAPXX_EXPORT port_spec_error : public error {
  public:
    /// @brief Puts the texts together; the code is `errc::invalid_spec`.
    /// @param text     the specification as given
    /// @param position byte offset of the violation, 0..text.size()
    /// @param expected what would have been accepted there
    /// @throws std::bad_alloc
    port_spec_error(std::string_view text, std::size_t position, std::string_view expected);
    /// Shares the texts.
    port_spec_error(port_spec_error const&) noexcept = default;
    /// Shares the texts.
    port_spec_error& operator=(port_spec_error const&) noexcept = default;
    /// Drops its share of the texts.
    ~port_spec_error() override;

    /// Byte offset of the violation.
    [[nodiscard]] std::size_t position() const noexcept { return position_; }
    /// What would have been accepted at that position.
    [[nodiscard]] std::string_view expected() const noexcept;

  private:
    std::size_t position_ = 0;
    std::shared_ptr<std::string const> expected_;
};

} // namespace netmapxx::inline v1

template <> struct std::is_error_code_enum<netmapxx::errc> : std::true_type {};
template <> struct std::is_error_condition_enum<netmapxx::condition> : std::true_type {};

#endif // NETMAPXX_ERROR_HPP
