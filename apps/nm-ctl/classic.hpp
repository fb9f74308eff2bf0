// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file classic.hpp
 * The letters of the classic vale-ctl.
 */
#pragma once

#include <memory>
#include <string>

#include "nm-ctl/command.hpp"

namespace netmapxx::apps::ctl {

/** `program` as it calls itself: "vale-ctl", or "nm-ctl classic". */
[[nodiscard]] std::unique_ptr<command> make_classic(std::string const& program);

} // namespace netmapxx::apps::ctl
