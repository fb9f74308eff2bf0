// SPDX-License-Identifier: BSD-2-Clause
// Specifications of ports, and what they become in requests.
#include "support.hpp"

using namespace compat_test;

namespace {

struct good {
    char const* text;
    char const* name;
    std::uint32_t mode = NR_REG_ALL_NIC;
    std::uint16_t ring = 0;
    std::uint64_t flags = 0;
    std::uint16_t region = 0;
};

constexpr good good_specs[] = {
    {"netmap:eth0", "eth0"},
    {"netmap:eth0&", "eth0&"},
    {"netmap:eth0+3", "eth0+3"},
    {"netmap:vale0:0", "vale0:0"},
    {"netmap:eth0^", "eth0", NR_REG_SW},
    {"netmap:eth0^3", "eth0", NR_REG_ONE_SW, 3},
    {"netmap:eth0^0", "eth0", NR_REG_ONE_SW, 0},
    {"netmap:eth0*", "eth0", NR_REG_NIC_SW},
    {"netmap:eth0-0", "eth0", NR_REG_ONE_NIC, 0},
    {"netmap:eth0-4094", "eth0", NR_REG_ONE_NIC, 4094},
    {"netmap:eth0/x", "eth0", NR_REG_ALL_NIC, 0, NR_EXCLUSIVE},
    {"netmap:eth0/z", "eth0", NR_REG_ALL_NIC, 0, NR_ZCOPY_MON},
    {"netmap:eth0/t", "eth0", NR_REG_ALL_NIC, 0, NR_MONITOR_TX},
    {"netmap:eth0/r", "eth0", NR_REG_ALL_NIC, 0, NR_MONITOR_RX},
    {"netmap:eth0-2/Tx", "eth0", NR_REG_ONE_NIC, 2, NR_TX_RINGS_ONLY | NR_EXCLUSIVE},
    {"netmap:eth0^/R", "eth0", NR_REG_SW, 0, NR_RX_RINGS_ONLY},
    {"netmap:eth0@2", "eth0", NR_REG_ALL_NIC, 0, 0, 2},
    {"netmap:eth0@65535", "eth0", NR_REG_ALL_NIC, 0, 0, 65535},
    {"netmap:eth0@2/R", "eth0", NR_REG_ALL_NIC, 0, NR_RX_RINGS_ONLY, 2},
    {"netmap:eth0/R@2", "eth0", NR_REG_ALL_NIC, 0, NR_RX_RINGS_ONLY, 2},
    {"netmap:eth0/@2", "eth0", NR_REG_ALL_NIC, 0, 0, 2},
    {"netmap:eth0@2@2", "eth0", NR_REG_ALL_NIC, 0, 0, 2},
    {"netmap:eth0@2/x@2", "eth0", NR_REG_ALL_NIC, 0, NR_EXCLUSIVE, 2},
    {"netmap:lab{a", "lab{a"},
    {"netmap:lab}a_1", "lab}a_1"},
    {"netmap:lab{12/x", "lab{12", NR_REG_ALL_NIC, 0, NR_EXCLUSIVE},
    {"vale0:a", "vale0:a"},
    {"vale:a", "vale:a"},
    {"vale:", "vale:"},
    {"vale_x1:port", "vale_x1:port"},
    {"vale0:a{3", "vale0:a{3"},
    {"vale0:a}b-1", "vale0:a}b", NR_REG_ONE_NIC, 1},
    {"netmap:[br-lan]", "br-lan"},
    {"netmap:[br-lan]-2/x", "br-lan", NR_REG_ONE_NIC, 2, NR_EXCLUSIVE},
    {"netmap:[a@b^]{3@7", "a@b^{3", NR_REG_ALL_NIC, 0, 0, 7},
    {"vale0:[a-b]", "vale0:a-b"},
    {"netmap:012345678901234567890123456789012345678901234567890123456789012",
     "012345678901234567890123456789012345678901234567890123456789012"},
};

TEST(Spec, GoodOnesBecomeRequests) {
    context ctx;
    for (auto const& s : good_specs) {
        SCOPED_TRACE(s.text);
        nmport_d* const d = nmport_prepare(s.text);
        ASSERT_NE(d, nullptr) << ctx.last();
        EXPECT_STREQ(d->hdr.nr_name, s.name);
        EXPECT_EQ(d->hdr.nr_version, NETMAP_API);
        EXPECT_EQ(d->hdr.nr_reqtype, NETMAP_REQ_REGISTER);
        EXPECT_EQ(d->hdr.nr_reserved, 0u);
        EXPECT_EQ(d->hdr.nr_body, reinterpret_cast<std::uintptr_t>(&d->reg));
        EXPECT_EQ(d->hdr.nr_options, 0u);
        EXPECT_EQ(d->reg.nr_mode, s.mode);
        EXPECT_EQ(d->reg.nr_ringid, s.ring);
        EXPECT_EQ(d->reg.nr_flags, s.flags);
        EXPECT_EQ(d->reg.nr_mem_id, s.region);
        EXPECT_EQ(d->fd, -1);
        nmport_undo_prepare(d);
    }
    EXPECT_EQ(ctx.said(), 0u);
}

struct bad {
    char const* text;
    char const* words; ///< part of what is said
};

constexpr bad bad_specs[] = {
    {"", "netmap:name"},
    {"eth0", "netmap:name"},
    {"netmapX:e", "netmap:name"},
    {"val:e", "netmap:name"},
    {"netmap", "netmap:name"},
    {"netmap:", "name is missing"},
    {"netmap:-1", "name is missing"},
    {"netmap:@2", "name is missing"},
    {"netmap:[]", "brackets"},
    {"netmap:[eth0", "brackets"},
    {"netmap:[eth0]x", "in brackets"},
    {"vale0", "valeX:port"},
    {"vale-0:a", "valeX:port"},
    {"vale 0:a", "valeX:port"},
    {"netmap:pipe{", "pipe is missing"},
    {"netmap:pipe}", "pipe is missing"},
    {"netmap:pipe{1}2", "letters, digits"},
    {"netmap:pipe{a+b", "letters, digits"},
    {"netmap:[a]{", "pipe is missing"},
    {"netmap:eth0-", "number of a ring"},
    {"netmap:eth0-x", "number of a ring"},
    {"netmap:eth0-4095", "number of a ring"},
    {"netmap:eth0^4095", "number of a ring"},
    {"netmap:eth0-99999999999999999999", "number of a ring"},
    {"netmap:eth0-1x", "follow the name"},
    {"netmap:eth0^x", "follow the name"},
    {"netmap:eth0*3", "follow the name"},
    {"netmap:eth0*^", "follow the name"},
    {"netmap:eth0/", "flags are missing"},
    {"netmap:eth0/q", "the flags are"},
    {"netmap:eth0/x/", "the flags are"},
    {"netmap:eth0@", "missing after @"},
    {"netmap:eth0@2@", "missing after @"},
    {"netmap:eth0@0", "from 1 to 65535"},
    {"netmap:eth0@65536", "from 1 to 65535"},
    {"netmap:eth0@2x", "follow the name"},
    {"netmap:eth0@2@3", "here are two"},
    {"netmap:eth0@2/R@3", "here are two"},
    {"netmap:eth0/R@xxx", "no such option"},
    {"netmap:0123456789012345678901234567890123456789012345678901234567890123", "63 bytes"},
    {"vale0:01234567890123456789012345678901234567890123456789012345678", "63 bytes"},
};

TEST(Spec, BadOnesAreRefusedInWords) {
    context ctx;
    for (auto const& s : bad_specs) {
        SCOPED_TRACE(s.text);
        auto const before = ctx.said();
        errno = 0;
        EXPECT_EQ(nmport_prepare(s.text), nullptr);
        EXPECT_EQ(errno, EINVAL);
        EXPECT_EQ(ctx.said(), before + 1);
        EXPECT_NE(ctx.last().find(s.words), std::string::npos) << ctx.last();
        EXPECT_EQ(nmport_open(s.text), nullptr);
        EXPECT_EQ(errno, EINVAL);
    }
}

TEST(Spec, AFailedParseChangesNothing) {
    context ctx;
    port d{nmport_prepare("netmap:eth0-3/x@7")};
    ASSERT_TRUE(d);
    d->reg.nr_extra_bufs = 5;
    for (char const* text : {"eth1", "vale0:b-", "vale0:b/q", "vale0:b@conf:slots=x",
                             "vale0:b@conf:slots=7@nothing=1", "vale0:b@7@extmem=/nowhere/x"}) {
        SCOPED_TRACE(text);
        EXPECT_EQ(nmport_parse(d.get(), text), -1);
        EXPECT_STREQ(d->hdr.nr_name, "eth0");
        EXPECT_EQ(d->reg.nr_ringid, 3);
        EXPECT_EQ(d->reg.nr_flags, std::uint64_t{NR_EXCLUSIVE});
        EXPECT_EQ(d->reg.nr_mem_id, 7);
        EXPECT_EQ(d->reg.nr_tx_slots, 0u);
        EXPECT_EQ(d->reg.nr_extra_bufs, 5u);
        EXPECT_EQ(d->hdr.nr_options, 0u);
    }
    nmport_undo_parse(d.get());
    EXPECT_EQ(d->hdr.nr_name[0], 0);
    EXPECT_EQ(nmport_parse(d.get(), "vale0:b"), 0);
    EXPECT_STREQ(d->hdr.nr_name, "vale0:b");
}

TEST(Spec, DecodersStopWhereTheNextPartBegins) {
    context ctx;
    nmreq_header hdr;
    nmreq_register reg{};
    char const* p = "netmap:eth0-2/x@5@conf:slots=3";
    nmreq_header_init(&hdr, NETMAP_REQ_REGISTER, &reg);
    ASSERT_EQ(nmreq_header_decode(&p, &hdr, ctx.get()), 0);
    EXPECT_STREQ(p, "-2/x@5@conf:slots=3");
    ASSERT_EQ(nmreq_register_decode(&p, &reg, ctx.get()), 0);
    EXPECT_STREQ(p, "@conf:slots=3");
    p = "";
    ASSERT_EQ(nmreq_register_decode(&p, &reg, ctx.get()), 0);
    EXPECT_EQ(reg.nr_mem_id, 5) << "stays";
    p = "@6";
    EXPECT_EQ(nmreq_register_decode(&p, &reg, ctx.get()), -1);
    EXPECT_STREQ(p, "@6");
    p = "eth0";
    EXPECT_EQ(nmreq_header_decode(&p, &hdr, ctx.get()), -1);
    EXPECT_STREQ(p, "eth0");
    EXPECT_STREQ(hdr.nr_name, "eth0");
}

} // namespace
