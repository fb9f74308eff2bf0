// SPDX-License-Identifier: BSD-2-Clause
// What the second translation unit of the program offers to the first.
#ifndef NETMAPXX_CONSUMER_SECOND_HPP
#define NETMAPXX_CONSUMER_SECOND_HPP

#include <cstddef>
#include <system_error>

#include <netmapxx/netmapxx.hpp>

namespace consumer {

/// Moves what `from` has to `to`, even packets only, by the template in the header.
[[nodiscard]] netmapxx::forward_result pass_even(netmapxx::port& from, netmapxx::port& to);

/// The category of errors, as this translation unit knows it.
[[nodiscard]] std::error_category const& category() noexcept;

} // namespace consumer

#endif // NETMAPXX_CONSUMER_SECOND_HPP
