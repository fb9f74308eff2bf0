// SPDX-License-Identifier: BSD-2-Clause
// One of those who do control operations at random: opens ports of every kind,
// sends, receives, closes, attaches, unplugs.
#pragma once

#include "fixture.hpp"
#include "storm_diary.hpp"
#include "wire.hpp"

namespace conformance {

/// Where a storm happens; all its actors share it.
class storm_place {
  public:
    storm_place();
    ~storm_place();
    storm_place(const storm_place&) = delete;
    storm_place& operator=(const storm_place&) = delete;

    /// There are interfaces that come and go.
    bool has_wires() const { return here_ != nullptr; }
    const network_namespace& here() const { return *here_; }
    const network_namespace& attic() const { return *attic_; }
    /// Whatever the storm left by request goes.
    static void clear();

  private:
    std::unique_ptr<network_namespace> here_;
    std::unique_ptr<network_namespace> attic_;
};

class storm_actor {
  public:
    storm_actor(uint64_t seed, diary& d, const storm_place& place)
        : random_(seed), diary_(d), place_(place) {}
    void act();

  private:
    const char* begin(const char* what, std::initializer_list<const char*> names);
    const char* any_port(const char* what);
    void note(err e);
    reg wish();
    void step(const ring& r);
    void steps(const descriptor& d, const std::vector<ring>& rings);

    void make_port();
    void remove_port();
    void attach();
    void detach();
    void polling();
    void header_length();
    void ask();
    void use();
    void use_with_offsets();
    void use_own_memory();
    void use_the_old_way();
    void run_loop();
    void weather();
    void move();

    sequence random_;
    deed now_ = deed::use;
    diary& diary_;
    const storm_place& place_;
};

} // namespace conformance
