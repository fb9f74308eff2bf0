// SPDX-License-Identifier: BSD-2-Clause
/// @file
/// A port's wait handle in Asio's reactor. Private.
#ifndef NETMAPXX_ASIO_DETAIL_REACTOR_ENTRY_HPP
#define NETMAPXX_ASIO_DETAIL_REACTOR_ENTRY_HPP

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <poll.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/system/error_code.hpp>

#include <netmapxx/port.hpp>
#include <netmapxx/unique_fd.hpp>

namespace netmapxx::inline v1::async::detail {

/// One side's place in the reactor.
///
/// Descriptors belong to the port, so they are released, never closed, by Asio. That
/// takes them out of epoll at once, and waits for a poll of the driver that is under way
/// in another thread; a duplicate that Asio closed would stay in epoll as long as its
/// original is open.
template <class Executor> class reactor_entry {
  public:
    explicit reactor_entry(Executor const& executor) : descriptor_(executor) {}
    reactor_entry(reactor_entry const&) = delete;
    reactor_entry& operator=(reactor_entry const&) = delete;
    ~reactor_entry() { leave(); }

    /// Puts the handle into the reactor, unless it is there. Whoever shares a descriptor
    /// with the other side waits on a duplicate, for epoll takes each only once.
    void enter(port_wait_handle handle, bool duplicate, boost::system::error_code& ec) {
        ec.clear();
        events_ = handle.events;
        if (descriptor_.is_open())
            return;
        if (duplicate) {
            own_ = unique_fd{::fcntl(handle.fd, F_DUPFD_CLOEXEC, 0)};
            if (!own_) {
                ec.assign(errno, boost::system::system_category());
                return;
            }
            handle.fd = own_.get();
        }
        descriptor_.assign(handle.fd, ec);
    }

    /// Starts a wait. Each one modifies the registration, which looks at the port anew:
    /// an edge that came between two waits is not lost.
    template <class Handler> void wait(Handler&& handler) {
        using base = boost::asio::posix::descriptor_base;
        descriptor_.async_wait((events_ & POLLOUT) != 0 ? base::wait_write : base::wait_read,
                               std::forward<Handler>(handler));
    }

    /// Ends a pending wait with operation_aborted.
    void cancel() noexcept {
        boost::system::error_code ignored;
        if (descriptor_.is_open())
            descriptor_.cancel(ignored);
    }

    /// Takes the handle out of the reactor; a pending wait ends with operation_aborted.
    void leave() noexcept {
        if (descriptor_.is_open())
            descriptor_.release();
        own_ = unique_fd{};
    }

  private:
    boost::asio::posix::basic_stream_descriptor<Executor> descriptor_;
    unique_fd own_;
    short events_ = POLLIN;
};

} // namespace netmapxx::inline v1::async::detail

#endif // NETMAPXX_ASIO_DETAIL_REACTOR_ENTRY_HPP
