// SPDX-License-Identifier: BSD-2-Clause
// Regions in the program's own memory, on the embedded engine.
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include <netmap_engine.h>
#include <netmapxx/netmapxx.hpp>

#include "fake_region.hpp"

namespace netmapxx_tests {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t area_size = std::size_t{2} << 20;

class extmem : public testing::Test {
  protected:
    void SetUp() override {
        int const d = nm_engine_open();
        if (d < 0)
            GTEST_SKIP() << "no engine in this build";
        nm_engine_close(d);
    }
    static nmx::external_memory pools_in(std::span<std::byte> memory) {
        return {.memory = memory,
                .interface_objects = 8,
                .interface_size = 1024,
                .ring_objects = 16,
                .ring_size = 4096,
                .buffer_objects = 200,
                .buffer_size = 2048};
    }
    static nmx::port open(std::string_view spec, nmx::external_memory external = {},
                          nmx::open_options options = {}) {
        options.backend = nmx::backend_kind::embedded;
        options.external = external;
        options.tx_slots = options.rx_slots = 16;
        return nmx::port{spec, options};
    }
    static void expect_traffic(nmx::port& from, nmx::port& to, unsigned seed) {
        ASSERT_TRUE(from.inject(pattern(60, seed)));
        from.sync_tx();
        ASSERT_EQ(to.wait_readable(2s), nmx::wait_result::ready);
        to.rx_rings()[0].consume(
            [&](nmx::packet_view p) { EXPECT_EQ(bytes_of(p), pattern(60, seed)); });
    }
    static bool holds(std::span<std::byte const> memory, void const* at) {
        auto const* const byte = static_cast<std::byte const*>(at);
        return byte >= memory.data() && byte < memory.data() + memory.size();
    }
    /// Words of the refusal, "" if there was none.
    static std::string words(std::string_view spec, nmx::external_memory external,
                             std::error_code& code) {
        try {
            (void)open(spec, external);
        } catch (nmx::error const& e) {
            code = e.code();
            return std::string{e.detail()};
        }
        return {};
    }
};

TEST_F(extmem, ports_live_in_memory_of_the_program) {
    nmx::memory_area const area{area_size};
    ASSERT_EQ(area.bytes().size(), area_size);
    {
        auto a = open("vale_ext1:a", pools_in(area.bytes()));
        auto b = open("vale_ext1:b", pools_in(area.bytes()));
        EXPECT_EQ(a.memory(), b.memory());
        EXPECT_FALSE(a.info().region_pinned);
        EXPECT_LE(a.memory().size(), area_size);
        EXPECT_TRUE(holds(area.bytes(), a.tx_rings()[0].control().ring));
        EXPECT_TRUE(a.memory().contains(area.bytes().data()));
        auto const pools = nmx::pools(a.info().spec, nmx::backend_kind::embedded);
        EXPECT_EQ(pools.rings.objects, 16U);
        EXPECT_GE(pools.buffers.objects, 200U);
        expect_traffic(a, b, 1);
        expect_traffic(b, a, 2);
    }
    auto again = open("vale_ext1:c", pools_in(area.bytes()));
    EXPECT_TRUE(again.is_open()) << "closing gave the memory back";
}

TEST_F(extmem, others_join_by_region) {
    nmx::memory_area const area{area_size};
    auto a = open("vale_ext2:a", pools_in(area.bytes()));
    auto b = open("vale_ext2:b", {}, {.share = a.memory()});
    EXPECT_EQ(a.memory(), b.memory());
    expect_traffic(a, b, 3);
    auto c = a.reopen({nmx::ring_kind::one_nic, 0}, {.external = pools_in(area.bytes())});
    EXPECT_EQ(c.memory(), a.memory());
    auto const many = nmx::port::open_per_ring(nmx::port_spec{"vale_ext2:d"},
                                               {.backend = nmx::backend_kind::embedded,
                                                .tx_rings = 2,
                                                .rx_rings = 2,
                                                .tx_slots = 16,
                                                .rx_slots = 16,
                                                .external = pools_in(area.bytes())});
    ASSERT_EQ(many.size(), 2U);
    EXPECT_EQ(many[1].memory(), a.memory());
}

TEST_F(extmem, handles_keep_the_region_and_its_number) {
    nmx::memory_area const area{area_size};
    nmx::region memory;
    {
        auto a = open("vale_ext3:a", pools_in(area.bytes()));
        memory = a.memory();
    }
    EXPECT_EQ(nmx::vale::find(nmx::port_spec{"vale_ext3:a"}, nmx::backend_kind::embedded),
              std::nullopt);
    auto b = open("vale_ext3:b", {}, {.share = memory});
    EXPECT_EQ(b.memory(), memory) << "the number still names it";
    EXPECT_TRUE(memory.contains(area.bytes().data()));
}

TEST_F(extmem, S47_what_does_not_do_is_refused_in_words) {
    nmx::memory_area const area{area_size};
    std::error_code code;
    auto const all = area.bytes();
    EXPECT_EQ(words("vale_ext4:a", pools_in(all.subspan(64)), code).rfind("extmem: ", 0), 0U);
    EXPECT_EQ(code, std::errc::invalid_argument) << "misaligned";
    EXPECT_NE(words("vale_ext4:a", pools_in(all.first(4096)), code), "");
    EXPECT_EQ(code, nmx::errc::out_of_buffers) << "too small";
    EXPECT_NE(words("vale_ext4:a@extmem=/nowhere", pools_in(all), code).find("at once"),
              std::string::npos);
    EXPECT_EQ(code, nmx::errc::unsupported_option);
    nmx::port const elsewhere = open("vale_ext4:b");
    EXPECT_NE(words("vale_ext4:b", pools_in(all), code), "");
    EXPECT_EQ(code, nmx::errc::port_busy) << "it lives elsewhere";
    EXPECT_EQ(words("vale_ext4:a", pools_in(all), code), "") << "nothing was left behind";
}

class extmem_file : public extmem {
  protected:
    extmem_file() {
        path_ = (std::filesystem::temp_directory_path() / "nmxXXXXXX").string();
        nmx::unique_fd const made{::mkstemp(path_.data())};
        EXPECT_TRUE(made);
        std::filesystem::resize_file(path_, area_size);
    }
    ~extmem_file() override { std::filesystem::remove(path_); }

    [[nodiscard]] std::string spec(std::string_view port) const {
        return std::string{port} + "@extmem:file=" + path_ +
               ",if-num=8,if-size=1024,ring-num=16,ring-size=4096,buf-num=200,buf-size=2048";
    }

    std::string path_;
};

TEST_F(extmem_file, a_specification_names_the_file) {
    auto a = open(spec("vale_ext5:a"));
    auto b = open(spec("vale_ext5:b"));
    EXPECT_EQ(a.memory(), b.memory());
    expect_traffic(a, b, 4);
    ASSERT_TRUE(a.inject(pattern(64, 9)));
    std::ifstream file{path_, std::ios::binary};
    std::string const content{std::istreambuf_iterator<char>{file}, {}};
    auto const sent = pattern(64, 9);
    EXPECT_NE(content.find(std::string{reinterpret_cast<char const*>(sent.data()), sent.size()}),
              std::string::npos)
        << "packets lie in the file";
}

TEST_F(extmem_file, one_that_is_not_there_is_an_error) {
    std::error_code code;
    (void)words("vale_ext6:a@extmem=/nowhere/at/all", {}, code);
    EXPECT_EQ(code, std::errc::no_such_file_or_directory);
    std::filesystem::resize_file(path_, 0);
    (void)words(spec("vale_ext6:a"), {}, code);
    EXPECT_EQ(code, std::errc::invalid_argument) << "empty";
}

TEST(unique_fd, closes_what_it_owns) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    nmx::unique_fd const reader{ends[0]};
    {
        nmx::unique_fd first{ends[1]};
        nmx::unique_fd second{std::move(first)};
        EXPECT_FALSE(first); // NOLINT(bugprone-use-after-move): that is the promise
        EXPECT_EQ(second.get(), ends[1]);
        EXPECT_FALSE(nmx::unique_fd{-1});
    }
    char byte = 0;
    EXPECT_EQ(::read(reader.get(), &byte, 1), 0) << "the other end is closed";
}

TEST(memory_area, is_whole_pages_and_moves) {
    nmx::memory_area first{5000};
    EXPECT_EQ(first.bytes().size(), 8192U);
    first.bytes()[8191] = std::byte{7};
    nmx::memory_area second{std::move(first)};
    EXPECT_TRUE(first.bytes().empty()); // NOLINT(bugprone-use-after-move): that is the promise
    EXPECT_EQ(second.bytes()[8191], std::byte{7});
    first = std::move(second);
    EXPECT_EQ(first.bytes()[8191], std::byte{7});
    EXPECT_TRUE(nmx::memory_area{}.bytes().empty());
    std::error_code ec;
    nmx::memory_area const endless{SIZE_MAX, nmx::area_pages::normal, ec};
    EXPECT_TRUE(ec);
    EXPECT_TRUE(endless.bytes().empty());
    EXPECT_THROW(nmx::memory_area{SIZE_MAX}, nmx::error);
}

TEST_F(extmem, huge_pages_serve_as_well) {
    std::error_code ec;
    nmx::memory_area const area{area_size, nmx::area_pages::huge, ec};
    if (ec)
        GTEST_SKIP() << "no huge pages are reserved here: " << ec.message();
    EXPECT_GE(area.bytes().size(), area_size);
    auto a = open("vale_ext7:a", pools_in(area.bytes()));
    auto b = open("vale_ext7:b", pools_in(area.bytes()));
    expect_traffic(a, b, 5);
}

} // namespace

} // namespace netmapxx_tests
