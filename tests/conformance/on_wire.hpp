// SPDX-License-Identifier: BSD-2-Clause
// What tests on network interfaces share: a pair of them, and another namespace.
#pragma once

#include "interface.hpp"

#include <sched.h>
#include <unistd.h>

#include <thread>

namespace conformance {

/// Tests of interfaces that change, or are refused, while open.
class on_wire : public interface_suite {
  protected:
    using interface_suite::interface_suite;
    static std::vector<frame> many(uint32_t count, size_t len = 60) {
        std::vector<frame> all;
        for (uint32_t i = 0; i < count; ++i) {
            all.push_back(numbered(i, len));
        }
        return all;
    }
    /// Packets pass both ways: they may be lost until the link is up again.
    static void expect_passage(const port& p, const wire& far) {
        EXPECT_TRUE(eventually([&] {
            p.send(numbered(1));
            return !far.receive().empty();
        })) << "nothing reaches the wire";
        EXPECT_TRUE(eventually([&] {
            far.send(numbered(2));
            return !p.receive().empty();
        })) << "nothing comes from the wire";
    }
    static void expect_ended(const port& p) {
        // the host may have sent something on its own before
        EXPECT_TRUE(eventually([&] { return (p.poll(POLLIN, patience_ms()) & POLLERR) != 0; }));
        EXPECT_ERR(EIO, p.txsync());
        EXPECT_ERR(EIO, p.rxsync());
    }
    /// Registers, and returns the words of the refusal; "" if there was none.
    static std::string refusal(std::string_view name, int code, const reg& wanted = reg{}) {
        nmreq_opt_errtext words{};
        words.nro_opt = make_option(NETMAP_REQ_OPT_ERRTEXT, sizeof(words));
        reg body = wanted;
        EXPECT_ERR(code, descriptor().bind(name, body, &words.nro_opt));
        return std::string(words.nro_text, ::strnlen(words.nro_text, sizeof(words.nro_text)));
    }
};

/// A thread with a network namespace of its own, which ends with it.
class other_namespace {
  public:
    explicit other_namespace(std::function<void()> work)
        : work_(std::move(work)), thread_([this] { run(); }) {
        EXPECT_TRUE(eventually([this] { return tid_ != 0; }));
    }
    other_namespace(const other_namespace&) = delete;
    other_namespace& operator=(const other_namespace&) = delete;
    ~other_namespace() {
        begin();
        thread_.join();
    }
    int tid() const { return tid_; }
    /// The work may be done now.
    void begin() { begun_ = true; }
    bool done() const { return done_; }

  private:
    void run() {
        EXPECT_EQ(0, ::unshare(CLONE_NEWNET));
        tid_ = ::gettid();
        EXPECT_TRUE(eventually([this] { return begun_.load(); }));
        work_();
        done_ = true;
    }
    std::function<void()> work_;
    std::atomic<int> tid_ = 0;
    std::atomic<bool> begun_ = false;
    std::atomic<bool> done_ = false;
    std::jthread thread_;
};

} // namespace conformance
