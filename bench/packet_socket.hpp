// SPDX-License-Identifier: BSD-2-Clause
// The peer of emulated ports: AF_PACKET as fast as it goes, with rings shared
// with the kernel (TPACKET_V3) and without a queueing discipline.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace bench {

/// A socket bound to an interface, and its mapped ring. Failures throw.
class packet_socket {
  public:
    packet_socket(packet_socket const&) = delete;
    packet_socket& operator=(packet_socket const&) = delete;
    ~packet_socket();

  protected:
    static constexpr std::size_t block_bytes = 1u << 18;
    static constexpr std::size_t blocks = 16;
    static constexpr std::size_t frame_bytes = 2048;

    /// `ring` is PACKET_TX_RING or PACKET_RX_RING.
    packet_socket(std::string const& interface, int ring);
    void bind_to(std::string const& interface, int protocol) const;

    int fd_ = -1;
    char* memory_ = nullptr;
};

class packet_sender : packet_socket {
  public:
    /// All frames are written here, once.
    packet_sender(std::string const& interface, std::size_t bytes);

    /// Hands up to `batch` free frames to the kernel; returns how many.
    std::uint64_t send(std::size_t batch);

  private:
    std::size_t at_ = 0;
};

class packet_receiver : packet_socket {
  public:
    explicit packet_receiver(std::string const& interface);

    /// Reads the first word of every packet of the next full block, if there is
    /// one, into `sum`; waits a little when there is none.
    std::uint64_t receive(std::uint64_t& sum);

  private:
    std::size_t at_ = 0;
};

} // namespace bench
