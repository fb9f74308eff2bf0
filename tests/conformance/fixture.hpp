// SPDX-License-Identifier: BSD-2-Clause
// What all tests share: a fixture that finds leaked ports, memory with
// forbidden pages, budgets for slow machines, waiting with a deadline.
#pragma once

#include "port.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace conformance {

/// Every test must leave no switch port behind, whatever it opened.
class suite : public ::testing::Test {
  protected:
    void SetUp() override;
    void TearDown() override;
};

/// Fewer rounds on machines that are emulated (NETMAPXX_SLOW=1).
unsigned rounds(unsigned native);

/// How long a condition may take that is certain to come.
std::chrono::milliseconds patience();
inline int patience_ms() {
    return static_cast<int>(patience().count());
}

/// Waits until `condition` holds; false if it never does.
bool eventually(const std::function<bool()>& condition);

/// Pages of memory, the last of which cannot be touched.
class guarded {
  public:
    explicit guarded(size_t pages = 1);
    guarded(const guarded&) = delete;
    guarded& operator=(const guarded&) = delete;
    ~guarded();

    /// Address from which exactly `bytes` can be touched.
    uint8_t* last(size_t bytes) const { return base_ + usable_ - bytes; }
    /// Address from which nothing can be touched.
    uint8_t* forbidden() const { return base_ + usable_; }
    /// From now on the memory can only be read.
    void make_read_only();

    /// A T whose last `missing` bytes are out of reach.
    template <class T> T* cut(size_t missing) const {
        return reinterpret_cast<T*>(last(sizeof(T) - missing));
    }
    /// Copies a value to where it just fits.
    template <class T> T* place(const T& value) const {
        std::memcpy(last(sizeof(T)), &value, sizeof(T));
        return reinterpret_cast<T*>(last(sizeof(T)));
    }

  private:
    size_t usable_;
    uint8_t* base_;
};

/// Numbers that look random and are the same in every run.
class sequence {
  public:
    explicit sequence(uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15u + 1) {}
    uint64_t next() {
        state_ += 0x9e3779b97f4a7c15u;
        uint64_t z = state_;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return z ^ (z >> 31);
    }
    uint32_t below(uint32_t n) { return static_cast<uint32_t>(next() % n); }
    template <class T> T pick(std::initializer_list<T> from) {
        return *(from.begin() + below(static_cast<uint32_t>(from.size())));
    }

  private:
    uint64_t state_;
};

inline constexpr size_t page = 4096;
inline constexpr uint64_t kernel_address = 0xffff888000000000u;

} // namespace conformance
