// SPDX-License-Identifier: BSD-2-Clause
#include "common/text_out.hpp"

#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include "common/exit_code.hpp"

namespace netmapxx::apps {

std::error_code text_out::write(std::string_view text) {
    std::lock_guard lock(mutex_);
    if (!status_)
        status_ = do_write(text);
    return status_;
}

std::error_code text_out::status() const {
    std::lock_guard lock(mutex_);
    return status_;
}

bool text_out::broken_pipe() const {
    return status() == std::errc::broken_pipe;
}

bool reader_gone(int fd) noexcept {
    pollfd entry{fd, 0, 0};
    return ::poll(&entry, 1, 0) > 0 && (entry.revents & (POLLERR | POLLHUP)) != 0;
}

fd_out::fd_out(std::string const& path)
    : fd_(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)), owned_(true) {
    if (fd_ >= 0)
        return;
    std::error_code const ec(errno, std::generic_category());
    throw app_failure(output_code(ec), fmt::format("cannot create '{}': {}", path, ec.message()));
}

fd_out::~fd_out() {
    if (owned_ && fd_ >= 0)
        ::close(fd_);
}

bool fd_out::is_terminal() const noexcept {
    return ::isatty(fd_) == 1;
}

bool fd_out::reader_gone() const noexcept {
    return apps::reader_gone(fd_);
}

std::error_code fd_out::do_write(std::string_view text) {
    while (!text.empty()) {
        ssize_t const n = ::write(fd_, text.data(), text.size());
        if (n >= 0)
            text.remove_prefix(static_cast<std::size_t>(n));
        else if (errno != EINTR)
            return {errno, std::generic_category()};
    }
    return {};
}

std::string string_out::str() const {
    std::lock_guard lock(text_mutex_);
    return text_;
}

std::error_code string_out::do_write(std::string_view text) {
    std::lock_guard lock(text_mutex_);
    text_.append(text);
    return {};
}

} // namespace netmapxx::apps
