// SPDX-License-Identifier: BSD-2-Clause
// Workers that do one deed after the other, and who watches them: as threads, or
// as processes, one of which is killed now and then and replaced. A worker that
// stands still for too long is reported with what it was doing, and all ends.
#pragma once

#include "fixture.hpp"
#include "storm_diary.hpp"

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <vector>

namespace conformance {

class storm_crew {
  public:
    using job = std::function<void()>;
    /// Called where the worker is to work; what it returns is called over and over.
    using recruit = std::function<job(unsigned worker, uint64_t seed, diary&)>;
    using clock = std::chrono::steady_clock;

    storm_crew(unsigned workers, uint64_t seed, recruit how);
    storm_crew(const storm_crew&) = delete;
    storm_crew& operator=(const storm_crew&) = delete;
    virtual ~storm_crew();

    /// How long a deed may take.
    void be_patient_for(std::chrono::milliseconds time) { patience_ = time; }
    /// Until everybody did `deeds`, and it is that late.
    void run(uint64_t deeds, clock::time_point until);
    const diary& diary_of(unsigned worker) const { return board_->diaries[worker]; }
    uint64_t granted(deed d) const;
    uint64_t deeds() const;

  protected:
    static constexpr unsigned most = 8;
    /// What all workers see, be they processes.
    struct board {
        std::atomic<bool> stop = false;
        std::array<diary, most> diaries;
    };

    /// A worker's life.
    void work(unsigned worker);
    bool stopped() const { return board_->stop; }
    unsigned workers() const { return static_cast<unsigned>(seen_.size()); }
    bool one_in(uint32_t n) { return random_.below(n) == 0; }
    unsigned anybody() { return random_.below(workers()); }
    /// Says what everybody does, and ends the program: whatever holds up a worker
    /// might hold up everything that follows.
    [[noreturn]] void give_up(unsigned worker, const std::string& why);

    virtual void start(unsigned worker) = 0;
    virtual bool ended(unsigned worker) = 0;
    /// A short while, or less if somebody ends.
    virtual void pause() = 0;
    /// What else may happen to workers.
    virtual void disturb() {}
    virtual std::string state_of(unsigned) { return {}; }
    virtual void kill_all() {}

  private:
    struct sight {
        uint64_t deeds = 0;
        clock::time_point since = clock::now();
    };
    void look(unsigned worker);
    bool watch(uint64_t deeds, clock::time_point until);

    recruit recruit_;
    uint64_t seed_;
    std::chrono::milliseconds patience_ = patience();
    sequence random_;
    board* board_;
    std::vector<sight> seen_;
};

std::unique_ptr<storm_crew> storm_of_threads(unsigned workers, uint64_t seed,
                                             storm_crew::recruit how);
std::unique_ptr<storm_crew> storm_of_processes(unsigned workers, uint64_t seed,
                                               storm_crew::recruit how);

} // namespace conformance
