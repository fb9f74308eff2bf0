// SPDX-License-Identifier: BSD-2-Clause
/// @file
/// All of libnetmapxx but the Asio layer.
#ifndef NETMAPXX_NETMAPXX_HPP
#define NETMAPXX_NETMAPXX_HPP

#include <netmapxx/backend.hpp>
#include <netmapxx/buffer.hpp>
#include <netmapxx/config.hpp>
#include <netmapxx/error.hpp>
#include <netmapxx/forward.hpp>
#include <netmapxx/host.hpp>
#include <netmapxx/info.hpp>
#include <netmapxx/link.hpp>
#include <netmapxx/log.hpp>
#include <netmapxx/memory_area.hpp>
#include <netmapxx/monitor.hpp>
#include <netmapxx/options.hpp>
#include <netmapxx/packet.hpp>
#include <netmapxx/parameters.hpp>
#include <netmapxx/pipe.hpp>
#include <netmapxx/port.hpp>
#include <netmapxx/port_spec.hpp>
#include <netmapxx/region.hpp>
#include <netmapxx/ring.hpp>
#include <netmapxx/slot.hpp>
#include <netmapxx/snapshot.hpp>
#include <netmapxx/stats.hpp>
#include <netmapxx/unique_fd.hpp>
#include <netmapxx/vale.hpp>
#include <netmapxx/version.hpp>
#include <netmapxx/waiter.hpp>

#endif // NETMAPXX_NETMAPXX_HPP
