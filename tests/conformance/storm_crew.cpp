// SPDX-License-Identifier: BSD-2-Clause
#include "storm_crew.hpp"

#include <dirent.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <condition_variable>
#include <csignal>
#include <fstream>
#include <mutex>
#include <new>
#include <sstream>
#include <thread>

namespace conformance {
namespace {

constexpr auto a_while = std::chrono::milliseconds(20);
constexpr uint32_t pauses_between_kills = 50;

class crew_of_threads : public storm_crew {
  public:
    using storm_crew::storm_crew;

  private:
    void start(unsigned worker) override {
        ended_.resize(workers());
        threads_.emplace_back([this, worker] {
            work(worker);
            const std::lock_guard guard(lock_);
            ended_[worker] = true;
            change_.notify_all();
        });
    }
    bool ended(unsigned worker) override {
        const std::lock_guard guard(lock_);
        return ended_[worker];
    }
    void pause() override {
        std::unique_lock guard(lock_);
        change_.wait_for(guard, a_while);
    }

    std::mutex lock_;
    std::condition_variable change_;
    std::vector<bool> ended_;
    std::vector<std::jthread> threads_; // last: joined first
};

/// A process that ends with its parent.
class child {
  public:
    explicit child(const std::function<void()>& body) {
        const pid_t parent = ::getpid();
        std::fflush(nullptr);
        pid_ = ::fork();
        if (pid_ == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            if (::getppid() == parent) {
                body();
            }
            std::fflush(nullptr);
            ::_exit(testing::Test::HasFailure() ? 1 : 0);
        }
        fd_ = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
        EXPECT_LE(0, fd_);
    }
    child(const child&) = delete;
    child& operator=(const child&) = delete;
    ~child() {
        kill();
        if (!ended(patience_ms())) {
            ADD_FAILURE() << "process " << pid_ << " does not end";
        }
        ::close(fd_);
    }
    pid_t pid() const { return pid_; }
    pollfd poll_entry() const { return {fd_, POLLIN, 0}; }
    void kill() const {
        if (!reaped_) {
            ::kill(pid_, SIGKILL);
        }
    }
    bool ended(int timeout_ms = 0) {
        pollfd entry = poll_entry();
        if (!reaped_ && ::poll(&entry, 1, timeout_ms) == 1) {
            reaped_ = ::waitpid(pid_, &status_, 0) == pid_;
        }
        return reaped_;
    }
    int status() const { return status_; }

  private:
    pid_t pid_;
    int fd_;
    int status_ = 0;
    bool reaped_ = false;
};

std::string text_of(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

/// Where in the kernel the threads of a process are, if it tells.
std::string stacks_of(pid_t pid) {
    const std::string tasks = "/proc/" + std::to_string(pid) + "/task";
    std::string all;
    DIR* dir = ::opendir(tasks.c_str());
    while (const dirent* entry = dir == nullptr ? nullptr : ::readdir(dir)) {
        if (entry->d_name[0] != '.') {
            const std::string task = tasks + "/" + entry->d_name;
            all += "  thread " + std::string(entry->d_name) + ", " + text_of(task + "/wchan") +
                   "\n" + text_of(task + "/stack");
        }
    }
    if (dir != nullptr) {
        ::closedir(dir);
    }
    return all;
}

class crew_of_processes : public storm_crew {
  public:
    using storm_crew::storm_crew;

  private:
    void start(unsigned worker) override {
        children_.resize(workers());
        children_[worker] = std::make_unique<child>([this, worker] { work(worker); });
    }
    bool ended(unsigned worker) override {
        child& c = *children_[worker];
        if (!c.ended()) {
            return false;
        }
        EXPECT_EQ(0, c.status()) << "worker " << worker;
        return true;
    }
    void pause() override {
        std::vector<pollfd> entries;
        for (const auto& c : children_) {
            entries.push_back(c->poll_entry());
        }
        ::poll(entries.data(), entries.size(), static_cast<int>(a_while.count()));
    }
    void disturb() override {
        if (!one_in(pauses_between_kills)) {
            return;
        }
        const unsigned worker = anybody();
        children_[worker]->kill();
        if (!children_[worker]->ended(patience_ms())) {
            give_up(worker, "was killed and does not end");
        }
        start(worker);
    }
    std::string state_of(unsigned worker) override { return stacks_of(children_[worker]->pid()); }
    void kill_all() override {
        for (const auto& c : children_) {
            c->kill();
        }
    }

    std::vector<std::unique_ptr<child>> children_;
};

} // namespace

storm_crew::storm_crew(unsigned workers, uint64_t seed, recruit how)
    : recruit_(std::move(how)), seed_(seed), random_(seed), board_(nullptr), seen_(workers) {
    void* memory =
        ::mmap(nullptr, sizeof(board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED || workers > most) {
        std::abort();
    }
    board_ = new (memory) board;
}

storm_crew::~storm_crew() {
    ::munmap(board_, sizeof(board));
}

uint64_t storm_crew::deeds() const {
    uint64_t sum = 0;
    for (unsigned i = 0; i < workers(); ++i) {
        sum += diary_of(i).deeds();
    }
    return sum;
}

uint64_t storm_crew::granted(deed d) const {
    uint64_t sum = 0;
    for (unsigned i = 0; i < workers(); ++i) {
        sum += diary_of(i).granted(d);
    }
    return sum;
}

/// One that replaces another goes on with other numbers.
void storm_crew::work(unsigned worker) {
    diary& d = board_->diaries[worker];
    const job next = recruit_(worker, seed_ * most + worker + (d.deeds() << 32), d);
    while (!stopped()) {
        next();
    }
    d.begins("ends", "");
}

void storm_crew::run(uint64_t deeds, clock::time_point until) {
    for (unsigned i = 0; i < workers(); ++i) {
        start(i);
    }
    while (watch(deeds, until)) {
        pause();
        disturb();
    }
    board_->stop = true;
    for (unsigned i = 0; i < workers(); ++i) {
        while (!ended(i)) {
            look(i);
            pause();
        }
    }
}

/// False when it is over.
bool storm_crew::watch(uint64_t deeds, clock::time_point until) {
    bool over = clock::now() >= until;
    for (unsigned i = 0; i < workers(); ++i) {
        look(i);
        over = over && diary_of(i).deeds() >= deeds;
        if (ended(i)) {
            ADD_FAILURE() << "worker " << i << " ended: " << diary_of(i).what() << " "
                          << diary_of(i).where();
            return false;
        }
    }
    return !over;
}

void storm_crew::look(unsigned worker) {
    sight& s = seen_[worker];
    const uint64_t deeds = diary_of(worker).deeds();
    if (deeds != s.deeds) {
        s = {deeds, clock::now()};
    } else if (clock::now() - s.since > patience_) {
        give_up(worker, "stands still");
    }
}

void storm_crew::give_up(unsigned worker, const std::string& why) {
    std::fprintf(stderr, "worker %u %s; seed %llu\n", worker, why.c_str(),
                 static_cast<unsigned long long>(seed_));
    for (unsigned i = 0; i < workers(); ++i) {
        const diary& d = diary_of(i);
        std::fprintf(stderr, "worker %u after %llu deeds: %s %s\n%s", i,
                     static_cast<unsigned long long>(d.deeds()), d.what(), d.where(),
                     state_of(i).c_str());
    }
    std::fflush(nullptr);
    kill_all();
    std::_Exit(1);
}

std::unique_ptr<storm_crew> storm_of_threads(unsigned workers, uint64_t seed,
                                             storm_crew::recruit how) {
    return std::make_unique<crew_of_threads>(workers, seed, std::move(how));
}

std::unique_ptr<storm_crew> storm_of_processes(unsigned workers, uint64_t seed,
                                               storm_crew::recruit how) {
    return std::make_unique<crew_of_processes>(workers, seed, std::move(how));
}

} // namespace conformance
