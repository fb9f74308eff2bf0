// SPDX-License-Identifier: BSD-2-Clause
// Port specifications: tables of good and bad texts, and the round trip.
#include <random>
#include <unordered_set>

#include <gtest/gtest.h>

#include <netmapxx/port_spec.hpp>

namespace netmapxx_tests {

namespace {

namespace nmx = netmapxx;

struct good_case {
    char const* text;
    char const* core_name;
    char const* canonical; // null: the text itself
};

void PrintTo(good_case const& c, std::ostream* out) {
    *out << c.text;
}

// clang-format off
constexpr good_case good_cases[] = {
    {"netmap:eth0", "eth0", nullptr},
    {"netmap:eth0^", "eth0", nullptr},
    {"netmap:eth0^0", "eth0", nullptr},
    {"netmap:eth0^007", "eth0", "netmap:eth0^7"},
    {"netmap:eth0*", "eth0", nullptr},
    {"netmap:eth0-0", "eth0", nullptr},
    {"netmap:eth0-4094", "eth0", nullptr},
    {"netmap:eth0-01", "eth0", "netmap:eth0-1"},
    {"netmap:eth0/x", "eth0", nullptr},
    {"netmap:eth0/z", "eth0", nullptr},
    {"netmap:eth0/t", "eth0", nullptr},
    {"netmap:eth0/r", "eth0", nullptr},
    {"netmap:eth0/R", "eth0", nullptr},
    {"netmap:eth0/T", "eth0", nullptr},
    {"netmap:eth0/rt", "eth0", "netmap:eth0/tr"},
    {"netmap:eth0/TRrtzx", "eth0", "netmap:eth0/xztrRT"},
    {"netmap:eth0/xx", "eth0", "netmap:eth0/x"},
    {"netmap:eth0/x/z", "eth0", "netmap:eth0/xz"},
    {"netmap:eth0@1", "eth0", nullptr},
    {"netmap:eth0@65535", "eth0", nullptr},
    {"netmap:eth0@2/x", "eth0", "netmap:eth0/x@2"},
    {"netmap:eth0/x@2", "eth0", nullptr},
    {"netmap:eth0/@2", "eth0", "netmap:eth0@2"},
    {"netmap:eth0@2@2", "eth0", "netmap:eth0@2"},
    {"netmap:eth0@2/x@02", "eth0", "netmap:eth0/x@2"},
    {"netmap:eth0-3/xR@7", "eth0", nullptr},
    {"netmap:eth0{1", "eth0{1", nullptr},
    {"netmap:eth0}1", "eth0}1", nullptr},
    {"netmap:eth0{a_B9", "eth0{a_B9", nullptr},
    {"netmap:eth0{1-2", "eth0{1", nullptr},
    {"netmap:eth0}1/x", "eth0}1", nullptr},
    {"netmap:eth0{1@3", "eth0{1", nullptr},
    {"netmap:br-lan", "br-lan", nullptr},
    {"netmap:br-lan-2", "br-lan", nullptr},
    {"netmap:br-lan^", "br-lan", nullptr},
    {"netmap:br-lan{1", "br-lan{1", nullptr},
    {"netmap:a-b-c-d", "a-b-c-d", nullptr},
    {"netmap:eth-1a", "eth-1a", nullptr},
    {"netmap:eth-1.5", "eth-1.5", nullptr},
    {"netmap:-eth", "-eth", nullptr},
    {"netmap:eth-^", "eth-", "netmap:[eth-]^"},
    {"netmap:eth-1^", "eth-1", "netmap:[eth-1]^"},
    {"netmap:[eth-1]", "eth-1", nullptr},
    {"netmap:[eth-1]-2", "eth-1", nullptr},
    {"netmap:[eth-]", "eth-", nullptr},
    {"netmap:[br-lan]", "br-lan", "netmap:br-lan"},
    {"netmap:[eth0]", "eth0", "netmap:eth0"},
    {"netmap:[a/b@c^d*e]", "a/b@c^d*e", nullptr},
    {"netmap:[a{b]", "a{b", nullptr},
    {"netmap:[[]", "[", nullptr},
    {"netmap:[with space]", "with space", nullptr},
    {"netmap:[eth-1]{p", "eth-1{p", nullptr},
    {"netmap:eth0+", "eth0+", nullptr},
    {"netmap:eth0&", "eth0&", nullptr},
    {"netmap:eth0.100", "eth0.100", nullptr},
    {"netmap:eth0:1", "eth0:1", nullptr},
    {"netmap:vale0:0", "vale0:0", nullptr},
    {"netmap:\xc3\xa9th0", "\xc3\xa9th0", nullptr},
    {"vale:", "vale:", nullptr},
    {"vale:a", "vale:a", nullptr},
    {"vale0:", "vale0:", nullptr},
    {"vale0:a", "vale0:a", nullptr},
    {"vale_sw9:port.x", "vale_sw9:port.x", nullptr},
    {"valevale:vale", "valevale:vale", nullptr},
    {"vale0:a-1", "vale0:a", nullptr},
    {"vale0:a*", "vale0:a", nullptr},
    {"vale0:a{1", "vale0:a{1", nullptr},
    {"vale0:{1", "vale0:{1", nullptr},
    {"vale0:/x", "vale0:", nullptr},
    {"vale0:@3", "vale0:", nullptr},
    {"vale0:-1", "vale0:", nullptr},
    {"vale0:[p-1]", "vale0:p-1", nullptr},
    {"netmap:eth0@conf=2", "eth0", "netmap:eth0@conf:rings=2"},
    {"netmap:eth0@conf:rings=2", "eth0", nullptr},
    {"netmap:eth0@conf:rings=002", "eth0", "netmap:eth0@conf:rings=2"},
    {"vale0:a/x@conf:rings=2,slots=512", "vale0:a", nullptr},
    {"vale0:a@conf:tx_rings=2,rx-rings=3", "vale0:a", "vale0:a@conf:tx-rings=2,rx-rings=3"},
    {"vale0:a@conf:host_rings=1,host-tx-rings=2,host-rx-rings=3,tx-slots=4,rx-slots=5", "vale0:a",
     "vale0:a@conf:host-rings=1,host-tx-rings=2,host-rx-rings=3,tx-slots=4,rx-slots=5"},
    {"vale0:a@conf:slots=4294967295", "vale0:a", nullptr},
    {"vale0:a@conf:rings=2@conf:slots=3", "vale0:a", nullptr},
    {"vale0:a@share=netmap:eth0", "vale0:a", "vale0:a@share:port=netmap:eth0"},
    {"vale0:a@share=vale1:b{2", "vale0:a", "vale0:a@share:port=vale1:b{2"},
    {"vale0:a@2@share=vale1:b", "vale0:a", "vale0:a@2@share:port=vale1:b"},
    {"netmap:eth0@extmem=/dev/hugepages/a", "eth0", "netmap:eth0@extmem:file=/dev/hugepages/a"},
    {"netmap:eth0@extmem:file=/x,if-num=1,if_size=2,ring-num=3,ring-size=4,buf-num=5,buf-size=6",
     "eth0", "netmap:eth0@extmem:file=/x,if-num=1,if-size=2,ring-num=3,ring-size=4,buf-num=5,buf-size=6"},
    {"netmap:eth0@extmem:buf-num=5,file=/x", "eth0", nullptr},
    {"netmap:eth0@extmem=a:b=c", "eth0", "netmap:eth0@extmem:file=a:b=c"},
    {"netmap:eth0@offset=64", "eth0", "netmap:eth0@offset:initial=64"},
    {"netmap:eth0@offset:initial=64,bits=16", "eth0", nullptr},
    {"netmap:eth0@offset:bits=16,initial=18446744073709551615", "eth0", nullptr},
    {"netmap:eth0^2/x@9@conf:slots=8@offset=1", "eth0",
     "netmap:eth0^2/x@9@conf:slots=8@offset:initial=1"},
    {"netmap:012345678901234567890123456789012345678901234567890123456789012",
     "012345678901234567890123456789012345678901234567890123456789012", nullptr},
};
// clang-format on

class good_specs : public testing::TestWithParam<good_case> {};

TEST_P(good_specs, S21_parse_print_and_parse_again) {
    auto const [text, core_name, canonical] = GetParam();
    std::error_code ec;
    auto const spec = nmx::port_spec::parse(text, ec);
    ASSERT_FALSE(ec);
    EXPECT_EQ(spec.core_name(), core_name);
    EXPECT_EQ(spec.to_string(), canonical != nullptr ? canonical : text);
    EXPECT_EQ(nmx::port_spec{spec.to_string()}, spec);
    EXPECT_EQ(nmx::port_spec::from_user(text), spec);
}

INSTANTIATE_TEST_SUITE_P(table, good_specs, testing::ValuesIn(good_cases));

struct bad_case {
    char const* text;
    std::size_t position;
};

void PrintTo(bad_case const& c, std::ostream* out) {
    *out << c.text;
}

// clang-format off
constexpr bad_case bad_cases[] = {
    {"", 0},
    {"eth0", 0},
    {"netmap", 0},
    {"netma:eth0", 0},
    {"pcap:eth0", 0},
    {"Netmap:eth0", 0},
    {" netmap:eth0", 0},
    {"netmap:", 7},
    {"netmap:^", 7},
    {"netmap:/x", 7},
    {"netmap:@1", 7},
    {"netmap:{1", 7},
    {"netmap:-1", 7},
    {"netmap:*", 7},
    {"vale", 4},
    {"vale0", 5},
    {"vale-0:a", 4},
    {"vale.0:a", 4},
    {"vale0/x:a", 5},
    {"netmap:eth0-", 12},
    {"netmap:eth0-/x", 12},
    {"netmap:eth0-@2", 12},
    {"netmap:eth0-4095", 12},
    {"netmap:eth0-99999999999999999999", 12},
    {"netmap:eth0^4095", 12},
    {"netmap:eth0^x", 12},
    {"netmap:eth0^-1", 12},
    {"netmap:eth0^1x", 13},
    {"netmap:eth0^^", 12},
    {"netmap:eth0*1", 12},
    {"netmap:eth0**", 12},
    {"netmap:eth0{1-x", 14},
    {"netmap:eth0{1-2x", 15},
    {"netmap:eth0{", 12},
    {"netmap:eth0}", 12},
    {"netmap:eth0{-1", 12},
    {"netmap:eth0{a.b", 13},
    {"netmap:eth0{1{2", 13},
    {"netmap:eth0{1}2", 13},
    {"netmap:eth0/", 12},
    {"netmap:eth0//x", 12},
    {"netmap:eth0/y", 12},
    {"netmap:eth0/xy", 13},
    {"netmap:eth0/x/", 14},
    {"netmap:eth0/x^", 13},
    {"netmap:eth0/@", 12},
    {"netmap:eth0/@share=netmap:a", 12},
    {"netmap:eth0@", 12},
    {"netmap:eth0@0", 12},
    {"netmap:eth0@65536", 12},
    {"netmap:eth0@99999999999999999999", 12},
    {"netmap:eth0@1x", 13},
    {"netmap:eth0@1@2", 14},
    {"netmap:eth0@1/x@2", 16},
    {"netmap:eth0@1@", 14},
    {"netmap:eth0@-1", 12},
    {"netmap:eth0@x", 12},
    {"netmap:eth0@confx=1", 12},
    {"netmap:eth0@conf", 16},
    {"netmap:eth0@conf@1", 16},
    {"netmap:eth0@conf=", 17},
    {"netmap:eth0@conf=x", 17},
    {"netmap:eth0@conf=65536", 17},
    {"netmap:eth0@conf=-1", 17},
    {"netmap:eth0@conf=+1", 17},
    {"netmap:eth0@conf= 1", 17},
    {"netmap:eth0@conf=1x", 17},
    {"netmap:eth0@conf=1,slots=2", 18},
    {"netmap:eth0@conf:", 17},
    {"netmap:eth0@conf:rings", 22},
    {"netmap:eth0@conf:rings=", 23},
    {"netmap:eth0@conf:rings=,slots=1", 23},
    {"netmap:eth0@conf:ring=1", 17},
    {"netmap:eth0@conf:rings=1,", 25},
    {"netmap:eth0@conf:rings=1,rings=2", 25},
    {"netmap:eth0@conf:tx-rings=1,tx_rings=2", 28},
    {"netmap:eth0@conf:rings=1@conf:rings=1", 30},
    {"netmap:eth0@conf:slots=4294967296", 23},
    {"netmap:eth0@conf:rings=1/x", 23},
    {"netmap:eth0@share", 17},
    {"netmap:eth0@share=", 18},
    {"netmap:eth0@share=eth1", 18},
    {"netmap:eth0@share=netmap:", 25},
    {"netmap:eth0@share:file=x", 18},
    {"netmap:eth0@share=vale0:a@share=vale0:b", 26},
    {"netmap:eth0@extmem:if-num=1", 27},
    {"netmap:eth0@extmem:file=x,if-num=z", 33},
    {"netmap:eth0@extmem:file=x,file=y", 26},
    {"netmap:eth0@offset:bits=1", 25},
    {"netmap:eth0@offset=18446744073709551616", 19},
    {"netmap:eth0@conf=1@2", 19},
    {"netmap:eth0@conf=1@", 19},
    {"netmap:[", 8},
    {"netmap:[eth0", 12},
    {"netmap:[]", 8},
    {"netmap:[eth0]x", 13},
    {"netmap:[eth0]]", 13},
    {"vale0:[]", 7},
    {"netmap:eth]0", 10},
    {"netmap:]-*", 7},
    {"netmap:eth 0", 10},
    {"netmap:eth0\n", 11},
    {"netmap:[a\tb]", 9},
    {"netmap:0123456789012345678901234567890123456789012345678901234567890123", 71},
    {"netmap:01234567890123456789012345678901234567890123456789012345678901{1", 71},
    {"vale0:01234567890123456789012345678901234567890123456789012345678901", 68},
};
// clang-format on

class bad_specs : public testing::TestWithParam<bad_case> {};

TEST_P(bad_specs, S21_are_refused_at_the_position) {
    auto const [text, position] = GetParam();
    std::error_code ec;
    auto const spec = nmx::port_spec::parse(text, ec);
    EXPECT_EQ(ec, nmx::errc::invalid_spec);
    EXPECT_TRUE(spec.empty());
    try {
        nmx::port_spec const thrown{text};
        FAIL() << "accepted";
    } catch (nmx::port_spec_error const& e) {
        EXPECT_EQ(e.position(), position) << e.what();
        EXPECT_FALSE(e.expected().empty());
        EXPECT_EQ(e.code(), std::errc::invalid_argument);
    }
}

INSTANTIATE_TEST_SUITE_P(table, bad_specs, testing::ValuesIn(bad_cases));

// The inputs that the specification of the ABI lists, and what they mean. An
// error stands where the rest of the input was left.
TEST(port_spec, A124_inputs_of_the_specification) {
    using enum nmx::ring_kind;
    auto const rings = [](char const* text) { return nmx::port_spec{text}.rings(); };
    EXPECT_EQ(rings("netmap:eth0-1"), (nmx::ring_selection{one_nic, 1}));
    EXPECT_EQ(rings("netmap:eth0^"), (nmx::ring_selection{all_host, 0}));
    EXPECT_EQ(rings("netmap:eth0*"), (nmx::ring_selection{nic_and_host, 0}));
    EXPECT_EQ(rings("netmap:eth0^3"), (nmx::ring_selection{one_host, 3}));
    nmx::port_spec const tx{"netmap:eth0-2/Tx"};
    EXPECT_EQ(tx.rings(), (nmx::ring_selection{one_nic, 2}));
    EXPECT_EQ(tx.flags(), nmx::spec_flags::tx_only | nmx::spec_flags::exclusive);
    nmx::port_spec const rx{"netmap:eth0@2/R"};
    EXPECT_EQ(rx.memory_id(), 2);
    EXPECT_EQ(rx.flags(), nmx::spec_flags::rx_only);
    EXPECT_EQ(nmx::port_spec{"netmap:eth0/R@conf=2"}.flags(), nmx::spec_flags::rx_only);
    bad_case const bad[] = {
        {"netmap:eth0/R@xxx", 14},
        {"netmap:eth0@2/R@3", 16},
        {"netmap:eth0-", 12},
        {"netmap:eth0@", 12},
        {"netmap:pipe{1}2", 13},
        {"netmapX:e", 0},
        {"eth0", 0},
        {"", 0},
    };
    for (auto const& [text, position] : bad) {
        try {
            nmx::port_spec const spec{text};
            ADD_FAILURE() << "accepted: " << text;
        } catch (nmx::port_spec_error const& e) {
            EXPECT_EQ(e.position(), position) << e.what();
        }
    }
}

TEST(port_spec, S23_names_and_numbers_at_their_limits) {
    auto const parses = [](std::string const& text) {
        std::error_code ec;
        (void)nmx::port_spec::parse(text, ec);
        return !ec;
    };
    EXPECT_EQ(nmx::port_spec{"netmap:br-lan"}.name(), "br-lan");
    nmx::port_spec const dashed{"netmap:[eth-1]"};
    EXPECT_EQ(dashed.name(), "eth-1");
    EXPECT_EQ(dashed.rings().kind, nmx::ring_kind::all_nic);
    nmx::port_spec const no_switch{"vale:a"};
    EXPECT_EQ(no_switch.switch_name(), "");
    EXPECT_EQ(no_switch.core_name(), "vale:a");
    EXPECT_TRUE(parses("netmap:" + std::string(63, 'n')));
    EXPECT_FALSE(parses("netmap:" + std::string(64, 'n')));
    EXPECT_TRUE(parses("vale0:" + std::string(57, 'n')));
    EXPECT_FALSE(parses("vale0:" + std::string(58, 'n')));
    EXPECT_EQ(nmx::port_spec{"netmap:eth0-4094"}.rings().index, 4094U);
    EXPECT_FALSE(parses("netmap:eth0-4095"));
    EXPECT_FALSE(parses("netmap:eth0^4095"));
}

TEST(port_spec, S21_tables_have_at_least_120_rows) {
    EXPECT_GE(std::size(good_cases) + std::size(bad_cases), 120U);
}

TEST(port_spec, has_parts) {
    nmx::port_spec const spec{"vale_7:[a-1]{p9^3/xR@12@conf:rings=2@offset=64"};
    EXPECT_EQ(spec.scheme(), nmx::port_scheme::vale);
    EXPECT_EQ(spec.switch_name(), "_7");
    EXPECT_EQ(spec.name(), "a-1");
    EXPECT_EQ(spec.pipe(), (nmx::pipe_end{nmx::pipe_side::first, "p9"}));
    EXPECT_EQ(spec.rings(), (nmx::ring_selection{nmx::ring_kind::one_host, 3}));
    EXPECT_EQ(spec.flags(), nmx::spec_flags::exclusive | nmx::spec_flags::rx_only);
    EXPECT_FALSE(spec.is_monitor());
    EXPECT_EQ(spec.memory_id(), 12);
    ASSERT_EQ(spec.options().size(), 2U);
    EXPECT_EQ(spec.options()[0].name, "conf");
    EXPECT_EQ(*spec.options()[0].find("rings"), "2");
    EXPECT_EQ(spec.options()[0].find("slots"), nullptr);
    EXPECT_EQ(*spec.options()[1].find("initial"), "64");
}

TEST(port_spec, user_text_may_leave_the_scheme_out) {
    EXPECT_EQ(nmx::port_spec::from_user("eth0").to_string(), "netmap:eth0");
    EXPECT_EQ(nmx::port_spec::from_user("br-lan*/x").to_string(), "netmap:br-lan*/x");
    EXPECT_EQ(nmx::port_spec::from_user("[eth-1]").to_string(), "netmap:[eth-1]");
    EXPECT_EQ(nmx::port_spec::from_user("lab{1").to_string(), "netmap:lab{1");
    EXPECT_EQ(nmx::port_spec::from_user("eth0@conf:rings=2").to_string(),
              "netmap:eth0@conf:rings=2");
    EXPECT_EQ(nmx::port_spec::from_user("vale0:a").scheme(), nmx::port_scheme::vale);
    std::error_code ec;
    (void)nmx::port_spec::from_user("tap:eth0", ec);
    EXPECT_EQ(ec, nmx::errc::invalid_spec);
    try {
        (void)nmx::port_spec::from_user("eth0-4095");
        FAIL();
    } catch (nmx::port_spec_error const& e) {
        EXPECT_EQ(e.position(), 5U);
    }
}

TEST(port_spec, composes) {
    nmx::port_spec const base{"netmap:eth0/x"};
    EXPECT_EQ(base.with_ring(3).to_string(), "netmap:eth0-3/x");
    EXPECT_EQ(base.with_host().to_string(), "netmap:eth0^/x");
    EXPECT_EQ(base.with_host(1).to_string(), "netmap:eth0^1/x");
    EXPECT_EQ(base.with_all().to_string(), "netmap:eth0*/x");
    EXPECT_EQ(base.with_all().with_nic(), base);
    EXPECT_EQ(base.with_flags(nmx::spec_flags::none).to_string(), "netmap:eth0");
    EXPECT_EQ(base.with_memory(5).to_string(), "netmap:eth0/x@5");
    EXPECT_EQ(base.with_memory(5).with_memory(0), base);
    EXPECT_EQ(base.with_pipe(nmx::pipe_side::second, "7").to_string(), "netmap:eth0}7/x");
    using enum nmx::monitor_direction;
    EXPECT_EQ(base.with_monitor(both).to_string(), "netmap:eth0/xtr");
    EXPECT_EQ(base.with_monitor(rx).to_string(), "netmap:eth0/xr");
    EXPECT_EQ(base.with_monitor(both).with_monitor(tx).to_string(), "netmap:eth0/xt");
    EXPECT_EQ(base.with_monitor(rx, nmx::monitor_kind::exchange).to_string(), "netmap:eth0/xz");
    EXPECT_TRUE(base.with_monitor(both).is_monitor());
}

TEST(port_spec, refuses_bad_pipe_ids) {
    nmx::port_spec const base{"netmap:eth0"};
    for (auto const* const id : {"", "a-1", "a b", "a{", "1^", "/x"})
        EXPECT_THROW((void)base.with_pipe(nmx::pipe_side::first, id), nmx::port_spec_error) << id;
    EXPECT_THROW((void)base.with_pipe(nmx::pipe_side::first, std::string(60, 'x')),
                 nmx::port_spec_error);
}

TEST(port_spec, hashes_and_compares) {
    std::unordered_set<nmx::port_spec> set;
    set.insert(nmx::port_spec{"netmap:eth0/rt"});
    EXPECT_TRUE(set.contains(nmx::port_spec{"netmap:eth0/tr"}));
    EXPECT_FALSE(set.contains(nmx::port_spec{"netmap:eth0/t"}));
    EXPECT_TRUE(nmx::port_spec{}.empty());
}

TEST(port_spec, an_error_names_text_position_and_expectation) {
    try {
        nmx::port_spec const spec{"netmap:eth0/y"};
        FAIL();
    } catch (nmx::port_spec_error const& e) {
        EXPECT_STREQ(e.what(), "cannot parse \"netmap:eth0/y\": not a port specification: at byte "
                               "12: expected a flag: x, z, t, r, R or T");
        EXPECT_EQ(e.operation(), "parse");
        EXPECT_EQ(e.code(), nmx::condition::usage);
    }
}

// Random specifications, made by the composing calls and from random texts.
TEST(port_spec, S22_round_trips_on_generated_specs) {
    std::mt19937 random{2};
    auto const pick = [&](std::string_view set, std::size_t longest) {
        std::string out;
        for (auto n = random() % (longest + 1); n > 0; --n)
            out += set[random() % set.size()];
        return out;
    };
    int valid = 0;
    for (int i = 0; i < 200'000; ++i) {
        std::string text = random() % 2 == 0 ? "netmap:" : "vale" + pick("a0_", 2) + ":";
        text += random() % 4 == 0 ? "[" + pick("a-1/@^*{} [", 5) + "]" : pick("ab-19.", 6);
        if (random() % 3 == 0)
            text += (random() % 2 == 0 ? "{" : "}") + pick("a1_", 2);
        text += pick("^*-12", 3);
        if (random() % 3 == 0)
            text += "/" + pick("xztrRT", 4);
        if (random() % 3 == 0)
            text += "@" + pick("12", 3);
        if (random() % 3 == 0)
            text += random() % 2 == 0 ? "@conf:rings=1,tx_slots=2" : "@offset=5";
        std::error_code ec;
        auto const spec = nmx::port_spec::parse(text, ec);
        if (ec)
            continue;
        ++valid;
        auto const again = nmx::port_spec::parse(spec.to_string(), ec);
        ASSERT_FALSE(ec) << text << " -> " << spec.to_string();
        ASSERT_EQ(again, spec) << text << " -> " << spec.to_string();
        ASSERT_EQ(again.to_string(), spec.to_string());
    }
    EXPECT_GT(valid, 10'000);
}

TEST(port_spec, S22_random_bytes_never_break_the_parser) {
    std::mt19937 random{3};
    constexpr std::string_view alphabet = "netmapvl0:-^*{}/[]@=,xzconf \n\0\xff"
                                          "12";
    for (int i = 0; i < 200'000; ++i) {
        std::string text = random() % 2 == 0 ? "netmap:a" : "";
        for (auto n = random() % 20; n > 0; --n)
            text += alphabet[random() % alphabet.size()];
        try {
            auto const spec = nmx::port_spec::from_user(text);
            ASSERT_EQ(nmx::port_spec{spec.to_string()}, spec) << text;
        } catch (nmx::port_spec_error const& e) {
            ASSERT_LE(e.position(), text.size()) << text;
        }
    }
}

} // namespace

} // namespace netmapxx_tests
