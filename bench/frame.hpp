// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstddef>
#include <cstring>

namespace bench {

/// A broadcast frame of an experimental type, from a local address.
inline void write_frame(char* at, std::size_t bytes) {
    std::memset(at, 0, bytes);
    std::memset(at, 0xff, 6);
    at[6] = 2;
    at[12] = static_cast<char>(0x88); // a type that no stack takes
    at[13] = static_cast<char>(0xb5);
}

} // namespace bench
