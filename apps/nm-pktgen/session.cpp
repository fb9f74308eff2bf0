// SPDX-License-Identifier: BSD-2-Clause
#include "nm-pktgen/session.hpp"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>
#include <netmapxx/version.hpp>

#include "common/json_values.hpp"
#include "common/ports.hpp"
#include "common/program.hpp"

namespace netmapxx::apps::pktgen {
namespace {

using namespace std::chrono_literals;

/** How often the control thread looks whether all packets of a loop are in. */
constexpr auto drain_tick = 10ms;

template <class Workers> bool ended(Workers const& workers) noexcept {
    return std::ranges::all_of(workers, [](auto const& w) { return w->ended(); });
}

template <class Workers> traffic sum_of(Workers const& workers) noexcept {
    traffic sum;
    for (auto const& w : workers)
        sum += w->counters().read();
    return sum;
}

template <class Workers> std::vector<traffic> rows_of(Workers const& workers) {
    std::vector<traffic> rows;
    for (auto const& w : workers)
        rows.push_back(w->counters().read());
    return rows;
}

/** From the earliest start to the latest end; to `now` while workers run. */
template <class Workers>
std::chrono::nanoseconds time_of(Workers const& workers, time_point now) noexcept {
    auto first = time_point::max();
    auto last = time_point::min();
    for (auto const& w : workers) {
        auto const begun = w->begun();
        if (!begun)
            continue;
        first = std::min(first, *begun);
        last = std::max(last, w->ended() ? w->finished() : now);
    }
    return last > first ? last - first : 0ns;
}

} // namespace

/* ---- opening ---------------------------------------------------------------- */

session::session(options const& o, app_env& env, messages& say)
    : opts_(o), env_(env), say_(say), state_(o, env.clock), output_(o, env, say),
      times_(o.interval) {
    if (o.dump)
        dump_ = std::make_unique<frame_dump>(o.json_on_stdout() ? env.err : env.out);
    if (o.sends()) {
        auto frame = o.frame;
        frame.source = o.source_mac.value_or(mac_for_name(o.port.core_name()));
        frame_ = std::make_unique<frame_template>(frame, o.lowest_size, o.highest_size);
    }
    if (o.receives())
        open_receivers(); // before the senders: what is sent must find them there
    if (o.sends())
        open_senders();
}

session::~session() {
    stop_all();
    for (auto& thread : threads_)
        thread.join();
}

std::vector<port> session::open_ports(port_spec const& spec, direction_set wanted,
                                      bool every_ring) const {
    open_options options{.backend = opts_.backend, .adapter = opts_.adapter};
    if (!has(spec.flags(), spec_flags::rx_only | spec_flags::tx_only) && !spec.is_monitor())
        options.directions = wanted;
    std::vector<port> ports;
    if (opts_.threads == 1)
        ports.push_back(open_port(spec, options));
    else
        ports = open_ring_ports(spec, options);
    auto const rings = [&](port const& p) {
        return wanted == direction_set::rx ? p.rx_rings().size() : p.tx_rings().size();
    };
    std::erase_if(ports, [&](port const& p) { return rings(p) == 0; });
    auto const name = wanted == direction_set::rx ? "rx" : "tx";
    if (ports.empty())
        throw app_failure(exit_code::port,
                          fmt::format("cannot use {}: it has no {} rings", spec.to_string(), name));
    if (every_ring || opts_.threads == 1)
        return ports;
    if (ports.size() < opts_.threads)
        throw app_failure(exit_code::usage, fmt::format("{} threads, but the port has {} {} rings",
                                                        opts_.threads, ports.size(), name));
    if (ports.size() > opts_.threads && wanted == direction_set::rx)
        say_.warning(fmt::format("{} threads serve only the first {} of {} rx rings of {}",
                                 opts_.threads, opts_.threads, ports.size(), spec.to_string()));
    ports.resize(opts_.threads);
    return ports;
}

void session::open_receivers() {
    bool const loop = opts_.sends();
    auto ports = open_ports(loop ? opts_.peer : opts_.port, direction_set::rx, loop);
    for (auto& p : ports)
        receivers_.push_back(std::make_unique<receiver>(
            state_, std::move(p), opts_.verify ? frame_.get() : nullptr, dump_.get()));
}

void session::open_senders() {
    auto ports = open_ports(opts_.port, direction_set::tx, false);
    auto const count = static_cast<std::uint32_t>(ports.size());
    for (std::uint32_t i = 0; i < count; ++i)
        senders_.push_back(std::make_unique<sender>(state_, std::move(ports[i]), *frame_,
                                                    sender::part{i, count}, dump_.get()));
    check_frame_fits(*senders_.front());
}

void session::check_frame_fits(sender const& s) const {
    constexpr std::uint32_t longest_chain = max_fragments;
    auto const slots = s.slots_per_packet();
    auto const most = std::min(longest_chain, s.info().tx_slots - 1);
    if (slots > most)
        throw app_failure(exit_code::usage,
                          fmt::format("-l/--size: {} bytes need {} slots, {} takes at most {}",
                                      opts_.highest_size, slots, s.info().name, most));
}

/* ---- running ---------------------------------------------------------------- */

exit_code session::run() {
    announce();
    pause(env_, opts_.wait_link);
    start();
    watch();
    output_.finish();
    report_summary(true);
    return verdict();
}

void session::announce() {
    auto const& info = senders_.empty() ? receivers_.front()->info() : senders_.front()->info();
    note_backend(say_, info);
    std::string_view const path = senders_.empty() ? "count" : senders_.front()->path_name();
    std::string ports = opts_.port.to_string() + mode_note(info);
    if (opts_.function == function::loop)
        ports += " -> " + opts_.peer.to_string() + mode_note(receivers_.front()->info());
    say_.line(fmt::format("{} {}: {} backend, {} thread{}, {} slots a ring{}",
                          to_string(opts_.function), ports, to_string(info.backend), opts_.threads,
                          opts_.threads == 1 ? "" : "s",
                          senders_.empty() ? info.rx_slots : info.tx_slots,
                          senders_.empty() ? "" : fmt::format(", frames written: {}", path)));
    for (auto const& w : receivers_)
        describe(w->info(), w->info().rx_slots, "rx");
    for (auto const& w : senders_)
        describe(w->info(), w->info().tx_slots, "tx");
    output_.start([&] { return start_json(info, path); });
}

void session::describe(port_info const& info, std::uint32_t slots, std::string_view direction) {
    say_.debug(fmt::format("{}: {} {} rings of {} slots, buffers of {} bytes in region {}",
                           info.spec.to_string(), direction == "tx" ? info.tx_rings : info.rx_rings,
                           direction, slots, info.buffer_size, info.memory_id));
}

json session::start_json(port_info const& info, std::string_view path) const {
    return {{"program", "nm-pktgen"},
            {"version", NETMAPXX_VERSION_STRING},
            {"function", to_string(opts_.function)},
            {"port", opts_.port.to_string()},
            {"peer", opts_.receives() && opts_.sends() ? json(opts_.peer.to_string()) : json()},
            {"backend", to_string(info.backend)},
            {"mode", to_string(info.mode)},
            {"threads", opts_.threads},
            {"burst_pkts", opts_.burst},
            {"fast_path", senders_.empty() ? json() : json(path)},
            {"size_bytes", senders_.empty() ? json() : json(opts_.highest_size)},
            {"lowest_size_bytes", senders_.empty() ? json() : json(opts_.lowest_size)},
            {"count_pkts", opts_.count != 0 ? json(opts_.count) : json()},
            {"rate_pps", opts_.rate != 0 ? json(opts_.rate) : json()},
            {"duration_ns", opts_.duration ? json(opts_.duration->count()) : json()}};
}

void session::start() {
    times_.begin(env_.clock.now());
    auto const launch = [this](worker& w) {
        threads_.emplace_back([this, &w] {
            w.run();
            env_.control.wake();
        });
    };
    for (auto& r : receivers_)
        launch(*r);
    for (auto& s : senders_)
        launch(*s);
}

void session::watch() {
    advance();
    while (!all_ended()) {
        auto const events = env_.control.wait_until(next_event());
        advance();
        if (events.report)
            report_summary(false);
    }
}

/** Looks at everything that can change the course of the run. */
void session::advance() {
    auto const now = env_.clock.now();
    auto const failed = [](auto const& w) { return w->ended() && w->failure() != nullptr; };
    if (std::ranges::any_of(senders_, failed) || std::ranges::any_of(receivers_, failed))
        stop_all();
    if (opts_.duration && times_.elapsed(now) >= *opts_.duration && !stopping_) {
        duration_over_ = true;
        begin_stop();
    }
    if ((env_.control.stop_requested() || output_.lost()) && !stopping_)
        begin_stop();
    check_receivers();
    if (times_.due(now) && !all_ended())
        report_interval(now);
}

/** Senders stop and drain; receivers of a loop end by themselves after that. */
void session::begin_stop() {
    stopping_ = true;
    state_.stop_sending.store(true, std::memory_order_relaxed);
    if (!opts_.sends())
        state_.stop_receiving.store(true, std::memory_order_relaxed);
}

void session::stop_all() noexcept {
    stopping_ = true;
    state_.stop_sending.store(true, std::memory_order_relaxed);
    state_.stop_receiving.store(true, std::memory_order_relaxed);
}

/** Tells the receivers of a loop when nothing more will be sent. */
void session::check_receivers() {
    if (opts_.function != function::loop || !ended(senders_))
        return;
    auto const sent = sum_of(senders_).packets;
    if (!state_.senders_ended.load(std::memory_order_relaxed)) {
        state_.sent_in_all.store(sent, std::memory_order_relaxed);
        state_.senders_ended.store(true, std::memory_order_release);
    }
    if (!opts_.verify && sum_of(receivers_).packets >= sent)
        state_.stop_receiving.store(true, std::memory_order_relaxed);
}

bool session::all_ended() const noexcept {
    return ended(senders_) && ended(receivers_);
}

time_point session::next_event() const noexcept {
    auto next = times_.next();
    if (opts_.duration && !stopping_)
        next = std::min(next, times_.started() + *opts_.duration);
    if (opts_.function == function::loop && ended(senders_))
        next = std::min(next, env_.clock.now() + drain_tick);
    return next;
}

/* ---- reporting -------------------------------------------------------------- */

totals session::read_totals() const noexcept {
    return {sum_of(senders_), sum_of(receivers_)};
}

void session::report_interval(time_point now) {
    interval_report r{
        .now = read_totals(), .elapsed = times_.elapsed(now), .length = times_.length(now)};
    r.delta = {r.now.sent - reported_.sent, r.now.received - reported_.received};
    for (auto& w : receivers_)
        if (auto const least = w->counters().take_least_free())
            r.least_free = std::min(*least, r.least_free.value_or(*least));
    output_.interval(interval_text(opts_, r), [&] { return interval_json(opts_, r); });
    reported_ = r.now;
    times_.reported(now);
}

summary_report session::make_summary(bool final) const {
    auto const now = env_.clock.now();
    return {.sum = read_totals(),
            .sent_for = time_of(senders_, now),
            .received_for = time_of(receivers_, now),
            .final = final,
            .senders = rows_of(senders_),
            .receivers = rows_of(receivers_)};
}

void session::report_summary(bool final) {
    auto const r = make_summary(final);
    output_.summary(summary_text(opts_, r), final, [&] { return summary_json(opts_, r); });
}

/* ---- how it ended ----------------------------------------------------------- */

exit_code session::verdict() {
    if (auto const code = end_code(); code != exit_code::ok)
        return code;
    auto const sum = read_totals();
    if (auto const code = verified(sum); code != exit_code::ok)
        return code;
    return env_.out.broken_pipe() ? exit_code::ok : goal(sum);
}

/** What went wrong with workers and outputs, said and turned into a code. */
exit_code session::end_code() {
    auto code = exit_code::ok;
    for (auto const& w : senders_)
        code = first_failure(code, failure_code(say_, w->failure()));
    for (auto const& w : receivers_)
        code = first_failure(code, failure_code(say_, w->failure()));
    return first_failure(code, output_.failure());
}

exit_code session::verified(totals const& t) {
    if (!opts_.verify)
        return exit_code::ok;
    auto const lost = static_cast<double>(t.received.lost);
    if (lost > opts_.max_loss * static_cast<double>(t.sent.packets))
        say_.error(fmt::format("lost {} of {} packets, more than the {} % allowed", t.received.lost,
                               t.sent.packets, 100 * opts_.max_loss));
    else if (t.received.late + t.received.duplicates + t.received.corrupt != 0)
        say_.error(fmt::format("{} packets late, {} duplicate, {} corrupt", t.received.late,
                               t.received.duplicates, t.received.corrupt));
    else
        return exit_code::ok;
    return exit_code::verification;
}

exit_code session::goal(totals const& t) {
    auto const done = opts_.sends() ? t.sent.packets : t.received.packets;
    if (opts_.count != 0 && done < opts_.count) {
        say_.warning(fmt::format("ended after {} of {} packets", done, opts_.count));
        return exit_code::incomplete;
    }
    if (opts_.count == 0 && opts_.duration && !duration_over_) {
        say_.warning("ended before the duration was over");
        return exit_code::incomplete;
    }
    return exit_code::ok;
}

} // namespace netmapxx::apps::pktgen
