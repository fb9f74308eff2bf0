// SPDX-License-Identifier: BSD-2-Clause
#include "port.hpp"

#include <cerrno>
#include <cstring>
#include <system_error>

#include <fcntl.h>
#include <netmap_engine.h>
#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

namespace bench {
namespace {

[[noreturn]] void fail(std::string const& what) {
    throw std::system_error(errno, std::generic_category(), what);
}

bool on_device = false;

int call(int fd, unsigned long command, void* argument) {
    return on_device ? ::ioctl(fd, command, argument) : nm_engine_ioctl(fd, command, argument);
}

int open_host() {
    return on_device ? ::open("/dev/netmap", O_RDWR | O_CLOEXEC) : nm_engine_open();
}

void* map(int fd, std::size_t bytes) {
    if (on_device)
        return ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    return nm_engine_mmap(fd, bytes, 0);
}

nmreq_header header(std::uint16_t type, std::string const& name, void* body) {
    nmreq_header h{};
    h.nr_version = NETMAP_API;
    h.nr_reqtype = type;
    std::strncpy(h.nr_name, name.c_str(), sizeof(h.nr_name) - 1);
    h.nr_body = reinterpret_cast<std::uintptr_t>(body);
    return h;
}

} // namespace

void use_device() {
    on_device = true;
}

port::port(std::string const& name, shape s) : name_(name), fd_(open_host()) {
    if (fd_ < 0)
        fail("open");
    nmreq_register reg{};
    reg.nr_mode = NR_REG_ALL_NIC;
    reg.nr_mem_id = s.mem_id;
    reg.nr_tx_slots = reg.nr_rx_slots = s.slots;
    reg.nr_flags = NR_NO_TX_POLL;
    auto h = header(NETMAP_REQ_REGISTER, name, &reg);
    if (call(fd_, NIOCCTRL, &h) != 0)
        fail("register " + name);
    bytes_ = reg.nr_memsize;
    memory_ = map(fd_, bytes_);
    if (memory_ == MAP_FAILED)
        fail("map " + name);
    interface_ = NETMAP_IF(memory_, reg.nr_offset);
}

port::~port() {
    if (on_device) {
        ::munmap(memory_, bytes_);
        ::close(fd_);
    } else {
        nm_engine_munmap(memory_, bytes_);
        nm_engine_close(fd_);
    }
}

void port::sync_tx() const {
    call(fd_, NIOCTXSYNC, nullptr);
}

void port::sync_rx() const {
    call(fd_, NIOCRXSYNC, nullptr);
}

void port::wait_rx(int milliseconds) const {
    pollfd p{fd_, POLLIN, 0};
    ::poll(&p, 1, milliseconds);
}

std::uint64_t port::populated() const {
    nmreq_stats_get stats{};
    auto h = header(NETMAP_REQ_STATS_GET, name_, &stats);
    if (call(fd_, NIOCCTRL, &h) != 0)
        fail("stats " + name_);
    return stats.nr_mem_populated;
}

} // namespace bench
