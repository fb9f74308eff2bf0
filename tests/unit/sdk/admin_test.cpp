// SPDX-License-Identifier: BSD-2-Clause
// Administration: switches, descriptions, parameters, snapshots. Requests are
// checked byte by byte; what the core answers is the fake core's.
#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <netmapxx/netmapxx.hpp>

#include "fake_core.hpp"
#include "parameter_files.hpp"

namespace netmapxx_tests {

namespace {

using nmx::port_spec;

class admin : public with_fake_core {
  protected:
    /// The only request so far.
    [[nodiscard]] fake_request sent() const {
        EXPECT_EQ(core->requests.size(), 1U);
        EXPECT_TRUE(core->quiet());
        return core->requests.empty() ? fake_request{} : core->requests.front();
    }
    /// The error `call` throws.
    template <class Call> static nmx::error failure_of(Call const& call) {
        try {
            call();
        } catch (nmx::error const& e) {
            return e;
        }
        ADD_FAILURE() << "nothing was thrown";
        return {{}, "", ""};
    }
};

TEST_F(admin, attach_asks_for_the_nic_rings_in_the_region_and_shape_given) {
    auto const index = nmx::vale::attach(
        port_spec{"vale0:eth0"},
        {.config = {
             .tx_slots = 512, .rx_slots = 256, .tx_rings = 2, .rx_rings = 3, .memory_id = 7}});
    nmreq_vale_attach body{};
    body.reg.nr_mode = NR_REG_ALL_NIC;
    body.reg.nr_tx_slots = 512;
    body.reg.nr_rx_slots = 256;
    body.reg.nr_tx_rings = 2;
    body.reg.nr_rx_rings = 3;
    body.reg.nr_mem_id = 7;
    EXPECT_EQ(sent(), request_of(NETMAP_REQ_VALE_ATTACH, "vale0:eth0", body));
    EXPECT_EQ(index, fake_core::port_index);
}

TEST_F(admin, attach_with_host_asks_for_the_host_rings_too) {
    (void)nmx::vale::attach(port_spec{"vale0:[eth-1]"}, {.with_host = true});
    nmreq_vale_attach body{};
    body.reg.nr_mode = NR_REG_NIC_SW;
    EXPECT_EQ(sent(), request_of(NETMAP_REQ_VALE_ATTACH, "vale0:eth-1", body));
}

TEST_F(admin, detach_names_the_port_and_returns_its_index) {
    EXPECT_EQ(nmx::vale::detach(port_spec{"vale0:eth0"}), fake_core::port_index);
    EXPECT_EQ(sent(), request_of(NETMAP_REQ_VALE_DETACH, "vale0:eth0", nmreq_vale_detach{}));
}

TEST_F(admin, create_and_destroy_name_an_interface) {
    auto const granted = nmx::vale::create("v0", {.tx_slots = 64, .memory_id = 2});
    nmreq_vale_newif body{};
    body.nr_tx_slots = 64;
    body.nr_mem_id = 2;
    EXPECT_EQ(sent(), request_of(NETMAP_REQ_VALE_NEWIF, "v0", body));
    EXPECT_EQ(granted.tx_rings, 1);
    core->requests.clear();
    nmx::vale::destroy("v0");
    EXPECT_EQ(sent(), (fake_request{NETMAP_REQ_VALE_DELIF, "v0", {}}));
}

TEST_F(admin, polling_says_which_threads_on_which_cpus) {
    nmx::vale::start_polling(
        port_spec{"vale0:eth0"},
        {.mode = nmx::vale::polling_mode::per_ring, .first_cpu = 2, .cpus = 4});
    nmreq_vale_polling body{NETMAP_POLLING_MODE_MULTI_CPU, 2, 4, 0};
    EXPECT_EQ(sent(), request_of(NETMAP_REQ_VALE_POLLING_ENABLE, "vale0:eth0", body));
    core->requests.clear();
    nmx::vale::start_polling(port_spec{"vale0:eth0"});
    body = {NETMAP_POLLING_MODE_SINGLE_CPU, 0, 1, 0};
    EXPECT_EQ(sent(), request_of(NETMAP_REQ_VALE_POLLING_ENABLE, "vale0:eth0", body));
    core->requests.clear();
    nmx::vale::stop_polling(port_spec{"vale0:eth0"});
    EXPECT_EQ(sent(),
              request_of(NETMAP_REQ_VALE_POLLING_DISABLE, "vale0:eth0", nmreq_vale_polling{}));
}

TEST_F(admin, find_tells_a_port_from_a_missing_port_and_a_missing_switch) {
    core->add("vale0:a");
    core->add("vale0:b");
    auto const found = nmx::vale::find(port_spec{"vale0:b"});
    ASSERT_TRUE(found);
    EXPECT_EQ(*found, (nmx::vale::entry{"vale0:b", 0, 1}));
    EXPECT_FALSE(nmx::vale::find(port_spec{"vale0:c"}));
    EXPECT_FALSE(nmx::vale::find(port_spec{"vale9:a"}));
}

TEST_F(admin, what_is_more_than_a_switch_port_is_refused_before_it_is_sent) {
    for (auto const* text : {"netmap:eth0", "vale0:a{1", "vale0:a-1", "vale0:a^", "vale0:a/x",
                             "vale0:a@2", "vale0:a@conf:rings=2"}) {
        std::error_code ec;
        (void)nmx::vale::attach(port_spec{text}, {}, ec);
        EXPECT_EQ(ec, nmx::errc::invalid_spec) << text;
        (void)nmx::vale::detach(port_spec{text}, ec);
        EXPECT_EQ(ec, nmx::errc::invalid_spec) << text;
        (void)nmx::vale::find(port_spec{text}, ec);
        EXPECT_EQ(ec, nmx::errc::invalid_spec) << text;
        nmx::vale::start_polling(port_spec{text}, {}, ec);
        EXPECT_EQ(ec, nmx::errc::invalid_spec) << text;
        nmx::vale::stop_polling(port_spec{text}, ec);
        EXPECT_EQ(ec, nmx::errc::invalid_spec) << text;
    }
    EXPECT_TRUE(core->requests.empty());
}

TEST_F(admin, an_interface_name_that_would_be_cut_is_refused) {
    std::error_code ec;
    (void)nmx::vale::create(std::string(64, 'x'), {}, ec);
    EXPECT_EQ(ec, std::errc::invalid_argument);
    nmx::vale::destroy("", ec);
    EXPECT_EQ(ec, std::errc::invalid_argument);
    EXPECT_TRUE(core->requests.empty());
}

TEST_F(admin, the_words_of_the_core_reach_the_error) {
    core->answers[NETMAP_REQ_VALE_ATTACH] = {EBUSY, "eth0 is attached to vale1"};
    auto const e = failure_of([] { (void)nmx::vale::attach(port_spec{"vale0:eth0"}); });
    EXPECT_EQ(e.code(), nmx::errc::port_busy);
    EXPECT_EQ(e.detail(), "eth0 is attached to vale1");
    EXPECT_STREQ(e.what(),
                 "cannot attach vale0:eth0: port or rings in use: eth0 is attached to vale1");
    EXPECT_TRUE(core->quiet());
}

TEST_F(admin, every_call_reports_through_its_error_code_form_too) {
    for (std::uint16_t type = NETMAP_REQ_PORT_INFO_GET; type <= NETMAP_REQ_POOLS_INFO_GET; ++type)
        core->answers[type] = {EPERM};
    auto const spec = port_spec{"vale0:a"};
    auto const denied = [](auto const& call) {
        std::error_code ec;
        call(ec);
        EXPECT_EQ(ec, nmx::condition::denied) << ec.message();
    };
    denied([&](auto& ec) { (void)nmx::vale::list(ec); });
    denied([&](auto& ec) { (void)nmx::vale::find(spec, ec); });
    denied([&](auto& ec) { (void)nmx::vale::attach(spec, {}, ec); });
    denied([&](auto& ec) { (void)nmx::vale::detach(spec, ec); });
    denied([&](auto& ec) { (void)nmx::vale::create("x", {}, ec); });
    denied([&](auto& ec) { nmx::vale::destroy("x", ec); });
    denied([&](auto& ec) { nmx::vale::start_polling(spec, {}, ec); });
    denied([&](auto& ec) { nmx::vale::stop_polling(spec, ec); });
    denied([&](auto& ec) { (void)nmx::port_information(spec, ec); });
    denied([&](auto& ec) { (void)nmx::pools(spec, ec); });
    denied([&](auto& ec) { (void)nmx::pools(std::uint16_t{1}, ec); });
    denied([&](auto& ec) { (void)nmx::header_length(spec, ec); });
    denied([&](auto& ec) { nmx::set_header_length(spec, 12, ec); });
    EXPECT_TRUE(core->quiet());
}

TEST_F(admin, port_information_is_one_request_and_brings_all_fields) {
    core->add("eth0", {.tx_rings = 2,
                       .rx_rings = 3,
                       .host_tx_rings = 1,
                       .host_rx_rings = 1,
                       .slots = 32,
                       .memory_id = 5});
    auto const info = nmx::port_information(port_spec{"netmap:eth0"});
    EXPECT_EQ(sent(), request_of(NETMAP_REQ_PORT_INFO_GET, "eth0", nmreq_port_info_get{}));
    EXPECT_EQ(info.name, "eth0");
    EXPECT_EQ(info.memory_size, fake_memory::size);
    EXPECT_EQ(info.memory_id, 5);
    EXPECT_EQ(info.tx_rings, 2);
    EXPECT_EQ(info.rx_rings, 3);
    EXPECT_EQ(info.host_tx_rings, 1);
    EXPECT_EQ(info.host_rx_rings, 1);
    EXPECT_EQ(info.tx_slots, 32U);
    EXPECT_EQ(info.rx_slots, 32U);
}

TEST_F(admin, pools_of_a_port_and_of_a_region) {
    auto const region = nmx::pools(port_spec{"vale0:a@4"});
    nmreq_pools_info body{};
    body.nr_mem_id = 4;
    EXPECT_EQ(sent(), request_of(NETMAP_REQ_POOLS_INFO_GET, "vale0:a", body));
    EXPECT_EQ(region.id, 4);
    EXPECT_EQ(region.size, fake_memory::size);
    EXPECT_EQ(region.interfaces.objects, 100U);
    EXPECT_EQ(region.rings.object_size, 36864U);
    EXPECT_EQ(region.buffers.offset, fake_memory::buffers_at);
    core->requests.clear();
    (void)nmx::pools(std::uint16_t{9});
    ASSERT_EQ(core->requests.size(), 1U);
    EXPECT_TRUE(core->requests[0].name.starts_with("vale_pools:"));
    body.nr_mem_id = 9;
    EXPECT_EQ(core->requests[0],
              request_of(NETMAP_REQ_POOLS_INFO_GET, core->requests[0].name, body));
}

TEST_F(admin, header_lengths_are_read_and_set) {
    core->add("vale0:a", {.header = 12});
    EXPECT_EQ(nmx::header_length(port_spec{"vale0:a"}), 12U);
    core->requests.clear();
    nmx::set_header_length(port_spec{"vale0:a"}, 10);
    EXPECT_EQ(sent(), request_of(NETMAP_REQ_PORT_HDR_SET, "vale0:a", nmreq_port_hdr{10, 0}));
    core->requests.clear();
    nmx::set_header_length(port_spec{"vale0:a"}, (std::size_t{1} << 32) + 10);
    EXPECT_EQ(sent(), request_of(NETMAP_REQ_PORT_HDR_SET, "vale0:a", nmreq_port_hdr{~0U, 0}));
}

TEST_F(admin, parameters_are_sorted_and_explained) {
    core->parameters = {{"verbose", 1}, {"buf_num", 100}, {"max_bridges", 8}};
    auto const all = nmx::parameters();
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(all[0].name, "buf_num");
    EXPECT_EQ(all[0].value, 100);
    EXPECT_TRUE(all[0].writable);
    EXPECT_FALSE(all[0].meaning.empty());
    EXPECT_EQ(all[1].name, "max_bridges");
    EXPECT_FALSE(all[1].writable);
}

TEST_F(admin, setting_a_parameter_tells_missing_from_read_only_from_wrong) {
    core->parameters = {{"buf_num", 100}, {"max_bridges", 8}};
    nmx::set_parameter("buf_num", 200);
    EXPECT_EQ(nmx::get_parameter("buf_num").value, 200);
    std::error_code ec;
    nmx::set_parameter("buf_number", 1, ec);
    EXPECT_EQ(ec, std::errc::no_such_file_or_directory);
    nmx::set_parameter("max_bridges", 9, ec);
    EXPECT_EQ(ec, std::errc::read_only_file_system);
    nmx::set_parameter("buf_num", -1, ec);
    EXPECT_EQ(ec, std::errc::invalid_argument);
    EXPECT_EQ(core->parameters["buf_num"], 200);
    EXPECT_EQ(core->parameters["max_bridges"], 8);
}

TEST_F(admin, a_snapshot_shows_rings_as_they_lie_in_memory_and_syncs_nothing) {
    core->add("eth0", {.tx_rings = 2, .rx_rings = 1, .slots = 8});
    nmx::port const port{"netmap:eth0"};
    auto& slot = port.tx_rings()[1].control().slots[3];
    slot.len = 77;
    slot.ptr = 5;
    slot.flags = NS_MOREFRAG | NS_REPORT;
    auto const rings = nmx::take_snapshot(port);
    ASSERT_EQ(rings.size(), 3U);
    EXPECT_EQ(rings[0].dir, nmx::direction::tx);
    EXPECT_EQ(rings[1].index, 1U);
    EXPECT_EQ(rings[2].dir, nmx::direction::rx);
    EXPECT_EQ(rings[1].tail, 7U);
    EXPECT_EQ(rings[1].buffer_size, fake_memory::buffer_size);
    ASSERT_EQ(rings[1].slots.size(), 8U);
    auto const& shown = rings[1].slots[3];
    EXPECT_EQ(shown.buffer, slot.buf_idx);
    EXPECT_EQ(shown.length, 77U);
    EXPECT_EQ(shown.pointer, 5U);
    EXPECT_TRUE(shown.more_fragments && shown.report);
    EXPECT_FALSE(shown.indirect || shown.buffer_changed || shown.forward || shown.no_learn);
    EXPECT_EQ(core->calls("txsync") + core->calls("rxsync"), 0U);
}

TEST(engine_parameters, of_this_process_are_read_and_set) {
    auto const embedded = nmx::backend_kind::embedded;
    auto const before = nmx::get_parameter("bridge_batch", embedded);
    EXPECT_TRUE(before.writable);
    nmx::set_parameter("bridge_batch", before.value - 1, embedded);
    EXPECT_EQ(nmx::get_parameter("bridge_batch", embedded).value, before.value - 1);
    nmx::set_parameter("bridge_batch", before.value, embedded);
    auto const all = nmx::parameters(embedded);
    auto const current = std::ranges::find(all, "buf_curr_num", &nmx::parameter::name);
    ASSERT_NE(current, all.end());
    EXPECT_FALSE(current->writable);
    EXPECT_TRUE(
        std::ranges::none_of(all, [](nmx::parameter const& p) { return p.meaning.empty(); }));
}

class parameter_directory : public testing::Test {
  protected:
    parameter_directory() {
        std::string name = (std::filesystem::temp_directory_path() / "nmxXXXXXX").string();
        path_ = ::mkdtemp(name.data());
    }
    ~parameter_directory() override { std::filesystem::remove_all(path_); }

    void put(std::string const& name, std::string const& text, mode_t mode = 0644) const {
        std::ofstream{path_ / name} << text;
        ::chmod((path_ / name).c_str(), mode);
    }
    [[nodiscard]] std::string text_of(std::string const& name) const {
        std::string text;
        std::getline(std::ifstream{path_ / name}, text);
        return text;
    }

    std::filesystem::path path_;
};

TEST_F(parameter_directory, numbers_and_switches_are_values) {
    nmx::detail::parameter_files const files{path_.string()};
    put("a", "12\n");
    put("b", "-3");
    put("c", "Y\n");
    put("d", "N\n");
    long value = 0;
    EXPECT_EQ(files.get("a", value), 0);
    EXPECT_EQ(value, 12);
    EXPECT_EQ(files.get("b", value), 0);
    EXPECT_EQ(value, -3);
    EXPECT_EQ(files.get("c", value), 0);
    EXPECT_EQ(value, 1);
    EXPECT_EQ(files.get("d", value), 0);
    EXPECT_EQ(value, 0);
    std::vector<std::string> names;
    EXPECT_EQ(files.names(names), 0);
    EXPECT_EQ(names.size(), 4U);
}

TEST_F(parameter_directory, what_is_no_number_is_no_value) {
    nmx::detail::parameter_files const files{path_.string()};
    put("a", "12abc\n");
    put("b", "");
    long value = 0;
    EXPECT_EQ(files.get("a", value), EINVAL);
    EXPECT_EQ(files.get("b", value), EINVAL);
    EXPECT_EQ(files.get("c", value), ENOENT);
}

TEST_F(parameter_directory, writing_and_what_is_writable) {
    nmx::detail::parameter_files const files{path_.string()};
    put("a", "12\n");
    put("b", "12\n", 0444);
    EXPECT_EQ(files.set("a", 34), 0);
    EXPECT_TRUE(text_of("a").starts_with("34"));
    EXPECT_TRUE(files.writable("a"));
    EXPECT_FALSE(files.writable("b"));
    EXPECT_FALSE(files.writable("c"));
}

TEST_F(parameter_directory, a_name_does_not_lead_out_of_it) {
    std::filesystem::create_directory(path_ / "in");
    put("secret", "1\n");
    nmx::detail::parameter_files const files{(path_ / "in").string()};
    long value = 0;
    EXPECT_EQ(files.get("../secret", value), ENOENT);
    EXPECT_EQ(files.set("../secret", 2), ENOENT);
    EXPECT_FALSE(files.writable("../secret"));
    EXPECT_EQ(files.get("", value), ENOENT);
}

TEST_F(parameter_directory, one_that_is_not_there_is_reported) {
    nmx::detail::parameter_files const files{(path_ / "missing").string()};
    std::vector<std::string> names;
    EXPECT_EQ(files.names(names), ENOENT);
}

} // namespace

} // namespace netmapxx_tests
