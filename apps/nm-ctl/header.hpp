// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file header.hpp
 * The virtio-net header in front of each packet of a port.
 */
#pragma once

#include "nm-ctl/command.hpp"

namespace netmapxx::apps::ctl {

[[nodiscard]] std::unique_ptr<command> make_header();

} // namespace netmapxx::apps::ctl
