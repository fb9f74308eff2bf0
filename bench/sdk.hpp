// SPDX-License-Identifier: BSD-2-Clause
// What libnetmapxx costs: loops over rings of embedded pipes, once through the
// library and once by hand in the manner of C, on the same memory. The core
// has no part in them: each pass ends with the indexes where they were.
#pragma once

#include <cstdint>

#include "probe.hpp"

namespace bench {

/// Who does the work.
enum class by { sdk, hand };

rate sdk_receive(by who, double seconds);       ///< packets: look at each, release all
rate sdk_receive_slots(by who, double seconds); ///< the same slot by slot
rate sdk_transmit(by who, double seconds);      ///< slots: reserve, prepare, commit
rate sdk_forward(by who, double seconds);       ///< packets: exchange of buffers
rate sdk_inject(by who, double seconds);        ///< packets of 60 bytes: copy, to the next slot
rate sdk_open(by who, double seconds);          ///< ports: open and close, a switch port

} // namespace bench
