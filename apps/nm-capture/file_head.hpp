// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file file_head.hpp
 * What stands before the first packet of a file, and the file's default name.
 */
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "nm-capture/options.hpp"

namespace netmapxx::apps::capture {

/** `headers` are the lengths of the virtio-net headers that are taken off each port's packets. */
[[nodiscard]] std::vector<std::byte> file_head(options const& o,
                                               std::span<std::size_t const> headers);

/** "nmcap_PORT_20260131235959.pcapng", in local time. */
[[nodiscard]] std::string default_name(options const& o);

} // namespace netmapxx::apps::capture
