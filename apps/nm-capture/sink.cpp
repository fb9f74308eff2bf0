// SPDX-License-Identifier: BSD-2-Clause
#include "nm-capture/sink.hpp"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/exit_code.hpp"

namespace netmapxx::apps::capture {
namespace {

std::error_code last_error() noexcept {
    return {errno, std::generic_category()};
}

} // namespace

file_sink::file_sink(std::string const& path, bool group_read)
    : fd_(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
                 group_read ? 0640 : 0600)) {
    if (fd_ >= 0)
        return;
    auto const ec = last_error();
    throw app_failure(output_code(ec), fmt::format("cannot create '{}': {}", path, ec.message()));
}

file_sink::~file_sink() {
    if (fd_ >= 0)
        ::close(fd_);
}

std::error_code file_sink::write(std::span<std::byte const> bytes, std::size_t& done) {
    done = 0;
    while (done < bytes.size()) {
        ssize_t const n = ::write(fd_, bytes.data() + done, bytes.size() - done);
        if (n < 0 && errno != EINTR)
            return last_error();
        if (n > 0) {
            done += static_cast<std::size_t>(n);
            size_ += static_cast<std::size_t>(n);
        }
    }
    return {};
}

bool file_sink::take_back(std::size_t bytes) {
    struct stat what {};
    if (::fstat(fd_, &what) != 0 || !S_ISREG(what.st_mode) || bytes > size_)
        return false;
    auto const size = static_cast<off_t>(size_ - bytes);
    if (::ftruncate(fd_, size) != 0 || ::lseek(fd_, size, SEEK_SET) != size)
        return false;
    size_ -= bytes;
    return true;
}

std::error_code file_sink::close() {
    return ::close(std::exchange(fd_, -1)) == 0 || errno == EINTR ? std::error_code{}
                                                                  : last_error();
}

std::error_code stream_sink::write(std::span<std::byte const> bytes, std::size_t& done) {
    auto const ec = out_.write({reinterpret_cast<char const*>(bytes.data()), bytes.size()});
    done = ec ? 0 : bytes.size();
    return ec;
}

} // namespace netmapxx::apps::capture
