// SPDX-License-Identifier: BSD-2-Clause
// What tests on network interfaces share: a pair of them, and another namespace.
#pragma once

#include "fixture.hpp"
#include "wire.hpp"

#include <sched.h>
#include <unistd.h>

#include <memory>
#include <thread>

namespace conformance {

/// Tests on one end, nmx0, of a pair of interfaces; the other end is nmx1.
class on_wire : public suite {
  protected:
    explicit on_wire(unsigned queues = 1) : queues_(queues) {}
    void SetUp() override {
        suite::SetUp();
        if (the_host().embedded()) {
            GTEST_SKIP() << "the engine has no network interfaces";
        }
        make_pair();
        if (pair_->error().code == EOPNOTSUPP) {
            GTEST_SKIP() << "this kernel has no veth";
        }
        ASSERT_OK(pair_->error());
    }
    void TearDown() override {
        pair_.reset();
        suite::TearDown();
    }
    void make_pair() {
        pair_.reset(); // before the next: they have the same names
        pair_ = std::make_unique<veth_pair>("nmx0", "nmx1", queues_);
    }
    static frame numbered(uint32_t tag, size_t len = 60) {
        return make_frame(broadcast, mac_of(1), len, tag);
    }
    static std::vector<frame> row(uint32_t count, size_t len = 60) {
        std::vector<frame> all;
        for (uint32_t i = 0; i < count; ++i) {
            all.push_back(numbered(i, len));
        }
        return all;
    }
    /// Receives on the ring until `count` packets came.
    static std::vector<frame> collect(const port& p, size_t count, unsigned ring = 0) {
        std::vector<frame> all;
        EXPECT_TRUE(eventually([&] {
            const auto more = p.receive(ring);
            all.insert(all.end(), more.begin(), more.end());
            return all.size() >= count;
        })) << all.size() << " of " << count << " packets came";
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

    std::unique_ptr<veth_pair> pair_;

  private:
    unsigned queues_;
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
