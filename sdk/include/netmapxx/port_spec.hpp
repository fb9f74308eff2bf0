// SPDX-License-Identifier: BSD-2-Clause
/// @file
/// Names of ports: parsing, printing and composing them. No input or output.
///
/// @verbatim
/// spec    = [scheme ":"] name [pipe] [mode] ["/" flag+] ["@" memid] {"@" option}
/// scheme  = "netmap" | "vale" [ident]
/// name    = text without *^/@{}  |  "[" any text without "]" "]"
/// pipe    = ("{" | "}") ident1
/// mode    = "^" [num] | "*" | "-" num
/// flag    = "x" | "z" | "t" | "r" | "R" | "T"
/// option  = word "=" value | word ":" key "=" value {"," key "=" value}
/// @endverbatim
/// A "-" that is not followed by digits up to the end, "/" or "@" belongs to
/// the name: `netmap:br-lan` works, `netmap:[eth-1]` says that the name ends
/// in "-1".
#ifndef NETMAPXX_PORT_SPEC_HPP
#define NETMAPXX_PORT_SPEC_HPP

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <netmapxx/config.hpp>
#include <netmapxx/error.hpp>

namespace netmapxx::inline v1 {

namespace detail {
class spec_parser;
} // namespace detail

/// Where a port lives.
/// @since 0.1
enum class port_scheme {
    netmap, ///< an interface, or what its name leads to
    vale    ///< a port of a switch
};

/// The two ends of a pipe.
/// @since 0.1
enum class pipe_side {
    first, ///< written `{`
    second ///< written `}`
};

/// One end of a pipe.
/// @since 0.1
struct pipe_end {
    pipe_side side = pipe_side::first; ///< which end
    std::string id = {};               ///< non-empty, [A-Za-z0-9_]

    /// Same side of the same pipe.
    friend bool operator==(pipe_end const&, pipe_end const&) = default;
};

/// Kinds of ring selections.
/// @since 0.1
enum class ring_kind {
    all_nic,     ///< all NIC rings (no mode written)
    one_nic,     ///< one NIC ring pair, `-N`
    all_host,    ///< all host rings, `^`
    one_host,    ///< one host ring pair, `^N`
    nic_and_host ///< everything, `*`
};

/// The rings a specification selects.
/// @since 0.1
struct ring_selection {
    ring_kind kind = ring_kind::all_nic; ///< which kind
    std::uint16_t index = 0;             ///< ring, 0..4094, for the `one_` kinds

    /// Same kind and index.
    friend bool operator==(ring_selection const&, ring_selection const&) = default;
};

/// Flags of a specification; combine with `|`.
/// @since 0.1
enum class spec_flags : unsigned {
    none = 0,              ///< no flag
    exclusive = 1,         ///< `x`: nobody else may use the selected rings
    zero_copy_monitor = 2, ///< `z`: monitor both sides by exchange
    monitor_tx = 4,        ///< `t`: monitor what the target sends
    monitor_rx = 8,        ///< `r`: monitor what the target receives
    rx_only = 16,          ///< `R`: bind rx rings only
    tx_only = 32           ///< `T`: bind tx rings only
};

/// @brief Union of two sets of flags.
/// @param a a set
/// @param b a set
/// @return flags of either
/// @since 0.1
[[nodiscard]] constexpr spec_flags operator|(spec_flags a, spec_flags b) noexcept {
    return static_cast<spec_flags>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}
/// @brief Intersection of two sets of flags.
/// @param a a set
/// @param b a set
/// @return flags of both
/// @since 0.1
[[nodiscard]] constexpr spec_flags operator&(spec_flags a, spec_flags b) noexcept {
    return static_cast<spec_flags>(static_cast<unsigned>(a) & static_cast<unsigned>(b));
}
/// @brief Flags not in `a`.
/// @param a a set
/// @return all other flags
/// @since 0.1
[[nodiscard]] constexpr spec_flags operator~(spec_flags a) noexcept {
    return static_cast<spec_flags>(~static_cast<unsigned>(a) & 63U);
}
/// @brief True if any flag of `which` is in `set`.
/// @param set   where to look
/// @param which what to look for
/// @return whether they meet
/// @since 0.1
[[nodiscard]] constexpr bool has(spec_flags set, spec_flags which) noexcept {
    return (set & which) != spec_flags::none;
}

/// Which traffic a monitor sees.
/// @since 0.1
enum class monitor_direction {
    both, ///< sent and received
    rx,   ///< received by the target
    tx    ///< sent by the target
};

/// How a monitor obtains packets.
/// @since 0.1
enum class monitor_kind {
    copy,    ///< copied before they are consumed
    exchange ///< buffers exchanged after they were consumed; always both directions
};

/// One `@name:key=value,...` of a specification, keys with "-" for "_".
/// @since 0.1
struct spec_option {
    std::string name = {};                                        ///< share, conf, extmem, offset
    std::vector<std::pair<std::string, std::string>> values = {}; ///< key and value, source order

    /// @brief Value of a key.
    /// @param key with "-" for "_"
    /// @return the value, or nullptr if the key was not given
    [[nodiscard]] NETMAPXX_EXPORT std::string const* find(std::string_view key) const noexcept;

    /// Same name, keys and values.
    friend bool operator==(spec_option const&, spec_option const&) = default;
};

/// @brief The name of a port, with the rings, the region and the options asked for.
///
/// @snippet reference.cpp port_spec
///
/// @par Ownership A value; independent of the text it was parsed from.
/// @par Thread safety Distinct objects free; one object const-concurrent.
/// @since 0.1
class NETMAPXX_EXPORT port_spec {
  public:
    /// Longest name the core takes, in bytes.
    static constexpr std::size_t max_core_name = 63;
    /// Highest ring index a specification can name.
    static constexpr unsigned max_ring = 4094;

    /// An empty specification, which no port can be opened with.
    port_spec() noexcept = default;

    /// @brief Parses a specification; the scheme is required.
    /// @param text the specification
    /// @throws port_spec_error with the byte position
    explicit port_spec(std::string_view text);

    /// @brief Parses a specification without exceptions.
    /// @param text the specification
    /// @param ec   cleared, or `errc::invalid_spec`
    /// @return the specification, or an empty one
    [[nodiscard]] static port_spec parse(std::string_view text, std::error_code& ec) noexcept;

    /// @brief Parses what a person typed: a bare name means `netmap:` name.
    /// @param text the specification, or a bare name
    /// @return the specification
    /// @throws port_spec_error with the position in `text`
    [[nodiscard]] static port_spec from_user(std::string_view text);

    /// @copydoc from_user(std::string_view)
    /// @param ec receives the error instead
    [[nodiscard]] static port_spec from_user(std::string_view text, std::error_code& ec) noexcept;

    /// Where the port lives.
    [[nodiscard]] port_scheme scheme() const noexcept { return scheme_; }
    /// Switch of a VALE port without "vale", may be empty; empty for `netmap`.
    [[nodiscard]] std::string const& switch_name() const noexcept { return switch_name_; }
    /// Name of interface or switch port, without pipe.
    [[nodiscard]] std::string const& name() const noexcept { return name_; }
    /// The pipe end, if this is one.
    [[nodiscard]] std::optional<pipe_end> const& pipe() const noexcept { return pipe_; }
    /// The rings selected.
    [[nodiscard]] ring_selection rings() const noexcept { return rings_; }
    /// The flags.
    [[nodiscard]] spec_flags flags() const noexcept { return flags_; }
    /// Region id, 1..65535, if one was given.
    [[nodiscard]] std::optional<std::uint16_t> memory_id() const noexcept { return memory_id_; }
    /// Options in source order; valid while this object is unchanged.
    [[nodiscard]] std::span<spec_option const> options() const noexcept { return options_; }
    /// True for a default-constructed specification.
    [[nodiscard]] bool empty() const noexcept {
        return name_.empty() && scheme_ == port_scheme::netmap;
    }
    /// True if any monitor flag is set.
    [[nodiscard]] bool is_monitor() const noexcept {
        return has(flags_,
                   spec_flags::zero_copy_monitor | spec_flags::monitor_tx | spec_flags::monitor_rx);
    }

    /// What the core calls the port: "eth0", "vale0:a", "eth0{1".
    [[nodiscard]] std::string core_name() const;
    /// Canonical form; parsing it gives an equal specification.
    [[nodiscard]] std::string to_string() const;

    /// @brief Same port, one NIC ring pair.
    /// @param index ring, 0..4094
    /// @return a new specification
    [[nodiscard]] port_spec with_ring(std::uint16_t index) const;
    /// Same port, all NIC rings.
    [[nodiscard]] port_spec with_nic() const;
    /// Same port, all host rings.
    [[nodiscard]] port_spec with_host() const;
    /// @brief Same port, one host ring pair.
    /// @param index host ring, 0..4094
    /// @return a new specification
    [[nodiscard]] port_spec with_host(std::uint16_t index) const;
    /// Same port, NIC and host rings.
    [[nodiscard]] port_spec with_all() const;
    /// @brief A monitor of this port; replaces other monitor flags.
    /// @param direction which traffic
    /// @param kind      copy before use, or exchange after it (then both directions)
    /// @return a new specification
    [[nodiscard]] port_spec with_monitor(monitor_direction direction,
                                         monitor_kind kind = monitor_kind::copy) const;
    /// @brief An end of a pipe whose parent is this port.
    /// @param side which end
    /// @param id   non-empty, [A-Za-z0-9_]
    /// @return a new specification
    /// @throws port_spec_error for a bad id or a name that becomes too long
    [[nodiscard]] port_spec with_pipe(pipe_side side, std::string_view id) const;
    /// @brief Same port with exactly these flags.
    /// @param flags the flags
    /// @return a new specification
    [[nodiscard]] port_spec with_flags(spec_flags flags) const;
    /// @brief Same port in another region.
    /// @param id region, 1..65535; 0 takes the id away
    /// @return a new specification
    [[nodiscard]] port_spec with_memory(std::uint16_t id) const;

    /// Same canonical form.
    friend bool operator==(port_spec const&, port_spec const&) = default;

  private:
    friend class detail::spec_parser;

    port_scheme scheme_ = port_scheme::netmap;
    std::string switch_name_;
    std::string name_;
    std::optional<pipe_end> pipe_;
    ring_selection rings_;
    spec_flags flags_ = spec_flags::none;
    std::optional<std::uint16_t> memory_id_;
    std::vector<spec_option> options_;
};

} // namespace netmapxx::inline v1

/// @brief Hashes the canonical form.
/// @since 0.1
template <> struct std::hash<netmapxx::port_spec> {
    /// The hash; equal specifications have equal ones.
    [[nodiscard]] std::size_t operator()(netmapxx::port_spec const& spec) const {
        return std::hash<std::string>{}(spec.to_string());
    }
};

#endif // NETMAPXX_PORT_SPEC_HPP
