// SPDX-License-Identifier: BSD-2-Clause
// Contexts: messages, memory, locks.
#include "support.hpp"

using namespace compat_test;

namespace {

TEST(Context, ThereIsADefaultAndItCanBeReplaced) {
    nmctx* const own = nmctx_get();
    ASSERT_NE(own, nullptr);
    EXPECT_TRUE(own->lock && own->unlock && own->error && own->verbose);
    nmctx mine{};
    EXPECT_EQ(nmctx_set_default(&mine), own);
    EXPECT_EQ(nmctx_get(), &mine);
    nmctx_set_threadsafe();
    EXPECT_TRUE(mine.lock && mine.unlock);
    nmctx_lock(&mine);
    nmctx_unlock(&mine);
    EXPECT_EQ(nmctx_set_default(nullptr), &mine);
    EXPECT_EQ(nmctx_get(), own);
}

TEST(Context, MessagesAreFormattedAndErrnoStays) {
    context ctx;
    errno = EXDEV;
    nmctx_ferror(ctx.get(), "%s has %d", "it", 3);
    EXPECT_EQ(errno, EXDEV);
    EXPECT_EQ(ctx.last(), "it has 3");
    ctx.get()->verbose = 0;
    nmctx_ferror(ctx.get(), "not said");
    EXPECT_EQ(ctx.said(), 1u);
}

TEST(Context, MissingCallbacksHaveSubstitutes) {
    nmctx bare{};
    bare.verbose = 1;
    nmctx_ferror(&bare, "nobody listens");
    nmctx_lock(&bare);
    void* const p = nmctx_malloc(&bare, 16);
    EXPECT_NE(p, nullptr);
    nmctx_free(&bare, p);
    nmctx_free(&bare, nullptr);
    nmctx_unlock(&bare);
}

TEST(Context, WithoutMemoryNothingIsMade) {
    context ctx;
    ctx.refuse_memory(true);
    errno = 0;
    EXPECT_EQ(nmport_new(), nullptr);
    EXPECT_EQ(errno, ENOMEM);
    EXPECT_EQ(nmport_open("vale0:a"), nullptr);
    EXPECT_EQ(errno, ENOMEM);
    ctx.refuse_memory(false);
    port d{nmport_prepare("vale0:a")};
    ASSERT_TRUE(d);
    ctx.refuse_memory(true);
    EXPECT_EQ(nmport_offset(d.get(), 1, 1, 0, 0), -1);
    EXPECT_EQ(errno, ENOMEM);
    EXPECT_EQ(nmport_parse(d.get(), "vale0:a@conf:slots=3"), -1);
    EXPECT_EQ(errno, ENOMEM);
    EXPECT_EQ(nmport_open_desc(d.get()), -1); // the record of the region
    EXPECT_EQ(errno, ENOMEM);
    EXPECT_EQ(d->fd, -1);
    EXPECT_EQ(nmport_clone(d.get()), nullptr);
    ctx.refuse_memory(false);
    EXPECT_EQ(nmport_open_desc(d.get()), 0) << ctx.last();
}

} // namespace
