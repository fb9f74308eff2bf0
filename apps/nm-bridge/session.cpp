// SPDX-License-Identifier: BSD-2-Clause
#include "nm-bridge/session.hpp"

#include <fmt/format.h>
#include <netmapxx/version.hpp>

#include "common/json_values.hpp"
#include "common/ports.hpp"
#include "common/program.hpp"

namespace netmapxx::apps::bridge {

session::session(options const& o, app_env& env, messages& say)
    : opts_(o), env_(env), say_(say), output_(o, env, say), times_(o.interval),
      mover_(o, env.clock, say) {
    open_ports();
    add_lanes();
}

session::~session() {
    mover_.stop();
    if (thread_.joinable())
        thread_.join();
}

void session::open_ports() {
    open_options options{
        .backend = opts_.backend, .adapter = opts_.adapter, .keep_offloads = opts_.offloads};
    first_ = open_port(opts_.first, options);
    if (opts_.loopback)
        return;
    if (opts_.one_way)
        options.directions = direction_set::tx;
    second_ = open_port(opts_.second, options);
    if (opts_.require_zero_copy && !zero_copy())
        throw app_failure(
            exit_code::port,
            fmt::format("{} and {} do not share memory", opts_.first_label, opts_.second_label),
            "open both in one region, as with @1 or @share=PORT");
}

void session::add_lanes() {
    lane::settings const s{.burst = opts_.burst,
                           .mode = opts_.copy ? transfer_mode::copy_only : transfer_mode::automatic,
                           .full = opts_.full};
    auto const add = [&](port& from, port& to, std::string const& source,
                         std::string const& target) {
        if (from.rx_rings().empty())
            throw app_failure(exit_code::port, fmt::format("{} has no rx rings", source));
        if (to.tx_rings().empty())
            throw app_failure(exit_code::port, fmt::format("{} has no tx rings", target));
        mover_.add_lane(from, to, fmt::format("{} -> {}", source, target), s);
    };
    port& target = opts_.loopback ? first_ : second_;
    auto const& target_label = opts_.loopback ? opts_.first_label : opts_.second_label;
    add(first_, target, opts_.first_label, target_label);
    if (!opts_.loopback && !opts_.one_way)
        add(second_, first_, opts_.second_label, opts_.first_label);
    reported_.resize(mover_.lanes());
}

bool session::zero_copy() const noexcept {
    return !opts_.copy && (opts_.loopback || first_.memory() == second_.memory());
}

exit_code session::run() {
    announce();
    pause(env_, opts_.wait_link);
    times_.begin(env_.clock.now());
    thread_ = std::thread([this] {
        mover_.run();
        env_.control.wake();
    });
    watch();
    output_.finish();
    report_summary(true);
    return end_code();
}

void session::announce() {
    note_backend(say_, first_.info());
    auto const& target = opts_.loopback ? first_ : second_;
    auto const& label = opts_.loopback ? opts_.first_label : opts_.second_label;
    auto const way = opts_.loopback || opts_.one_way ? "->" : "<->";
    auto const copying = zero_copy() ? "zero copy" : "copy";
    say_.line(fmt::format("{} {} {}: {}, {}x{} rings, burst {}, {} backend",
                          opts_.first_label + mode_note(first_.info()), way,
                          label + mode_note(target.info()), copying, first_.rx_rings().size(),
                          target.tx_rings().size(), opts_.burst, to_string(first_.info().backend)));
    output_.start([&]() -> json {
        return {{"program", "nm-bridge"},
                {"version", NETMAPXX_VERSION_STRING},
                {"first", opts_.first_label},
                {"second", label},
                {"first_mode", to_string(first_.mode())},
                {"second_mode", to_string(target.mode())},
                {"zero_copy", zero_copy()},
                {"offloads", opts_.offloads},
                {"one_way", opts_.one_way},
                {"loopback", opts_.loopback},
                {"on_full", on_full_names[static_cast<std::size_t>(opts_.full)]},
                {"burst_slots", opts_.burst},
                {"backend", to_string(first_.info().backend)}};
    });
}

bool session::should_stop() const {
    return env_.control.stop_requested() || output_.lost();
}

void session::watch() {
    while (!mover_.ended()) {
        if (should_stop())
            mover_.stop();
        auto const now = env_.clock.now();
        if (times_.due(now))
            report_interval(now);
        if (env_.control.wait_until(times_.next()).report)
            report_summary(false);
    }
}

std::vector<lane_report> session::read_lanes(bool since_last_report) {
    std::vector<lane_report> lanes;
    for (std::size_t i = 0; i < mover_.lanes(); ++i)
        lanes.push_back(
            {mover_.name(i), mover_.counts(i), since_last_report ? reported_[i] : lane_counts{}});
    return lanes;
}

void session::report_interval(time_point now) {
    auto const lanes = read_lanes(true);
    auto const elapsed = times_.elapsed(now);
    auto const length = times_.length(now);
    output_.interval(interval_text(lanes, elapsed, length),
                     [&] { return interval_json(lanes, elapsed, length); });
    for (std::size_t i = 0; i < lanes.size(); ++i)
        reported_[i] = lanes[i].now;
    times_.reported(now);
}

void session::report_summary(bool final) {
    auto const lanes = read_lanes(false);
    auto const duration = times_.elapsed(env_.clock.now());
    output_.summary(summary_text(lanes, duration), final,
                    [&] { return summary_json(lanes, duration, final); });
}

exit_code session::end_code() {
    auto const code = failure_code(say_, mover_.failure());
    return first_failure(code, output_.failure());
}

} // namespace netmapxx::apps::bridge
