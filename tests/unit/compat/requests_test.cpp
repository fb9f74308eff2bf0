// SPDX-License-Identifier: BSD-2-Clause
// Headers and lists of options.
#include "support.hpp"

using namespace compat_test;

namespace {

TEST(Requests, AHeaderBeginsEmpty) {
    nmreq_header hdr;
    nmreq_register reg;
    nmreq_header_init(&hdr, NETMAP_REQ_PORT_INFO_GET, &reg);
    EXPECT_EQ(hdr.nr_version, NETMAP_API);
    EXPECT_EQ(hdr.nr_reqtype, NETMAP_REQ_PORT_INFO_GET);
    EXPECT_EQ(hdr.nr_body, reinterpret_cast<std::uintptr_t>(&reg));
    EXPECT_EQ(hdr.nr_name[0], 0);
    EXPECT_EQ(hdr.nr_options, 0u);
}

TEST(Requests, OptionsAreAList) {
    nmreq_header hdr;
    nmreq_header_init(&hdr, NETMAP_REQ_REGISTER, nullptr);
    std::array<nmreq_option, 3> o{};
    o[0].nro_reqtype = NETMAP_REQ_OPT_CSB;
    o[1].nro_reqtype = NETMAP_REQ_OPT_OFFSETS;
    o[2].nro_reqtype = NETMAP_REQ_OPT_CSB;
    EXPECT_EQ(nmreq_find_option(&hdr, NETMAP_REQ_OPT_CSB), nullptr);
    for (auto& one : o)
        nmreq_push_option(&hdr, &one);
    EXPECT_EQ(nmreq_find_option(&hdr, NETMAP_REQ_OPT_CSB), &o[2]);
    EXPECT_EQ(nmreq_find_option(&hdr, NETMAP_REQ_OPT_OFFSETS), &o[1]);
    EXPECT_EQ(nmreq_checkduplicate(&o[2]), 1);
    EXPECT_EQ(nmreq_checkduplicate(&o[0]), 0);
    nmreq_remove_option(&hdr, &o[1]);
    EXPECT_EQ(nmreq_find_option(&hdr, NETMAP_REQ_OPT_OFFSETS), nullptr);
    nmreq_remove_option(&hdr, &o[1]); // is not there: nothing happens
    int n = 0;
    nmreq_option* one = nullptr;
    nmreq_foreach_option(&hdr, one)++ n;
    EXPECT_EQ(n, 2);
}

TEST(Requests, FreeingGivesEveryOptionToFree) {
    nmreq_header hdr;
    nmreq_header_init(&hdr, NETMAP_REQ_REGISTER, nullptr);
    for (int i = 0; i < 3; ++i)
        nmreq_push_option(&hdr, static_cast<nmreq_option*>(std::calloc(1, sizeof(nmreq_option))));
    nmreq_free_options(&hdr);
    EXPECT_EQ(hdr.nr_options, 0u);
}

TEST(Requests, OptionsHaveNames) {
    EXPECT_STREQ(nmreq_option_name(NETMAP_REQ_OPT_EXTMEM), "extmem");
    EXPECT_STREQ(nmreq_option_name(NETMAP_REQ_OPT_OFFSETS), "offsets");
    EXPECT_STREQ(nmreq_option_name(4711), "unknown");
}

TEST(Requests, TheRegionOfAPort) {
    context ctx;
    auto const a = open_port("vale7:a");
    ASSERT_TRUE(a);
    char const* p = "vale7:a@rest";
    EXPECT_EQ(nmreq_get_mem_id(&p, ctx.get()), a->reg.nr_mem_id);
    EXPECT_STREQ(p, "@rest");
    p = "netmap:no_such_if";
    errno = 0;
    EXPECT_EQ(nmreq_get_mem_id(&p, ctx.get()), -1);
    EXPECT_EQ(errno, ENXIO);
    EXPECT_STREQ(p, "netmap:no_such_if");
    EXPECT_NE(ctx.last().find("no_such_if"), std::string::npos);
}

} // namespace
