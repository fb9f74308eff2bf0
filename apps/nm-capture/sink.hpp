// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file sink.hpp
 * Where the file's bytes go: a file, or the program's standard output.
 */
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <system_error>

#include "common/text_out.hpp"

namespace netmapxx::apps::capture {

/** One thread at a time. */
class sink {
  public:
    sink() = default;
    sink(sink const&) = delete;
    sink& operator=(sink const&) = delete;
    virtual ~sink() = default;

    /** Writes all of `bytes`; after a failure `done` says how many are there. */
    [[nodiscard]] virtual std::error_code write(std::span<std::byte const> bytes,
                                                std::size_t& done) = 0;
    /** Takes the last bytes back; false where that is impossible. */
    [[nodiscard]] virtual bool take_back(std::size_t bytes) = 0;
    /** True if nobody reads any more what is written; any thread may ask. */
    [[nodiscard]] virtual bool reader_gone() const noexcept = 0;
    /** Nothing more will be written. */
    [[nodiscard]] virtual std::error_code close() = 0;
};

class file_sink final : public sink {
  public:
    /** Creates or truncates a file; throws app_failure (output or denied). */
    file_sink(std::string const& path, bool group_read);
    ~file_sink() override;

    [[nodiscard]] std::error_code write(std::span<std::byte const> bytes,
                                        std::size_t& done) override;
    [[nodiscard]] bool take_back(std::size_t bytes) override;
    [[nodiscard]] bool reader_gone() const noexcept override { return apps::reader_gone(fd_); }
    [[nodiscard]] std::error_code close() override;

  private:
    int fd_;
    std::uint64_t size_ = 0;
};

class stream_sink final : public sink {
  public:
    /** Borrows `out`. */
    explicit stream_sink(text_out& out) noexcept : out_(out) {}

    [[nodiscard]] std::error_code write(std::span<std::byte const> bytes,
                                        std::size_t& done) override;
    [[nodiscard]] bool take_back(std::size_t) override { return false; }
    [[nodiscard]] bool reader_gone() const noexcept override { return out_.reader_gone(); }
    [[nodiscard]] std::error_code close() override { return {}; }

  private:
    text_out& out_;
};

} // namespace netmapxx::apps::capture
