// SPDX-License-Identifier: BSD-2-Clause
#include <netmapxx/error.hpp>

#include <array>
#include <optional>

#include <fmt/format.h>

namespace netmapxx::inline v1 {

namespace {

/// What is known of one errc: its text, its std::errc, its condition, advice.
struct entry {
    errc code;
    char const* text;
    std::errc equals;
    condition cond;
    char const* hint;
};

constexpr std::array<entry, 20> entries{{
    {errc::invalid_spec, "not a port specification", std::errc::invalid_argument, condition::usage,
     "write netmap:IFNAME or valeSWITCH:PORT, optionally with ring, flags and options"},
    {errc::unsupported_option, "feature not supported", std::errc::not_supported, condition::usage,
     "leave the option out, or use a core that has it"},
    {errc::backend_unavailable, "backend not available", std::errc::no_such_device,
     condition::unavailable,
     "load the netmap module, or choose the embedded engine with NETMAPXX_BACKEND=embedded"},
    {errc::version_mismatch, "the core speaks another version of the API",
     std::errc::protocol_not_supported, condition::unavailable,
     "use a core that accepts API version 14"},
    {errc::no_such_port, "no such port", std::errc::no_such_device_or_address,
     condition::unavailable,
     "check the name; ports of the embedded engine are visible in one process only"},
    {errc::port_busy, "port or rings in use", std::errc::device_or_resource_busy,
     condition::unavailable,
     "close the other user, detach the interface from its switch, or do not ask for exclusivity"},
    {errc::no_such_ring, "no such ring", std::errc::argument_out_of_domain, condition::usage,
     "use a ring index below the port's number of rings"},
    {errc::no_host_rings, "port without host rings", std::errc::operation_not_supported,
     condition::usage, "\"^\" and \"*\" need an interface of the operating system"},
    {errc::target_not_active, "monitored port is not in netmap mode", std::errc::not_connected,
     condition::unavailable, "open the port first, then its monitor"},
    {errc::out_of_buffers, "not enough memory for rings or buffers", std::errc::not_enough_memory,
     condition::unavailable, "ask for fewer or smaller rings, or enlarge the region"},
    {errc::region_mismatch, "different memory regions", std::errc::cross_device_link,
     condition::usage, "open both ports in one region (@share=PORT or @ID), or allow copying"},
    {errc::ring_full, "ring full", std::errc::resource_unavailable_try_again, condition::retry,
     "sync, or wait until the port is writable"},
    {errc::packet_too_large, "packet larger than ring or chain", std::errc::message_size,
     condition::usage, "send a shorter packet, or open the port with larger rings or buffers"},
    {errc::no_chains, "port cannot send chained packets", std::errc::operation_not_supported,
     condition::usage, "send packets that fit one buffer"},
    {errc::ring_reset, "the core refused the ring's indexes and restarted it", std::errc::io_error,
     condition::gone, "make sure that nobody else uses the ring; packets in it were lost"},
    {errc::port_gone, "port gone", std::errc::no_such_device, condition::gone,
     "close the port and open it again when its interface or target is back"},
    {errc::buffers_outstanding, "extra buffers still in use", std::errc::device_or_resource_busy,
     condition::retry, "destroy all buffers of the port first"},
    {errc::header_required, "port requires virtio-net headers", std::errc::wrong_protocol_type,
     condition::usage, "set accept_vnet_header and cope with the headers"},
    {errc::timed_out, "time-out", std::errc::timed_out, condition::retry, ""},
    {errc::closed, "port is closed", std::errc::bad_file_descriptor, condition::gone, ""},
}};

[[nodiscard]] entry const* find(int value) noexcept {
    for (auto const& e : entries)
        if (static_cast<int>(e.code) == value)
            return &e;
    return nullptr;
}

[[nodiscard]] std::optional<condition> system_condition(int value) noexcept {
    switch (static_cast<std::errc>(value)) {
    case std::errc::resource_unavailable_try_again:
    case std::errc::interrupted:
    case std::errc::timed_out:
        return condition::retry;
    case std::errc::permission_denied:
    case std::errc::operation_not_permitted:
        return condition::denied;
    case std::errc::invalid_argument:
    case std::errc::not_supported:
    case std::errc::filename_too_long:
        return condition::usage;
    case std::errc::no_such_file_or_directory:
    case std::errc::no_such_device:
    case std::errc::no_such_device_or_address:
    case std::errc::device_or_resource_busy:
    case std::errc::not_enough_memory:
    case std::errc::too_many_files_open:
    case std::errc::too_many_files_open_in_system:
        return condition::unavailable;
    case std::errc::io_error:
    case std::errc::bad_file_descriptor:
        return condition::gone;
    default:
        return std::nullopt;
    }
}

[[nodiscard]] std::string_view system_hint(std::error_code const& code) noexcept {
    if (code == condition::denied)
        return "run as a user who may use the netmap device (its group, or root)";
    if (code == std::errc::too_many_files_open)
        return "raise the limit on open files (ulimit -n)";
    return {};
}

class error_category_impl final : public std::error_category {
  public:
    [[nodiscard]] char const* name() const noexcept override { return "netmapxx"; }
    [[nodiscard]] std::string message(int value) const override {
        entry const* const e = find(value);
        return e != nullptr ? e->text : fmt::format("unknown error {}", value);
    }
    [[nodiscard]] std::error_condition default_error_condition(int value) const noexcept override {
        entry const* const e = find(value);
        if (e != nullptr)
            return std::make_error_condition(e->equals);
        return {value, *this};
    }
};

class condition_category_impl final : public std::error_category {
  public:
    [[nodiscard]] char const* name() const noexcept override { return "netmapxx.condition"; }
    [[nodiscard]] std::string message(int value) const override {
        switch (static_cast<condition>(value)) {
        case condition::retry:
            return "may succeed later";
        case condition::usage:
            return "wrong request";
        case condition::unavailable:
            return "not available";
        case condition::denied:
            return "permission denied";
        case condition::gone:
            return "no longer usable";
        }
        return fmt::format("unknown condition {}", value);
    }
    [[nodiscard]] bool equivalent(std::error_code const& code, int value) const noexcept override {
        auto const wanted = static_cast<condition>(value);
        if (code.category() == category()) {
            entry const* const e = find(code.value());
            return e != nullptr && e->cond == wanted;
        }
        if (code.category() == std::generic_category() || code.category() == std::system_category())
            return system_condition(code.value()) == wanted;
        return false;
    }
};

[[nodiscard]] std::string_view hint_for(std::error_code const& code) noexcept {
    if (code.category() != category())
        return system_hint(code);
    entry const* const e = find(code.value());
    return e != nullptr ? std::string_view{e->hint} : std::string_view{};
}

} // namespace

std::error_category const& category() noexcept {
    static error_category_impl const instance;
    return instance;
}

std::error_category const& condition_category() noexcept {
    static condition_category_impl const instance;
    return instance;
}

struct error::texts {
    std::string operation;
    std::string subject;
    std::string detail;
    std::string hint;
    std::string what;
};

error::error(std::error_code code, std::string_view operation, std::string_view subject,
             std::string_view detail)
    : std::system_error(code) {
    auto all = std::make_shared<texts>();
    all->operation = operation;
    all->subject = subject;
    all->detail = detail;
    all->hint = hint_for(code);
    all->what = fmt::format("cannot {}{}{}: {}", operation, subject.empty() ? "" : " ", subject,
                            code.message());
    if (!detail.empty())
        all->what += fmt::format(": {}", detail);
    texts_ = std::move(all);
}

error::~error() = default;

std::string_view error::operation() const noexcept {
    return texts_->operation;
}
std::string_view error::subject() const noexcept {
    return texts_->subject;
}
std::string_view error::detail() const noexcept {
    return texts_->detail;
}
std::string_view error::hint() const noexcept {
    return texts_->hint;
}
char const* error::what() const noexcept {
    return texts_->what.c_str();
}

port_spec_error::port_spec_error(std::string_view text, std::size_t position,
                                 std::string_view expected)
    : error(errc::invalid_spec, "parse", fmt::format("\"{}\"", text),
            fmt::format("at byte {}: expected {}", position, expected)),
      position_(position), expected_(std::make_shared<std::string const>(expected)) {}

port_spec_error::~port_spec_error() = default;

std::string_view port_spec_error::expected() const noexcept {
    return *expected_;
}

} // namespace netmapxx::inline v1
