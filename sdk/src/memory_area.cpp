// SPDX-License-Identifier: BSD-2-Clause
#include <netmapxx/memory_area.hpp>

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include <fmt/format.h>

#include <netmapxx/error.hpp>
#include <netmapxx/unique_fd.hpp>

namespace netmapxx::inline v1 {

namespace {

[[nodiscard]] std::error_code last_error() noexcept {
    return {errno, std::generic_category()};
}

// Rounded up to the pages the file is made of; 0 if there is no such number.
[[nodiscard]] std::size_t whole_pages(int fd, std::size_t bytes) noexcept {
    struct statfs file_system{};
    if (::fstatfs(fd, &file_system) != 0 || file_system.f_bsize <= 0)
        return 0;
    auto const page = static_cast<std::size_t>(file_system.f_bsize);
    std::size_t rounded = 0;
    return __builtin_add_overflow(bytes, page - 1, &rounded) ? 0 : rounded / page * page;
}

} // namespace

void memory_area::map(int fd, std::size_t bytes, std::error_code& ec) noexcept {
    void* const at = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED)
        ec = last_error();
    else
        bytes_ = {static_cast<std::byte*>(at), bytes};
}

memory_area::memory_area(std::size_t bytes, area_pages pages, std::error_code& ec) noexcept {
    ec.clear();
    unsigned const kind = pages == area_pages::huge ? MFD_HUGETLB : 0U;
    unique_fd const file{::memfd_create("netmapxx", MFD_CLOEXEC | kind)};
    if (!file) {
        ec = last_error();
        return;
    }
    std::size_t const whole = whole_pages(file.get(), bytes);
    if (whole == 0 || ::ftruncate(file.get(), static_cast<off_t>(whole)) != 0)
        ec = whole == 0 ? std::make_error_code(std::errc::invalid_argument) : last_error();
    else
        map(file.get(), whole, ec);
}

memory_area::memory_area(std::size_t bytes, area_pages pages) {
    std::error_code ec;
    *this = memory_area{bytes, pages, ec};
    if (ec)
        throw error{ec, "allocate", fmt::format("{} bytes", bytes),
                    pages == area_pages::huge ? "on huge pages" : ""};
}

memory_area memory_area::of_file(std::string const& path, std::error_code& ec) noexcept {
    ec.clear();
    memory_area out;
    unique_fd const file{::open(path.c_str(), O_RDWR | O_CLOEXEC)};
    struct stat is{};
    if (!file || ::fstat(file.get(), &is) != 0)
        ec = last_error();
    else if (!S_ISREG(is.st_mode) || is.st_size == 0)
        ec = std::make_error_code(std::errc::invalid_argument);
    else
        out.map(file.get(), static_cast<std::size_t>(is.st_size), ec);
    return out;
}

memory_area memory_area::of_file(std::string const& path) {
    std::error_code ec;
    auto out = of_file(path, ec);
    if (ec)
        throw error{ec, "map file", path};
    return out;
}

memory_area::memory_area(memory_area&& other) noexcept
    : bytes_(std::exchange(other.bytes_, {})) {}

memory_area& memory_area::operator=(memory_area&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    return *this;
}

memory_area::~memory_area() {
    if (!bytes_.empty())
        ::munmap(bytes_.data(), bytes_.size());
}

} // namespace netmapxx::inline v1
