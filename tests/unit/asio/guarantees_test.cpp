// SPDX-License-Identifier: BSD-2-Clause
// What Asio programs rely on: executors, allocators, registration, and quiet.
#include <filesystem>
#include <fstream>

#include "allocations.hpp"
#include "bed.hpp"
#include "tokens.hpp"

namespace netmapxx_tests {

namespace {

/// Descriptors that all epoll instances of this process watch.
[[nodiscard]] std::size_t watched() {
    std::size_t count = 0;
    for (auto const& entry : std::filesystem::directory_iterator{"/proc/self/fd"}) {
        std::error_code ignored;
        if (std::filesystem::read_symlink(entry, ignored) != "anon_inode:[eventpoll]")
            continue;
        std::ifstream info{"/proc/self/fdinfo" / entry.path().filename()};
        for (std::string line; std::getline(info, line);)
            count += line.starts_with("tfd:") ? 1 : 0;
    }
    return count;
}

[[nodiscard]] std::size_t open_descriptors() {
    auto const all = std::filesystem::directory_iterator{"/proc/self/fd"};
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

/// Descriptors that stay in the reactor after a wait: polling the device syncs its rings,
/// polling an event descriptor does nothing.
[[nodiscard]] std::size_t staying(bed& on) {
    return on.near->lowest_port().native_handle() >= 0 ? 0 : 1;
}

/// An allocator that counts what it gives and has not got back.
template <class T> struct counting_allocator {
    using value_type = T;
    std::shared_ptr<std::pair<std::size_t, std::size_t>> count; ///< given, alive

    explicit counting_allocator(std::shared_ptr<std::pair<std::size_t, std::size_t>> to)
        : count(std::move(to)) {}
    template <class U>
    counting_allocator(counting_allocator<U> const& other) : count(other.count) {}
    [[nodiscard]] T* allocate(std::size_t n) {
        ++count->first;
        ++count->second;
        return std::allocator<T>{}.allocate(n);
    }
    void deallocate(T* what, std::size_t n) {
        --count->second;
        std::allocator<T>{}.deallocate(what, n);
    }
    template <class U> bool operator==(counting_allocator<U> const& other) const {
        return count == other.count;
    }
};

TEST(asio_guarantees, S59_handlers_run_on_their_executor_and_use_their_memory) {
    bed on;
    asio::io_context other;
    auto const count = std::make_shared<std::pair<std::size_t, std::size_t>>();
    bool called = false;
    on.near->async_receive_batch(
        1, asio::bind_executor(other, asio::bind_allocator(counting_allocator<void>{count},
                                                           [&](boost_code ec, nmx::rx_batch batch) {
                                                               EXPECT_FALSE(ec);
                                                               EXPECT_EQ(batch.slot_count(), 1U);
                                                               called = true;
                                                           })));
    EXPECT_EQ(send_some(on.far, 0, 1), 1U);
    auto const end = std::chrono::steady_clock::now() + patience;
    while (!called && std::chrono::steady_clock::now() < end) {
        on.settle();
        EXPECT_FALSE(called) << "on the port's executor";
        other.restart();
        other.poll();
    }
    EXPECT_TRUE(called);
    EXPECT_GT(count->first, 0U);
    EXPECT_EQ(count->second, 0U);
}

TEST(asio_guarantees, S59_a_handler_of_another_executor_keeps_that_at_work) {
    bed on;
    asio::io_context other;
    on.near->async_wait_readable(asio::bind_executor(other, [](boost_code) {}));
    on.settle();
    other.restart();
    other.poll();
    EXPECT_FALSE(other.stopped());
    on.near->cancel();
    on.settle();
    other.poll();
    EXPECT_TRUE(other.stopped());
}

TEST(asio_guarantees, S60_registered_only_while_an_operation_waits) {
    bed on;
    on.settle();
    auto const before = watched();
    for (int i = 0; i < 3; ++i) {
        bool done = false;
        on.near->async_wait_readable([&](boost_code) { done = true; });
        on.settle();
        EXPECT_EQ(watched(), before + 1);
        EXPECT_EQ(send_some(on.far, 0, 1), 1U);
        EXPECT_TRUE(on.run_until([&] { return done; }));
        EXPECT_EQ(watched(), before + staying(on));
        (void)drain(on.near->lowest_port());
    }
}

TEST(asio_guarantees, S60_persistent_registers_once) {
    bed on{{.policy = nmx::async::registration::persistent}};
    on.settle();
    auto const before = watched();
    for (int i = 0; i < 3; ++i) {
        bool done = false;
        on.near->async_wait_readable([&](boost_code ec) { done = !ec; });
        on.settle();
        EXPECT_EQ(send_some(on.far, 0, 1), 1U);
        EXPECT_TRUE(on.run_until([&] { return done; }));
        EXPECT_EQ(watched(), before + 1);
        (void)drain(on.near->lowest_port());
    }
    on.near->close();
    EXPECT_EQ(watched(), before);
}

TEST(asio_guarantees, S61_waits_for_room_leave_nothing_behind) {
    for (auto const policy :
         {nmx::async::registration::per_wait, nmx::async::registration::persistent}) {
        bed on{{.policy = policy}};
        on.settle();
        auto const before = watched();
        for (int i = 0; i < 3; ++i) {
            (void)fill(on.near->lowest_port());
            bool done = false;
            on.near->async_wait_writable(1, [&](boost_code ec) { done = !ec; });
            on.settle();
            EXPECT_EQ(watched(), before + 1);
            (void)drain(on.far);
            EXPECT_TRUE(on.run_until([&] { return done; }));
            EXPECT_EQ(watched(), before + staying(on));
        }
        auto const descriptors = open_descriptors();
        (void)fill(on.near->lowest_port());
        on.near->async_wait_writable(1, [](boost_code) {});
        on.settle();
        on.near->cancel();
        on.settle();
        EXPECT_EQ(open_descriptors(), descriptors);
    }
}

TEST(asio_guarantees, S61_split_directions_are_two_ports_in_one_region) {
    asio::io_context context;
    std::string const sw = "vale" + fresh_name();
    nmx::port peer{sw + ":peer"};
    nmx::async_port split{context, sw + ":split", {}, {.split_directions = true}};
    EXPECT_NE(&split.receiver(), &split.sender());
    EXPECT_EQ(split.receiver().memory(), split.sender().memory());
    EXPECT_TRUE(split.receiver().tx_rings().empty());
    EXPECT_TRUE(split.sender().rx_rings().empty());

    bool sent = false, received = false;
    auto const out = numbered(5, 3);
    split.async_send(asio::buffer(out), [&](boost_code ec, std::size_t) { sent = !ec; });
    split.async_receive_batch(4, [&](boost_code ec, nmx::rx_batch batch) {
        received = !ec && number_of(*batch.begin()) == 6;
        batch.release();
    });
    ASSERT_TRUE(peer.inject(numbered(6, 4)));
    peer.sync_tx();
    auto const end = std::chrono::steady_clock::now() + patience;
    while ((!sent || !received) && std::chrono::steady_clock::now() < end) {
        context.restart();
        context.run_one_for(5ms);
    }
    EXPECT_TRUE(sent);
    EXPECT_TRUE(received);
    EXPECT_EQ(drain(peer), std::vector<std::uint64_t>{5});
}

TEST(asio_guarantees, S62_a_quiet_port_wakes_nobody) {
    bed on;
    on.near->async_wait_readable([](boost_code) {});
    (void)fill(on.near->lowest_port());
    on.near->async_wait_writable(1, [](boost_code) {});
    on.settle();
    on.context.restart();
    EXPECT_EQ(on.context.run_for(100ms), 0U);
}

// A loop that waits, receives and releases, and counts what it allocates meanwhile.
asio::awaitable<void> receive_many(nmx::async_port& port, std::size_t warm_up, std::size_t count,
                                   std::size_t& allocated) {
    for (std::size_t seen = 0; seen < warm_up + count;) {
        auto batch = co_await port.async_receive_batch(16, asio::use_awaitable);
        std::size_t const slots = batch.slot_count();
        if (seen < warm_up && seen + slots >= warm_up)
            allocated = allocations();
        seen += slots;
        batch.release();
    }
    allocated = allocations() - allocated;
}

TEST(asio_guarantees, S64_no_memory_for_an_operation_after_the_first_ones) {
    bed on;
    std::size_t allocated = 0;
    bool done = false;
    asio::co_spawn(on.context, receive_many(*on.near, 100, 1000, allocated),
                   [&](std::exception_ptr) { done = true; });
    std::uint64_t next = 0;
    while (!done) {
        next += send_some(on.far, next, 3);
        on.context.restart();
        on.context.poll();
    }
    EXPECT_EQ(allocated, 0U);
}

} // namespace

} // namespace netmapxx_tests
