// SPDX-License-Identifier: BSD-2-Clause
// Parameters of the core that can be observed at the ABI (abi-control 6).
#include "fixture.hpp"

namespace conformance {
namespace {

class Params : public suite {
  protected:
    static long get(const char* name) {
        long value = -4711;
        EXPECT_OK(result(the_host().param_get(name, value))) << name;
        return value;
    }
    static frame numbered(uint32_t tag) { return make_frame(broadcast, mac_of(1), 60, tag); }
};

TEST_F(Params, defaults) {
    EXPECT_EQ(1024, get("bridge_batch"));
    EXPECT_EQ(8, get("max_bridges"));
    EXPECT_EQ(0, get("no_timestamp"));
    EXPECT_EQ(1024, get("if_size"));
    EXPECT_EQ(2048, get("buf_size"));
    EXPECT_LE(2048, get("priv_buf_size"));
}

TEST_F(Params, unknown_names_are_ENOENT) {
    long value = 0;
    EXPECT_ERR(ENOENT, result(the_host().param_get("no_such_parameter", value)));
    if (the_host().embedded()) {
        EXPECT_ERR(ENOENT, result(the_host().param_set("no_such_parameter", 1)));
    }
}

TEST_F(Params, what_was_set_is_read_back) {
    const long before = get("bridge_batch");
    {
        param_guard batch("bridge_batch", 17);
        EXPECT_EQ(17, get("bridge_batch"));
    }
    EXPECT_EQ(before, get("bridge_batch"));
}

TEST_F(Params, batch_of_0_drops_and_counts_everything) {
    port a;
    port b;
    ASSERT_OK(a.open("vale0:a"));
    ASSERT_OK(b.open("vale0:b"));
    {
        param_guard batch("bridge_batch", 0);
        EXPECT_OK(a.send({numbered(1), numbered(2), numbered(3)}));
        EXPECT_EQ(1023u, a.tx().space());
        EXPECT_EQ(0u, b.receive().size());
        batch.set(-5);
        EXPECT_OK(a.send(numbered(4)));
        EXPECT_EQ(0u, b.receive().size());
        EXPECT_EQ(4u, drops({"vale0:a", "vale0:b"}, NETMAP_DROP_DISABLED));
    }
    EXPECT_OK(a.send(numbered(5)));
    EXPECT_EQ(std::vector<frame>{numbered(5)}, b.receive());
}

TEST_F(Params, small_batches_split_no_packet) {
    port a;
    port b;
    ASSERT_OK(a.open("vale0:a", reg().slots(64)));
    ASSERT_OK(b.open("vale0:b", reg().slots(64)));
    for (const long size : {1, 2, 3, 4, 7, 1024, 5000}) {
        SCOPED_TRACE(size);
        param_guard batch("bridge_batch", size);
        std::vector<frame> sent;
        for (uint32_t i = 0; i < 12; ++i) {
            sent.push_back(make_frame(broadcast, mac_of(1), 300, i));
            ASSERT_TRUE(a.tx().put_in(i % 6 + 1, sent.back()));
        }
        EXPECT_OK(a.txsync());
        const auto got = b.receive_packets();
        ASSERT_EQ(sent.size(), got.size());
        for (uint32_t i = 0; i < sent.size(); ++i) {
            EXPECT_EQ(sent[i], got[i].data);
            EXPECT_EQ(i % 6 + 1, got[i].slots);
        }
    }
}

TEST_F(Params, private_regions_obey_their_least_sizes) {
    nmreq_pools_info plain{};
    ASSERT_OK(pools_info("vale0:a", plain));
    param_guard size("priv_buf_size", 4096);
    port p;
    ASSERT_OK(p.open("vale0:a", reg().slots(16)));
    EXPECT_LE(4096u, p.tx().buf_size());
    nmreq_pools_info large{};
    ASSERT_OK(pools_info("vale0:a", large));
    EXPECT_LE(4096u, large.nr_buf_pool_objsize);
    EXPECT_GT(4096u, plain.nr_buf_pool_objsize);
}

} // namespace
} // namespace conformance
