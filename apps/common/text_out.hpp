// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file text_out.hpp
 * Where a program's text goes: a descriptor, or memory in tests.
 */
#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <system_error>

namespace netmapxx::apps {

/** A sink of text that remembers its first failure. Any thread may write. */
class text_out {
  public:
    text_out() = default;
    text_out(text_out const&) = delete;
    text_out& operator=(text_out const&) = delete;
    virtual ~text_out() = default;

    /** Writes all of `text`, or nothing once a write has failed. */
    std::error_code write(std::string_view text);

    /** The first failure so far. */
    [[nodiscard]] std::error_code status() const;

    /** True when a failure was the reader going away (EPIPE). */
    [[nodiscard]] bool broken_pipe() const;

    [[nodiscard]] virtual bool is_terminal() const noexcept { return false; }

    /** True if a write would fail because nobody reads any more; for who writes rarely. */
    [[nodiscard]] virtual bool reader_gone() const noexcept { return false; }

  protected:
    virtual std::error_code do_write(std::string_view text) = 0;

  private:
    mutable std::mutex mutex_;
    std::error_code status_;
};

/** True for the end of a pipe or socket whose other end is closed. */
[[nodiscard]] bool reader_gone(int fd) noexcept;

/** Writes to a descriptor, unbuffered, so that a failure shows where it happens. */
class fd_out : public text_out {
  public:
    /** Borrows `fd`. */
    explicit fd_out(int fd) noexcept : fd_(fd) {}

    /** Creates or truncates a file; throws app_failure (output or denied). */
    explicit fd_out(std::string const& path);
    ~fd_out() override;

    [[nodiscard]] bool is_terminal() const noexcept override;
    [[nodiscard]] bool reader_gone() const noexcept override;

  protected:
    std::error_code do_write(std::string_view text) override;

  private:
    int fd_ = -1;
    bool owned_ = false;
};

/** Collects text in memory. */
class string_out : public text_out {
  public:
    [[nodiscard]] std::string str() const;

  protected:
    std::error_code do_write(std::string_view text) override;

  private:
    mutable std::mutex text_mutex_;
    std::string text_;
};

} // namespace netmapxx::apps
