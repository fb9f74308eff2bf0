// SPDX-License-Identifier: BSD-2-Clause
// A port at the ABI, with nothing in between: what the benches drive, so that
// they measure the core and not a library.
#pragma once

#include <cstdint>
#include <string>

#include <net/netmap_user.h>

namespace bench {

/// Ports opened from now on are those of the device node, not of the embedded
/// engine.
void use_device();

/// An open, bound and mapped port; closed by the destructor. Failures throw.
class port {
  public:
    struct shape {
        std::uint32_t slots = 1024;
        std::uint16_t mem_id = 0;
    };

    explicit port(std::string const& name) : port(name, shape{}) {}
    port(std::string const& name, shape s);
    port(port const&) = delete;
    port& operator=(port const&) = delete;
    ~port();

    netmap_ring* tx() const { return NETMAP_TXRING(interface_, 0); }
    netmap_ring* rx() const { return NETMAP_RXRING(interface_, 0); }
    void sync_tx() const;
    void sync_rx() const;
    /// Waits for packets, at most `milliseconds`. Of a device's port only.
    void wait_rx(int milliseconds) const;

    /// Bytes of the port's region that have memory behind them.
    std::uint64_t populated() const;

  private:
    std::string name_;
    int fd_ = -1;
    void* memory_ = nullptr;
    std::size_t bytes_ = 0;
    netmap_if* interface_ = nullptr;
};

} // namespace bench
