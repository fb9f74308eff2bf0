// SPDX-License-Identifier: BSD-2-Clause
#include "control.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include <netmapxx/error.hpp>

namespace netmapxx::inline v1::detail {

namespace {

[[nodiscard]] std::uint64_t address_of(void const* object) noexcept {
    return reinterpret_cast<std::uintptr_t>(object);
}

} // namespace

control_request::control_request(std::uint16_t type, std::string_view name, void* body) noexcept
    : wanted_(name) {
    header_.nr_version = NETMAP_API;
    header_.nr_reqtype = type;
    header_.nr_body = address_of(body);
}

void control_request::add(nmreq_option& option) noexcept {
    option.nro_next = 0;
    option.nro_status = 0;
    if (last_ != nullptr)
        last_->nro_next = address_of(&option);
    else
        first_ = &option;
    last_ = &option;
}

int control_request::send_once(device& to, bool with_text) noexcept {
    auto const length = std::min(wanted_.size(), sizeof header_.nr_name - 1);
    std::memset(header_.nr_name, 0, sizeof header_.nr_name);
    std::copy_n(wanted_.data(), length, header_.nr_name); // none of an empty name
    header_.nr_options = address_of(first_);
    errtext_ = {};
    if (with_text) {
        // In front, so that the others stay linked as they are.
        errtext_.nro_opt.nro_reqtype = NETMAP_REQ_OPT_ERRTEXT;
        errtext_.nro_opt.nro_size = sizeof errtext_;
        errtext_.nro_opt.nro_next = header_.nr_options;
        header_.nr_options = address_of(&errtext_);
    }
    int error = 0;
    do
        error = to.ioctl(NIOCCTRL, &header_);
    while (error == EINTR);
    return error;
}

int control_request::send(backend& host, device& to) noexcept {
    bool const with_text = host.knows_error_text.load(std::memory_order_relaxed);
    int const error = send_once(to, with_text);
    if (!with_text || error != EOPNOTSUPP || errtext_.nro_opt.nro_status != EOPNOTSUPP)
        return error;
    // An older core: it refuses what carries an option it does not know.
    host.knows_error_text.store(false, std::memory_order_relaxed);
    return send_once(to, false);
}

std::string_view control_request::text() const noexcept {
    return {errtext_.nro_text, ::strnlen(errtext_.nro_text, sizeof errtext_.nro_text)};
}

std::string_view control_request::name() const noexcept {
    return {header_.nr_name, ::strnlen(header_.nr_name, sizeof header_.nr_name)};
}

std::unique_ptr<device> open_control(backend& host, std::string_view subject) {
    std::unique_ptr<device> opened;
    int const error = host.open(opened);
    if (error == 0)
        return opened;
    std::string_view const name = to_string(host.kind());
    bool const missing = error == ENOENT || error == ENODEV || error == ENXIO || error == ENOTDIR;
    bool const node = host.kind() == backend_kind::device;
    auto const code = missing ? make_error_code(errc::backend_unavailable)
                              : std::error_code{error, std::generic_category()};
    throw netmapxx::error{code, "open", subject,
                          node ? fmt::format("backend {} ({})", name, device_path())
                               : fmt::format("backend {}", name)};
}

void ask(backend_kind where, control_request request, std::string_view operation,
         std::string_view subject) {
    auto const host = find_backend(choose_backend(where).kind);
    auto const dev = open_control(*host, subject);
    int const error = request.send(*host, *dev);
    if (error != 0)
        throw netmapxx::error{code_of(error), operation, subject, request.text()};
}

std::error_code code_of(int error) noexcept {
    switch (error) {
    case 0:
        return {};
    case ENXIO:
        return errc::no_such_port;
    case EBUSY:
        return errc::port_busy;
    case ENOMEM:
        return errc::out_of_buffers;
    case EOPNOTSUPP:
        return errc::unsupported_option;
    default:
        return {error, std::generic_category()};
    }
}

} // namespace netmapxx::inline v1::detail
