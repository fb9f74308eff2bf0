// SPDX-License-Identifier: BSD-2-Clause
#include "packet_socket.hpp"

#include <atomic>
#include <cerrno>
#include <cstring>
#include <system_error>

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "frame.hpp"

namespace bench {
namespace {

[[noreturn]] void fail(char const* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

void set(int fd, int option, void const* value, std::size_t bytes, char const* what) {
    if (::setsockopt(fd, SOL_PACKET, option, value, static_cast<socklen_t>(bytes)) != 0)
        fail(what);
}

/// Where the data of a TX frame begins: behind the header, where the kernel
/// looks for it.
constexpr std::size_t tx_data = TPACKET3_HDRLEN - sizeof(sockaddr_ll);

} // namespace

packet_socket::packet_socket(std::string const& interface, int ring)
    : fd_(::socket(AF_PACKET, SOCK_RAW, 0)) {
    if (fd_ < 0)
        fail("packet socket");
    int const version = TPACKET_V3;
    set(fd_, PACKET_VERSION, &version, sizeof(version), "TPACKET_V3");
    tpacket_req3 shape{};
    shape.tp_block_size = block_bytes;
    shape.tp_block_nr = blocks;
    shape.tp_frame_size = frame_bytes;
    shape.tp_frame_nr = blocks * block_bytes / frame_bytes;
    if (ring == PACKET_RX_RING)
        shape.tp_retire_blk_tov = 1; // ms
    set(fd_, ring, &shape, sizeof(shape), "packet ring");
    void* const memory = ::mmap(nullptr, blocks * block_bytes, PROT_READ | PROT_WRITE,
                                MAP_SHARED | MAP_POPULATE, fd_, 0);
    if (memory == MAP_FAILED)
        fail("map packet ring");
    memory_ = static_cast<char*>(memory);
    if (ring == PACKET_TX_RING) {
        int const yes = 1;
        set(fd_, PACKET_QDISC_BYPASS, &yes, sizeof(yes), "PACKET_QDISC_BYPASS");
    }
    bind_to(interface, ring == PACKET_TX_RING ? 0 : ETH_P_ALL);
}

packet_socket::~packet_socket() {
    if (memory_ != nullptr)
        ::munmap(memory_, blocks * block_bytes);
    ::close(fd_);
}

void packet_socket::bind_to(std::string const& interface, int protocol) const {
    sockaddr_ll where{};
    where.sll_family = AF_PACKET;
    where.sll_protocol = htons(static_cast<std::uint16_t>(protocol));
    where.sll_ifindex = static_cast<int>(::if_nametoindex(interface.c_str()));
    if (where.sll_ifindex == 0)
        fail(interface.c_str());
    if (::bind(fd_, reinterpret_cast<sockaddr const*>(&where), sizeof(where)) != 0)
        fail("bind packet socket");
}

packet_sender::packet_sender(std::string const& interface, std::size_t bytes)
    : packet_socket(interface, PACKET_TX_RING) {
    for (std::size_t i = 0; i < blocks * block_bytes / frame_bytes; ++i) {
        auto* const h = reinterpret_cast<tpacket3_hdr*>(memory_ + i * frame_bytes);
        write_frame(memory_ + i * frame_bytes + tx_data, bytes);
        h->tp_len = h->tp_snaplen = static_cast<std::uint32_t>(bytes);
    }
}

std::uint64_t packet_sender::send(std::size_t batch) {
    std::uint64_t n = 0;
    for (; n < batch; ++n) {
        auto* const h = reinterpret_cast<tpacket3_hdr*>(memory_ + at_ * frame_bytes);
        std::atomic_ref<std::uint32_t> status(h->tp_status);
        if (status.load(std::memory_order_acquire) != TP_STATUS_AVAILABLE)
            break;
        status.store(TP_STATUS_SEND_REQUEST, std::memory_order_release);
        at_ = (at_ + 1) % (blocks * block_bytes / frame_bytes);
    }
    ::send(fd_, nullptr, 0, MSG_DONTWAIT);
    return n;
}

packet_receiver::packet_receiver(std::string const& interface)
    : packet_socket(interface, PACKET_RX_RING) {}

std::uint64_t packet_receiver::receive(std::uint64_t& sum) {
    auto* const block = reinterpret_cast<tpacket_block_desc*>(memory_ + at_ * block_bytes);
    std::atomic_ref<std::uint32_t> status(block->hdr.bh1.block_status);
    if ((status.load(std::memory_order_acquire) & TP_STATUS_USER) == 0) {
        pollfd p{fd_, POLLIN, 0};
        ::poll(&p, 1, 20);
        return 0;
    }
    auto const n = block->hdr.bh1.num_pkts;
    auto const* at = memory_ + at_ * block_bytes + block->hdr.bh1.offset_to_first_pkt;
    for (std::uint32_t i = 0; i < n; ++i) {
        auto const* const h = reinterpret_cast<tpacket3_hdr const*>(at);
        std::uint64_t word;
        std::memcpy(&word, at + h->tp_mac, sizeof(word));
        sum += word + h->tp_snaplen;
        at += h->tp_next_offset;
    }
    status.store(TP_STATUS_KERNEL, std::memory_order_release);
    at_ = (at_ + 1) % blocks;
    return n;
}

} // namespace bench
