// SPDX-License-Identifier: BSD-2-Clause
#include <netmapxx/backend.hpp>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <unistd.h>

#include <netmapxx/error.hpp>

#include "device.hpp"
#include "guarded.hpp"

namespace netmapxx::inline v1 {

namespace {

constexpr char const* environment_name = "NETMAPXX_BACKEND";

std::shared_ptr<detail::backend>& current_replacement() noexcept {
    static std::shared_ptr<detail::backend> instance;
    return instance;
}

} // namespace

std::string_view to_string(backend_kind kind) noexcept {
    switch (kind) {
    case backend_kind::device:
        return "device";
    case backend_kind::embedded:
        return "embedded";
    case backend_kind::automatic:
        break;
    }
    return "automatic";
}

backend_kind backend_from_name(std::string_view name) {
    if (name.empty() || name == "automatic")
        return backend_kind::automatic;
    if (name == "device")
        return backend_kind::device;
    if (name == "embedded")
        return backend_kind::embedded;
    throw error{errc::backend_unavailable, "find backend", name,
                "the backends are \"device\" and \"embedded\""};
}

backend_kind backend_from_name(std::string_view name, std::error_code& ec) noexcept {
    return detail::guarded(ec, [&] { return backend_from_name(name); });
}

backend_choice choose_backend(backend_kind wanted) {
    if (wanted != backend_kind::automatic)
        return {wanted, backend_origin::named};
    // The environment is read only; programs set it before they start threads.
    char const* const text = std::getenv(environment_name); // NOLINT(concurrency-mt-unsafe)
    if (text != nullptr) {
        auto const named = backend_from_name(text);
        if (named != backend_kind::automatic)
            return {named, backend_origin::environment};
    }
    bool const node = ::access(std::string{detail::device_path()}.c_str(), F_OK) == 0;
    return {node ? backend_kind::device : backend_kind::embedded, backend_origin::automatic};
}

backend_choice choose_backend(backend_kind wanted, std::error_code& ec) noexcept {
    return detail::guarded(ec, [&] { return choose_backend(wanted); });
}

namespace detail {

int backend::parameter_names(std::vector<std::string>& into) {
    into = parameter_names_known();
    return 0;
}

int backend::get_parameter(std::string const&, long&) {
    return ENOENT;
}

int backend::set_parameter(std::string const&, long) {
    return ENOENT;
}

bool backend::parameter_writable(std::string const&) {
    return false;
}

std::shared_ptr<backend> find_backend(backend_kind kind) {
    if (current_replacement())
        return current_replacement();
    return kind == backend_kind::device ? device_backend() : embedded_backend();
}

void replace_backends(std::shared_ptr<backend> replacement) noexcept {
    current_replacement() = std::move(replacement);
}

} // namespace detail

} // namespace netmapxx::inline v1
