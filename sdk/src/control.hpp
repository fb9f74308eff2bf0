// SPDX-License-Identifier: BSD-2-Clause
/// @file
/// Control requests: a header, a body, options, and the core's own words when
/// it refuses.
#ifndef NETMAPXX_CONTROL_HPP
#define NETMAPXX_CONTROL_HPP

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <net/netmap.h>

#include "device.hpp"

namespace netmapxx::inline v1::detail {

/// One control request, to be sent once.
class control_request {
  public:
    /// `body` must live until send() returned; null if the request has none.
    control_request(std::uint16_t type, std::string_view name, void* body) noexcept;

    /// Appends an option, which must live until send() returned.
    void add(nmreq_option& option) noexcept;

    /// Sends the request with the error-text option, and once more without it
    /// to a core that does not know that. Returns 0 or an errno.
    [[nodiscard]] int send(backend& host, device& to) noexcept;

    /// The core's explanation of the failure, or empty.
    [[nodiscard]] std::string_view text() const noexcept;
    /// The name as it came back.
    [[nodiscard]] std::string_view name() const noexcept;

  private:
    [[nodiscard]] int send_once(device& to, bool with_text) noexcept;

    nmreq_header header_{};
    nmreq_opt_errtext errtext_{};
    nmreq_option* first_ = nullptr;
    nmreq_option* last_ = nullptr;
    std::string_view wanted_;
};

/// A descriptor for requests that need no binding. Throws `error`.
[[nodiscard]] std::unique_ptr<device> open_control(backend& host, std::string_view subject);

/// Opens a handle, sends the one request, closes. Throws `error` for what fails.
void ask(backend_kind where, control_request request, std::string_view operation,
         std::string_view subject);

/// What an errno means in general; `errc` where one fits, else the system's code.
[[nodiscard]] std::error_code code_of(int error) noexcept;

} // namespace netmapxx::inline v1::detail

#endif // NETMAPXX_CONTROL_HPP
