// SPDX-License-Identifier: BSD-2-Clause
// Random control operations from four processes while packets flow: ports, pipes,
// monitors, persistent ports, attachments, sync loops, and interfaces that come
// and go. Whatever they answer, nothing is left behind. On the embedded engine
// they are four threads. NETMAPXX_SOAK_SECONDS makes it last that long,
// NETMAPXX_STORM_SEED repeats the numbers of another run.
#include "storm_actor.hpp"
#include "storm_crew.hpp"
#include "storm_traffic.hpp"

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <random>

namespace conformance {
namespace {

using namespace std::chrono_literals;

constexpr unsigned actors = 4;
constexpr unsigned traffic = actors; // the fifth worker

std::chrono::seconds soak() {
    const char* text = std::getenv("NETMAPXX_SOAK_SECONDS");
    return std::chrono::seconds(text == nullptr ? 0 : std::atoi(text));
}

uint64_t seed() {
    const char* text = std::getenv("NETMAPXX_STORM_SEED");
    return text == nullptr ? std::random_device()() : std::strtoull(text, nullptr, 0);
}

/// Buffers that are in use in the region everybody shares.
uint32_t shared_buffers_used() {
    port p;
    EXPECT_OK(p.open("vale7:probe", reg().mem(1).slots(16)));
    return buffers_used("vale7:probe");
}

/// What the system has, in kB, when all that it keeps for later is given back.
struct system_memory {
    long free = 0;
    long slab = 0;
    long vmalloc = 0;

    static system_memory settled() {
        ::sync();
        std::ofstream("/proc/sys/vm/drop_caches") << 3;
        system_memory m;
        std::string word;
        for (std::ifstream info("/proc/meminfo"); info >> word;) {
            long* field = word == "MemFree:"       ? &m.free
                          : word == "Slab:"        ? &m.slab
                          : word == "VmallocUsed:" ? &m.vmalloc
                                                   : nullptr;
            if (field != nullptr) {
                info >> *field;
            }
        }
        // free pages on the CPUs' own lists
        for (std::ifstream zones("/proc/zoneinfo"); zones >> word;) {
            long pages = 0;
            if (word == "count:" && zones >> pages) {
                m.free += pages * 4;
            }
        }
        return m;
    }
    /// KASAN keeps freed memory, so that these figures say nothing; kmemleak, which
    /// comes with it, does.
    static bool tells() {
        return !the_host().embedded() && ::access("/sys/kernel/debug/kmemleak", F_OK) != 0;
    }
};

std::ostream& operator<<(std::ostream& out, const system_memory& m) {
    return out << m.free << " free, " << m.slab << " slab, " << m.vmalloc << " vmalloc";
}

/// As much as slabs and stacks keep for later.
bool comes_back(const system_memory& before, const system_memory& after) {
    return before.free - after.free <= 256 && after.slab - before.slab <= 256 &&
           after.vmalloc - before.vmalloc <= 64;
}

/// A storm that is long enough has done everything.
void expect_all_granted(const storm_crew& crew, bool wires) {
    for (unsigned i = 0; i < deed_names.size(); ++i) {
        const bool of_wires =
            deed{i} == deed::polling || deed{i} == deed::weather || deed{i} == deed::move;
        EXPECT_EQ(wires || !of_wires, crew.granted(deed{i}) > 0) << deed_names[i];
    }
}

class Storm : public suite {
  protected:
    /// A storm, and what it leaves.
    static void rage(uint64_t deeds, std::chrono::seconds time) {
        const uint64_t number = seed();
        std::printf("the storm has NETMAPXX_STORM_SEED=%llu\n",
                    static_cast<unsigned long long>(number));
        const uint32_t buffers = shared_buffers_used();
        const storm_place place;
        std::unique_ptr<veth_pair> cable;
        if (place.has_wires()) {
            cable = std::make_unique<veth_pair>("nmz0", "nmz1");
            ASSERT_OK(cable->error());
        }
        const auto how = [&](unsigned worker, uint64_t its, diary& d) -> storm_crew::job {
            if (worker == traffic) {
                const auto t =
                    std::make_shared<storm_traffic>(d, cable ? "nmz0" : "", cable ? "nmz1" : "");
                return [t] { t->step(); };
            }
            const auto a = std::make_shared<storm_actor>(its, d, place);
            return [a] { a->act(); };
        };
        const auto crew = the_host().embedded() ? storm_of_threads(actors + 1, number, how)
                                                : storm_of_processes(actors + 1, number, how);
        crew->run(deeds, storm_crew::clock::now() + time);
        std::printf("%llu deeds; granted:", static_cast<unsigned long long>(crew->deeds()));
        for (unsigned i = 0; i < deed_names.size(); ++i) {
            std::printf(" %llu %s", static_cast<unsigned long long>(crew->granted(deed{i})),
                        deed_names[i]);
        }
        std::printf("\n");
        const diary& flows = crew->diary_of(traffic);
        EXPECT_LT(0u, flows.arrived(storm_traffic::through_switch));
        EXPECT_LT(0u, flows.arrived(storm_traffic::through_pipe));
        EXPECT_EQ(place.has_wires(), flows.arrived(storm_traffic::through_wire) > 0);
        storm_place::clear();
        EXPECT_EQ(buffers, shared_buffers_used());
        if (time >= 60s) {
            expect_all_granted(*crew, place.has_wires());
        }
    }
};

/// A crew whose worker does three deeds and no more.
void stand_still(std::unique_ptr<storm_crew> (*of)(unsigned, uint64_t, storm_crew::recruit)) {
    const auto crew = of(1, 1, [](unsigned, uint64_t, diary& d) -> storm_crew::job {
        return [&d] {
            d.begins("waits for", "nothing");
            while (d.deeds() == 3) {
                ::pause();
            }
            d.done();
        };
    });
    crew->be_patient_for(300ms);
    crew->run(1000, storm_crew::clock::now() + 1h);
}

TEST(StormCrew, worker_that_stands_still_is_reported_and_all_ends) {
    for (const auto of : {storm_of_threads, storm_of_processes}) {
        EXPECT_EXIT(stand_still(of), ::testing::ExitedWithCode(1),
                    "worker 0 stands still(.|\n)*worker 0 after 3 deeds: waits for nothing");
    }
}

TEST_F(Storm, random_control_operations_while_packets_flow_leave_nothing_behind) {
    rage(rounds(2000), 0s);
}

/// Finds lost pages, which kmemleak does not know. What is lost is lost every time:
/// one of three storms may be disturbed by what else the system keeps.
TEST_F(Storm, soak_takes_no_memory) {
    if (soak() == 0s) {
        GTEST_SKIP() << "NETMAPXX_SOAK_SECONDS says how long";
    }
    rage(rounds(2000), 0s); // what is made once is made
    if (!system_memory::tells()) {
        rage(rounds(200), soak());
        return;
    }
    auto before = system_memory::settled();
    for (const auto time : {soak(), 10s, 10s}) {
        rage(rounds(200), time);
        const auto after = system_memory::settled();
        std::cout << "memory in kB: " << before << " -> " << after << "\n";
        if (HasFailure() || comes_back(before, after)) {
            return;
        }
        before = after;
    }
    ADD_FAILURE() << "storms take memory";
}

} // namespace
} // namespace conformance
