// SPDX-License-Identifier: BSD-2-Clause
// Options in specifications: conf, share, extmem, offset, and those of a program.
#include "support.hpp"

using namespace compat_test;

namespace {

TEST(Options, ConfSetsTheNumbersAndTheSpecificOnesWin) {
    context ctx;
    port d{nmport_prepare("vale0:a@conf:tx-rings=5,rings=2,host_rings=3,host-rx-rings=4,"
                          "slots=100,rx_slots=200")};
    ASSERT_TRUE(d) << ctx.last();
    EXPECT_EQ(d->reg.nr_tx_rings, 5);
    EXPECT_EQ(d->reg.nr_rx_rings, 2);
    EXPECT_EQ(d->reg.nr_host_tx_rings, 3);
    EXPECT_EQ(d->reg.nr_host_rx_rings, 4);
    EXPECT_EQ(d->reg.nr_tx_slots, 100u);
    EXPECT_EQ(d->reg.nr_rx_slots, 200u);
}

TEST(Options, ConfAloneIsTheNumberOfRings) {
    context ctx;
    port d{nmport_prepare("vale0:a/x@conf=2")};
    ASSERT_TRUE(d) << ctx.last();
    EXPECT_EQ(d->reg.nr_tx_rings, 2);
    EXPECT_EQ(d->reg.nr_rx_rings, 2);
}

TEST(Options, BadOnesAreRefused) {
    struct row {
        char const* text;
        char const* words;
    };
    constexpr row rows[] = {
        {"@nothing", "no such option"},
        {"@nothing=1", "no such option"},
        {"@con=1", "no such option"},
        {"@conf", "is missing"},
        {"@conf:", "a key is missing"},
        {"@conf=", "no value"},
        {"@conf:slots", "no value"},
        {"@conf:slots=", "no value"},
        {"@conf:slots=1,", "a key is missing"},
        {"@conf:slots=1,,rings=2", "a key is missing"},
        {"@conf:slots=1,slots=2", "given twice"},
        {"@conf:tx-slots=1,tx_slots=2", "given twice"},
        {"@conf:pots=1", "no such key"},
        {"@conf:slots=x", "no number"},
        {"@conf:slots=1x", "no number"},
        {"@conf:slots=-1", "no number"},
        {"@conf:slots=4294967296", "no number"},
        {"@conf:rings=65536", "no number"},
        {"@share", "is missing"},
        {"@share:port", "no value"},
        {"@share=eth0", "netmap:name"},
        {"@extmem:buf-num=3", "needs is missing"},
        {"@conf=1@", "no such option"},
        {"@conf=1@@conf=2", "no such option"},
    };
    context ctx;
    for (auto const& r : rows) {
        SCOPED_TRACE(r.text);
        auto const before = ctx.said();
        errno = 0;
        EXPECT_EQ(nmport_prepare((std::string{"vale0:a"} + r.text).c_str()), nullptr);
        EXPECT_EQ(errno, EINVAL);
        ASSERT_EQ(ctx.said(), before + 1);
        EXPECT_NE(ctx.last().find(r.words), std::string::npos) << ctx.last();
    }
}

TEST(Options, OffsetIsDisabledUntilTheProgramEnablesIt) {
    context ctx;
    errno = 0;
    EXPECT_EQ(nmport_prepare("vale0:a@offset=32"), nullptr);
    EXPECT_EQ(errno, EOPNOTSUPP);
    ASSERT_EQ(nmport_enable_option("offset"), 0);
    {
        port d{nmport_prepare("vale0:a@offset:initial=32,bits=16")};
        ASSERT_TRUE(d) << ctx.last();
        auto const* o = reinterpret_cast<nmreq_opt_offsets*>(
            nmreq_find_option(&d->hdr, NETMAP_REQ_OPT_OFFSETS));
        ASSERT_NE(o, nullptr);
        EXPECT_EQ(o->nro_initial_offset, 32u);
        EXPECT_EQ(o->nro_max_offset, 32u);
        EXPECT_EQ(o->nro_offset_bits, 16u);
        EXPECT_EQ(nmport_offset(d.get(), 1, 2, 0, 0), -1) << "asked for already";
        EXPECT_EQ(errno, EINVAL);
    }
    EXPECT_EQ(nmport_prepare("vale0:a@offset:bits=16"), nullptr) << "initial is mandatory";
    EXPECT_EQ(nmport_prepare("vale0:a@offset:initial=1,bits=65"), nullptr);
    ASSERT_EQ(nmport_disable_option("offset"), 0);
    EXPECT_EQ(nmport_prepare("vale0:a@offset=32"), nullptr);
    EXPECT_EQ(errno, EOPNOTSUPP);
}

TEST(Options, OthersCanBeDisabledToo) {
    context ctx;
    ASSERT_EQ(nmport_disable_option("conf"), 0);
    EXPECT_EQ(nmport_prepare("vale0:a@conf=1"), nullptr);
    EXPECT_EQ(errno, EOPNOTSUPP);
    ASSERT_EQ(nmport_enable_option("conf"), 0);
    EXPECT_TRUE(port{nmport_prepare("vale0:a@conf=1")});
    errno = 0;
    EXPECT_EQ(nmport_enable_option("nothing"), -1);
    EXPECT_EQ(errno, EOPNOTSUPP);
    EXPECT_EQ(nmport_disable_option("nothing"), -1);
}

int take(nmreq_parse_ctx* p) {
    auto& out = *static_cast<std::vector<std::string>*>(p->token);
    for (int i = 0; i < 3; ++i)
        out.emplace_back(p->keys[i] != nullptr ? p->keys[i] : "-");
    if (p->keys[2] == nullptr)
        return 0;
    errno = EXDEV;
    return -1;
}

TEST(Options, AProgramMayHaveItsOwn) {
    context ctx;
    nmreq_opt_parser second{};
    second.prefix = "bare";
    second.parse = take;
    second.default_key = -1;
    second.flags = NMREQ_OPTF_ALLOWEMPTY;
    nmreq_opt_parser first{};
    first.prefix = "own-option";
    first.parse = take;
    first.default_key = -1;
    first.nr_keys = 3;
    first.next = &second;
    first.keys[0] = {"a", 1, 0};
    first.keys[1] = {"flag", 0, NMREQ_OPTK_ALLOWEMPTY};
    first.keys[2] = {"c", 2, NMREQ_OPTK_DEFAULT};
    std::vector<std::string> got;
    EXPECT_EQ(nmreq_options_decode("", &first, &got, ctx.get()), 0);
    EXPECT_EQ(nmreq_options_decode("@own_option:flag,a=b=c@bare", &first, &got, ctx.get()), 0);
    EXPECT_EQ(got, (std::vector<std::string>{"", "b=c", "-", "-", "-", "-"}));
    errno = 0;
    EXPECT_EQ(nmreq_options_decode("@own-option=x", &first, &got, ctx.get()), -1);
    EXPECT_EQ(errno, EXDEV) << "the callback's";
    EXPECT_EQ(nmreq_options_decode("@bare=1", &first, &got, ctx.get()), -1);
    EXPECT_EQ(errno, EINVAL);
    EXPECT_EQ(nmreq_options_decode("bare", &first, &got, ctx.get()), -1);
}

TEST(Options, ShareTakesTheRegionOfAnOpenPort) {
    context ctx;
    auto const a = open_port("vale8:a");
    ASSERT_TRUE(a) << ctx.last();
    auto const b = open_port("vale9:b@share=vale8:a");
    ASSERT_TRUE(b) << ctx.last();
    EXPECT_EQ(a->reg.nr_mem_id, b->reg.nr_mem_id);
    EXPECT_EQ(a->mem, b->mem);
    EXPECT_EQ(nmport_open("vale9:c@65000@share=vale8:a"), nullptr);
    EXPECT_EQ(errno, EINVAL);
    EXPECT_EQ(nmport_open("vale9:c@share=vale8:a/x"), nullptr);
    EXPECT_EQ(errno, EINVAL);
    EXPECT_EQ(nmport_open("vale9:c@share=netmap:no_such_if"), nullptr);
    EXPECT_EQ(errno, ENXIO);
}

} // namespace
