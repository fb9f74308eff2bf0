// SPDX-License-Identifier: BSD-2-Clause
// Parameters of the core by name.
#include <climits>

#include "engine_fixture.hpp"

using namespace user_test;

namespace {

TEST(Parameter, IsReadAndWrittenByName) {
    long v = 0;
    ASSERT_EQ(nm_engine_param_get("bridge_batch", &v), 0);
    EXPECT_EQ(v, 1024);
    ASSERT_EQ(nm_engine_param_set("bridge_batch", 64), 0);
    EXPECT_EQ(nm_params.bridge_batch, 64);
    ASSERT_EQ(nm_engine_param_get("bridge_batch", &v), 0);
    EXPECT_EQ(v, 64);
    ASSERT_EQ(nm_engine_param_set("bridge_batch", 1024), 0);
}

TEST(Parameter, UnknownNamesAreErrors) {
    long v = 3;
    EXPECT_EQ(nm_engine_param_get("bridge", &v), -1);
    EXPECT_EQ(errno, ENOENT);
    EXPECT_EQ(nm_engine_param_set("", 1), -1);
    EXPECT_EQ(errno, ENOENT);
    EXPECT_EQ(v, 3);
}

TEST(Parameter, ReadOnlyOnesAndValuesThatDoNotFitAreErrors) {
    EXPECT_EQ(nm_engine_param_set("buf_curr_num", 1), -1);
    EXPECT_EQ(errno, EINVAL);
    EXPECT_EQ(nm_engine_param_set("buf_num", long{INT_MAX} + 1), -1);
    EXPECT_EQ(errno, EINVAL);
    EXPECT_EQ(nm_params.buf_num, 163840);
}

TEST(Parameter, NumberOfSwitchesIsFixedOnceTheCoreRuns) {
    descriptor d;
    EXPECT_EQ(nm_engine_param_set("max_bridges", 16), -1);
    EXPECT_EQ(errno, EINVAL);
    long v = 0;
    EXPECT_EQ(nm_engine_param_get("max_bridges", &v), 0);
    EXPECT_EQ(v, 8);
}

} // namespace
