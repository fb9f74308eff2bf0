// SPDX-License-Identifier: BSD-2-Clause
// Packets of any content behind virtio-net headers of any content, in pieces of
// any length; every output buffer is memory of its own, exactly as long as said.
#include "fuzz.hpp"

extern "C" {
#include "offload.h"
}

namespace {

std::vector<uint8_t> packet(FuzzedDataProvider& in) {
    std::vector<uint8_t> p = in.ConsumeBytes<uint8_t>(in.ConsumeIntegralInRange<size_t>(0, 400));
    p.resize(p.size() + in.ConsumeIntegralInRange<size_t>(0, 70000), in.ConsumeIntegral<uint8_t>());
    return p;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    FuzzedDataProvider in(data, size);
    nm_offload_way way{};
    way.from = in.PickValueInArray<uint32_t>({0, 10, 12, 12, 12, 12});
    way.to = in.PickValueInArray<uint32_t>({0, 0, 0, 10, 12});
    way.room = in.ConsumeIntegralInRange<uint32_t>(0, in.ConsumeBool() ? 200 : 2048);

    std::vector<std::unique_ptr<uint8_t[]>> memory;
    std::vector<nm_piece> pieces;
    std::vector<size_t> cuts;
    for (int i = in.ConsumeIntegralInRange<int>(0, 6); i; i--)
        cuts.push_back(in.ConsumeIntegralInRange<size_t>(0, 500));
    const std::vector<uint8_t> bytes = packet(in);
    cuts.push_back(bytes.size());
    std::sort(cuts.begin(), cuts.end());
    size_t from = 0;
    for (size_t to : cuts) {
        to = std::min(to, bytes.size());
        memory.push_back(std::make_unique<uint8_t[]>(to - from));
        std::copy(bytes.begin() + static_cast<long>(from), bytes.begin() + static_cast<long>(to),
                  memory.back().get());
        pieces.push_back({reinterpret_cast<uintptr_t>(memory.back().get()),
                          static_cast<uint32_t>(to - from), from % 5 == 0});
        from = to;
    }

    auto plan = std::make_unique<nm_offload>();
    std::memset(plan.get(), 0xa5, sizeof(*plan));
    int why =
        nm_offload_plan(plan.get(), pieces.data(), static_cast<uint32_t>(pieces.size()), &way);
    fuzz::expect(why >= 0 && why < NETMAP_DROP_REASONS, "0 or a reason");
    if (why)
        return 0;
    // the packet changes between the two looks
    if (in.ConsumeBool()) {
        for (size_t i = 0; i < pieces.size(); i++)
            std::memset(memory[i].get(), 0xff, pieces[i].len);
    }
    nm_offload_run run;
    nm_offload_begin(&run, plan.get(), pieces.data(), static_cast<uint32_t>(pieces.size()));
    uint64_t sum = 0;
    std::vector<std::unique_ptr<char[]>> out;
    for (uint32_t i = 0; i < plan->slots; i++) {
        bool missing = i % 7 == 6 && way.room % 3 == 0;
        out.push_back(missing ? nullptr : std::make_unique<char[]>(way.room));
        uint32_t len = nm_offload_next(&run, out.back().get());
        fuzz::expect(len <= way.room && (len != 0) != missing, "bytes that there is room for");
        sum += len;
    }
    fuzz::expect(sum >= plan->len || way.room % 3 == 0, "every byte of the packet");
    return 0;
}
