// SPDX-License-Identifier: BSD-2-Clause
// The benches: one line a figure, as a ratio to a limit probe of the same run.
//
//     NAME ratio=… value=… unit=…
//
// Two virtual processors may be near one another in one moment and far apart in
// the next, so a path and its probe take turns, each round gives one ratio, and
// the median of the rounds is reported.

#include <algorithm>
#include <cstdio>
#include <exception>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <netmap_engine.h>

#include "asio.hpp"
#include "paths.hpp"
#include "port.hpp"
#include "probe.hpp"
#include "sdk.hpp"
#include "wire.hpp"

namespace {

using bench::rate;

constexpr int rounds = 31;
constexpr double round_seconds = 0.05;
constexpr std::size_t standard_batch = 256;
constexpr std::size_t probe_stride = 2048;

double median(std::vector<double> v) {
    std::ranges::sort(v);
    return v[v.size() / 2];
}

void print(std::string const& name, double ratio, double value, char const* unit) {
    std::printf("%s ratio=%.3f value=%.3f unit=%s\n", name.c_str(), ratio, value, unit);
    std::fflush(stdout);
}

void compare(std::string const& name, std::function<rate()> const& path,
             std::function<rate()> const& probe) {
    std::vector<double> ratios, values;
    for (int i = 0; i < rounds; ++i) {
        // probe, path, probe: a change of the machine's mood in between shows
        auto const before = probe().pps;
        auto const got = path().pps;
        auto const after = probe().pps;
        ratios.push_back(got / ((before + after) / 2));
        values.push_back(got);
    }
    print(name, median(ratios), median(values) / 1e6, "Mpps");
}

void vale() {
    for (std::size_t bytes : {60, 256, 1514})
        compare("vale." + std::to_string(bytes) + "B",
                [=] { return bench::path_vale(bytes, standard_batch, 0, round_seconds); },
                [=] {
                    return bench::probe_copy(bytes, probe_stride, standard_batch, round_seconds);
                });
    for (std::size_t batch : {1, 16, 64, 512})
        compare("vale.60B.batch" + std::to_string(batch),
                [=] { return bench::path_vale(60, batch, 0, round_seconds); },
                [=] { return bench::probe_copy(60, probe_stride, batch, round_seconds); });
    for (std::size_t ports : {8, 32, 128})
        compare("vale.60B.ports" + std::to_string(ports),
                [=] {
                    return bench::path_vale(60, standard_batch, ports - 2, round_seconds);
                },
                [=] {
                    return bench::probe_copy(60, probe_stride, standard_batch, round_seconds);
                });
}

void pipe() {
    for (std::size_t batch : {16, 64, 256, 512})
        compare("pipe.batch" + std::to_string(batch),
                [=] { return bench::path_pipe(60, batch, round_seconds); },
                [=] { return bench::probe_slots(batch, round_seconds); });
}

constexpr double mib = 1024.0 * 1024.0;

/// Ratios are to the limits: 8 MiB for the idle engine, 6 MiB for a port.
void mem_port(char const* name) {
    auto const port = static_cast<double>(bench::vale_port_populated()) / mib;
    print(name, port / 6, port, "MiB");
}

void mem() {
    nm_engine_close(nm_engine_open());
    auto const idle = static_cast<double>(bench::resident_bytes()) / mib;
    print("mem.engine_idle", idle / 8, idle, "MiB");
    mem_port("mem.engine_vale_port");
}

/// The same of a port of the device node.
void mem_device() {
    bench::use_device();
    mem_port("mem.module_vale_port");
}

/// Emulated ports on a pair of interfaces, bench0 and bench1, against packet
/// sockets there.
void wire() {
    using bench::end;
    bench::use_device();
    for (std::size_t bytes : {60, 1514}) {
        auto const tx = [=](end sender) {
            return [=] { return bench::wire_tx(sender, bytes, standard_batch, round_seconds); };
        };
        auto const pair = [=](end sender, end receiver) {
            return [=] {
                return bench::wire_pair(sender, receiver, bytes, standard_batch, round_seconds);
            };
        };
        auto const suffix = std::to_string(bytes) + "B";
        compare("wire.tx." + suffix, tx(end::netmap), tx(end::packet_socket));
        // of receivers: the same sender, the one that leaves most to them
        compare("wire.rx." + suffix, pair(end::netmap, end::netmap),
                pair(end::netmap, end::packet_socket));
        compare("wire.both." + suffix, pair(end::netmap, end::netmap),
                pair(end::packet_socket, end::packet_socket));
    }
}

/// The library's share: ratio is its rate to that of the same work by hand.
void sdk() {
    using bench::by;
    constexpr struct {
        char const* name;
        rate (*run)(by, double);
    } works[] = {{"sdk.rx", bench::sdk_receive},       {"sdk.rx_slots", bench::sdk_receive_slots},
                 {"sdk.tx", bench::sdk_transmit},      {"sdk.forward", bench::sdk_forward},
                 {"sdk.inject.60B", bench::sdk_inject}, {"sdk.open", bench::sdk_open}};
    for (auto const& work : works)
        compare(work.name, [&] { return work.run(by::sdk, round_seconds); },
                [&] { return work.run(by::hand, round_seconds); });
}

/// Asio's share: ratio is the rate of its operations to that of a blocking loop.
void asio() {
    for (std::size_t batch : {8, 32, 128, 512}) {
        auto const blocking = [=] { return bench::receive_blocking(batch, round_seconds); };
        auto const suffix = ".batch" + std::to_string(batch);
        compare("asio.callback" + suffix,
                [=] { return bench::receive_callback(batch, round_seconds); }, blocking);
        compare("asio.coroutine" + suffix,
                [=] { return bench::receive_coroutine(batch, round_seconds); }, blocking);
    }
}

constexpr struct {
    std::string_view name;
    void (*run)();
    bool device = false;
} parts[] = {{"mem", mem}, {"vale", vale}, {"pipe", pipe}, {"sdk", sdk}, {"asio", asio}, {"mem-device", mem_device, true}, {"wire", wire, true}};

int run(std::span<char const* const> wanted) {
    for (std::string_view w : wanted) {
        if (std::ranges::none_of(parts, [&](auto const& p) { return p.name == w; })) {
            std::fprintf(stderr, "nm-bench: error: no part called \"%.*s\": mem, vale, pipe, sdk, asio, mem-device, wire\n",
                         static_cast<int>(w.size()), w.data());
            return 2;
        }
    }
    for (auto const& part : parts) {
        auto const asked = [&](std::string_view w) { return w == part.name; };
        // what needs the device is asked for by name: it is not on every machine
        if (wanted.empty() ? !part.device : std::ranges::any_of(wanted, asked))
            part.run();
    }
    return 0;
}

} // namespace

int main(int argc, char** argv) try {
    return run({argv + 1, argv + argc});
} catch (std::exception const& e) {
    std::fprintf(stderr, "nm-bench: error: %s\n", e.what());
    return 1;
}
