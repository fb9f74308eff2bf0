// SPDX-License-Identifier: BSD-2-Clause
#include "paths.hpp"

#include <cstring>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "duel.hpp"
#include "port.hpp"
#include "port_traffic.hpp"

namespace bench {

rate path_vale(std::size_t bytes, std::size_t batch, std::size_t idle, double seconds) {
    port a("vale_bench:a"), b("vale_bench:b");
    std::vector<std::unique_ptr<port>> others;
    // the switch learns where a's frames are to go
    for (std::size_t i = 0; i < idle; ++i)
        others.push_back(std::make_unique<port>("vale_bench:i" + std::to_string(i)));
    prefill(a, bytes);
    prefill(b, bytes);
    if (idle != 0) {
        auto* const from_b = NETMAP_BUF(b.tx(), b.tx()->slot[0].buf_idx);
        std::memset(from_b + 6, 4, 6);
        send_batch(b, bytes, 1);
        for (std::uint32_t i = 0; i < a.tx()->num_slots; ++i)
            std::memset(NETMAP_BUF(a.tx(), a.tx()->slot[i].buf_idx), 4, 6);
    }
    std::uint64_t sum = 0;
    auto const got = duel(
        seconds, [&] { send_batch(a, bytes, batch); }, [&] { return receive(b, sum); });
    keep(sum);
    return {got};
}

rate path_pipe(std::size_t bytes, std::size_t batch, double seconds) {
    port a("bench{1"), b("bench}1");
    prefill(a, bytes);
    std::uint64_t sum = 0;
    auto const got = duel(
        seconds, [&] { send_batch(a, bytes, batch); }, [&] { return receive_slots(b, sum); });
    keep(sum);
    return {got};
}

std::uint64_t resident_bytes() {
    std::ifstream status("/proc/self/status");
    std::uint64_t kib = 0, total = 0;
    for (std::string line; std::getline(status, line);)
        for (char const* key : {"RssAnon:", "RssShmem:"})
            if (line.rfind(key, 0) == 0) {
                kib = std::stoull(line.substr(std::strlen(key)));
                total += kib * 1024;
            }
    return total;
}

std::uint64_t vale_port_populated() {
    return port("vale_mem:p").populated();
}

} // namespace bench
