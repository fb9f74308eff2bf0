// SPDX-License-Identifier: BSD-2-Clause
/** What doctor finds on machines that the tests furnish. */
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <netmapxx/parameters.hpp>

#include "ctl_support.hpp"
#include "nm-ctl/doctor.hpp"
#include "nm-ctl/names.hpp"

namespace netmapxx::apps {
namespace {

namespace fs = std::filesystem;
using ctl::finding;
using ctl::finding_level;
using ctl::findings;

/** A machine in a directory. */
class machine : public ctl::system_view {
  public:
    explicit machine(fs::path const& root) : system_view(root.string()), root_(root) {
        put("/proc/meminfo", "MemTotal: 8000000 kB\nMemAvailable: 4000000 kB\n"
                             "HugePages_Total:       4\n");
        put("/dev/netmap", "");
    }

    void put(std::string const& path, std::string const& text) const {
        fs::create_directories(root_.string() + fs::path(path).parent_path().string());
        std::ofstream(root_.string() + path) << text;
    }
    void remove(std::string const& path) const { fs::remove_all(root_.string() + path); }

    /** An interface that nothing is wrong with. */
    void add_interface(std::string const& name) const {
        put(of_interface(name, "ifindex"), "2\n");
        put(of_interface(name, "iflink"), "2\n");
        put(of_interface(name, "flags"), "0x1103\n"); // up, promiscuous
        put(of_interface(name, "carrier"), "1\n");
        put(of_interface(name, "mtu"), "1500\n");
        fs::create_directories(root_.string() + of_interface(name, "queues/rx-0"));
    }

    [[nodiscard]] int try_open(std::string_view) const override { return open_result; }
    [[nodiscard]] std::optional<std::string> environment(char const*) const override { return ssh; }
    [[nodiscard]] ctl::offload_state offloads(std::string const&) const override { return offload; }
    [[nodiscard]] std::optional<std::string>
    interface_of(std::string const& address) const override {
        return address == "10.0.0.1" ? std::optional<std::string>("eth0") : std::nullopt;
    }
    [[nodiscard]] std::uint64_t open_files_limit() const override { return files; }
    [[nodiscard]] std::uint64_t locked_bytes_limit() const override { return locked; }

    int open_result = 0;
    std::optional<std::string> ssh{};
    ctl::offload_state offload{};
    std::uint64_t files = 1024;
    std::uint64_t locked = 1ULL << 30;

  private:
    fs::path root_;
};

class doctor : public testing::Test {
  protected:
    doctor() {
        std::string name = (fs::temp_directory_path() / "nm-doctor-XXXXXX").string();
        root_ = ::mkdtemp(name.data());
        here_ = std::make_unique<machine>(root_);
        here_->add_interface("eth0");
    }
    ~doctor() override { fs::remove_all(root_); }

    [[nodiscard]] findings examine(bool interface = false, bool named = false) const {
        return ctl::examine({*here_, backend_kind::embedded, named},
                            interface ? std::optional<std::string>("eth0") : std::nullopt);
    }
    /** The worst that is said of something; its text must hold `part`. */
    static finding_level level_of(findings const& all, std::string_view part) {
        auto level = finding_level::ok;
        bool found = false;
        for (auto const& f : all)
            if (f.text.find(part) != std::string::npos) {
                found = true;
                level = std::max(level, f.level);
                EXPECT_TRUE(f.level < finding_level::warning || !f.fix.empty()) << f.text;
            }
        EXPECT_TRUE(found) << part;
        return level;
    }
    static bool all_well(findings const& all) {
        for (auto const& f : all)
            EXPECT_EQ(f.level, finding_level::ok) << f.text;
        return ctl::verdict(all) == exit_code::ok;
    }

    fs::path root_;
    std::unique_ptr<machine> here_;
};

TEST_F(doctor, finds_nothing_where_nothing_is_wrong) {
    EXPECT_TRUE(all_well(examine(true)));
}

TEST_F(doctor, a_node_that_cannot_be_opened_is_an_error_with_a_fix) {
    here_->open_result = EACCES;
    auto const all = examine();
    EXPECT_EQ(level_of(all, "cannot be opened: Permission denied"), finding_level::error);
    EXPECT_EQ(ctl::verdict(all), exit_code::verification);
    here_->open_result = ENXIO;
    EXPECT_EQ(level_of(examine(), "cannot be opened"), finding_level::error);
}

TEST_F(doctor, a_missing_node_is_as_bad_as_it_matters) {
    here_->remove("/dev/netmap");
    EXPECT_EQ(level_of(examine(), "module is not loaded"), finding_level::warning);
    EXPECT_EQ(level_of(examine(false, true), "embedded engine needs none"), finding_level::note);
    auto const wanted = [&] {
        findings all;
        ctl::check_device({*here_, backend_kind::device, true}, all);
        return all;
    };
    EXPECT_EQ(level_of(wanted(), "module is not loaded"), finding_level::error);
    here_->put("/sys/module/netmap/refcnt", "0");
    EXPECT_EQ(level_of(wanted(), "/dev/netmap is missing"), finding_level::error);
}

TEST_F(doctor, memory_that_is_short_is_a_warning) {
    here_->put("/proc/meminfo", "MemAvailable: 1024 kB\nHugePages_Total: 0\n");
    EXPECT_EQ(level_of(examine(), "1 MiB are available"), finding_level::warning);
    EXPECT_EQ(level_of(examine(), "none are reserved"), finding_level::note);
}

TEST_F(doctor, limits_that_are_low_are_told) {
    here_->files = 64;
    here_->locked = 65536;
    EXPECT_EQ(level_of(examine(), "only 64 open files"), finding_level::warning);
    EXPECT_EQ(level_of(examine(), "only 64 KiB may be locked"), finding_level::note);
}

TEST_F(doctor, parameters_that_do_harm_are_told) {
    auto const engine = backend_kind::embedded;
    auto const before = get_parameter("bridge_batch", engine).value;
    set_parameter("bridge_batch", 0, engine);
    EXPECT_EQ(level_of(examine(), "switches drop everything"), finding_level::error);
    set_parameter("bridge_batch", before, engine);
    auto const size = get_parameter("buf_size", engine).value;
    set_parameter("buf_size", 512, engine);
    EXPECT_EQ(level_of(examine(), "buf_size is 512"), finding_level::warning);
    set_parameter("buf_size", size, engine);
    EXPECT_TRUE(all_well(examine()));
}

TEST_F(doctor, an_interface_that_is_not_there_is_an_error) {
    here_->remove(ctl::system_view::of_interface("eth0", ""));
    EXPECT_EQ(level_of(examine(true), "there is no interface eth0"), finding_level::error);
}

TEST_F(doctor, an_interface_that_is_down_or_without_carrier_is_a_warning) {
    here_->put(ctl::system_view::of_interface("eth0", "carrier"), "0\n");
    EXPECT_EQ(level_of(examine(true), "no carrier"), finding_level::warning);
    here_->put(ctl::system_view::of_interface("eth0", "flags"), "0x1002\n");
    EXPECT_EQ(level_of(examine(true), "eth0 is down"), finding_level::warning);
}

TEST_F(doctor, an_interface_that_is_not_promiscuous_is_noted) {
    here_->put(ctl::system_view::of_interface("eth0", "flags"), "0x1003\n");
    EXPECT_EQ(level_of(examine(true), "not promiscuous"), finding_level::note);
}

TEST_F(doctor, a_member_of_a_bridge_is_a_warning) {
    here_->put(ctl::system_view::of_interface("eth0", "brport/state"), "3");
    EXPECT_EQ(level_of(examine(true), "member of a kernel bridge"), finding_level::warning);
}

TEST_F(doctor, the_interface_of_the_ssh_session_is_an_error) {
    here_->ssh = "192.0.2.9 50000 10.0.0.1 22";
    EXPECT_EQ(level_of(examine(true), "carries this SSH session"), finding_level::error);
    here_->ssh = "192.0.2.9 50000 10.0.0.2 22";
    EXPECT_TRUE(all_well(examine(true)));
    here_->ssh = "nonsense";
    EXPECT_TRUE(all_well(examine(true)));
}

TEST_F(doctor, offloads_do_no_harm_with_a_core_that_finishes_packets) {
    here_->offload = {.tx_checksum = true, .segmentation = true, .rx_vlan = true};
    EXPECT_EQ(level_of(examine(true), "checksums, segmentation, VLAN tags"), finding_level::ok);
}

TEST_F(doctor, frames_longer_than_a_buffer_are_noted) {
    here_->put(ctl::system_view::of_interface("eth0", "mtu"), "9000\n");
    EXPECT_EQ(level_of(examine(true), "up to 9018 bytes"), finding_level::note);
}

TEST_F(doctor, several_queues_and_the_end_of_a_pair_are_noted) {
    here_->put(ctl::system_view::of_interface("eth0", "queues/rx-1/x"), "");
    here_->put(ctl::system_view::of_interface("eth0", "iflink"), "7\n");
    EXPECT_EQ(level_of(examine(true), "one of 2 queues"), finding_level::note);
    EXPECT_EQ(level_of(examine(true), "one end of a pair"), finding_level::note);
}

TEST_F(doctor, files_that_hold_nonsense_do_no_harm) {
    for (auto const* what : {"flags", "carrier", "mtu", "iflink"})
        here_->put(ctl::system_view::of_interface("eth0", what), "0xnonsense\n");
    here_->put("/proc/meminfo", "MemAvailable\nMemAvailable:\nHugePages_Total: x\n");
    EXPECT_EQ(level_of(examine(true), "eth0 is down"), finding_level::warning);
}

TEST_F(doctor, a_machine_tells_its_cpus) {
    EXPECT_TRUE(here_->online_cpus().empty());
    here_->put("/sys/devices/system/cpu/online", "0-1,4\n");
    EXPECT_EQ(here_->online_cpus(), (std::vector<std::uint64_t>{0, 1, 4}));
    EXPECT_NO_THROW(ctl::check_cpus({.first_cpu = 0, .cpus = 2}, *here_));
    EXPECT_THROW(ctl::check_cpus({.first_cpu = 1, .cpus = 2}, *here_), app_failure);
    EXPECT_THROW(ctl::check_cpus({.first_cpu = ~0U, .cpus = ~0U}, *here_), app_failure);
}

TEST(this_machine, answers_about_its_loopback_interface) {
    ctl::system_view const here;
    if (!here.exists(ctl::system_view::of_interface("lo", "ifindex")))
        GTEST_SKIP() << "no loopback interface here";
    auto const all = here.interfaces();
    EXPECT_NE(std::ranges::find(all, "lo"), all.end());
    EXPECT_GT(here.number(ctl::system_view::of_interface("lo", "mtu")).value_or(0), 0U);
    EXPECT_GT(here.memory("MemTotal").value_or(0), 0U);
    EXPECT_GT(here.open_files_limit(), 0U);
    EXPECT_EQ(here.try_open("/nonexistent"), ENOENT);
    EXPECT_EQ(here.interface_of("no address"), std::nullopt);
    EXPECT_NO_THROW(static_cast<void>(here.offloads("lo")));
    EXPECT_EQ(here.offloads("no_such_if").segmentation, std::nullopt);
}

TEST(doctor_run, shows_findings_with_fixes_and_agrees_with_its_status) {
    auto const r = test::run_ctl({"doctor", "--json"});
    auto const summary = test::last_of(r.out, "summary");
    EXPECT_EQ(r.status, summary["errors"] == 0 ? 0 : 5);
    auto const again = test::summary_of({"doctor"}, r.status); // figures in the texts may differ
    EXPECT_EQ(summary["errors"], again["errors"]);
    EXPECT_EQ(summary["findings"].size(), again["findings"].size());
    auto const missing = test::summary_of({"doctor", "no_such_if"}, 5);
    EXPECT_GE(missing["errors"], 1);
    EXPECT_EQ(missing["findings"].back()["fix"], "ip link");
    auto const text = test::run_ctl({"doctor", "no_such_if"}).out;
    EXPECT_NE(text.find("fix: ip link"), std::string::npos);
}

} // namespace
} // namespace netmapxx::apps
