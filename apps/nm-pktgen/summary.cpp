// SPDX-License-Identifier: BSD-2-Clause
#include "nm-pktgen/summary.hpp"

#include <fmt/format.h>

#include "common/json_values.hpp"
#include "common/units.hpp"

namespace netmapxx::apps::pktgen {
namespace {

/** CRC 4, preamble and delimiter 8, gap 12. */
constexpr std::uint64_t framing_bytes = 24;

double per_second(std::uint64_t n, std::chrono::nanoseconds t) {
    return t.count() > 0 ? static_cast<double>(n) * 1e9 / static_cast<double>(t.count()) : 0;
}

double batch_mean(traffic const& t) {
    return t.events == 0 ? 0 : static_cast<double>(t.packets) / static_cast<double>(t.events);
}

std::optional<double> known(bool when, double value) {
    return when ? std::optional(value) : std::nullopt;
}

std::string rates(options const& o, traffic const& t, std::chrono::nanoseconds time) {
    return fmt::format("{}, {}", format_scaled(per_second(t.packets, time), "pps", o.plain_numbers),
                       format_scaled(8 * per_second(t.bytes, time), "bps", o.plain_numbers));
}

std::string summary_line(options const& o, std::string_view name, traffic const& t,
                         std::chrono::nanoseconds time) {
    if (t.packets == 0)
        return fmt::format("{}: no packets\n", name);
    return fmt::format("{}: {} packets, {} bytes in {}: {}, batch {:.1f}\n", name, t.packets,
                       t.bytes, format_duration(time), rates(o, t, time), batch_mean(t));
}

std::string loss_line(options const& o, totals const& t) {
    auto const lost = lost_in_loop(o, t);
    auto const share = t.sent.packets == 0 ? 0
                                           : 100.0 * static_cast<double>(lost) /
                                                 static_cast<double>(t.sent.packets);
    auto text = fmt::format("lost {} ({:.4f} %)", lost, share);
    if (o.verify)
        text += fmt::format(", late {}, duplicate {}, corrupt {}, foreign {}", t.received.late,
                            t.received.duplicates, t.received.corrupt, t.received.foreign);
    return text + "\n";
}

json thread_rows(std::vector<traffic> const& senders, std::vector<traffic> const& receivers) {
    json rows = json::array();
    auto const add = [&](char const* direction, std::vector<traffic> const& list) {
        for (std::size_t i = 0; i < list.size(); ++i)
            rows.push_back({{"direction", direction},
                            {"thread", i},
                            {"pkts", list[i].packets},
                            {"bytes", list[i].bytes},
                            {"events", list[i].events}});
    };
    add("tx", senders);
    add("rx", receivers);
    return rows;
}

/** The side whose rates stand for the run: what arrived, if something should. */
traffic const& main_side(options const& o, totals const& t) {
    return o.receives() ? t.received : t.sent;
}

} // namespace

std::uint64_t lost_in_loop(options const& o, totals const& t) noexcept {
    if (o.verify)
        return t.received.lost;
    return t.sent.packets - std::min(t.sent.packets, t.received.packets);
}

std::string interval_text(options const& o, interval_report const& r) {
    std::string text;
    if (o.sends())
        text += fmt::format("tx {}, batch {:.1f}, full {}", rates(o, r.delta.sent, r.length),
                            batch_mean(r.delta.sent), r.delta.sent.full_events);
    if (o.receives()) {
        text += fmt::format("{}rx {}, batch {:.1f}", text.empty() ? "" : " | ",
                            rates(o, r.delta.received, r.length), batch_mean(r.delta.received));
        if (r.least_free)
            text += fmt::format(", least free {}", *r.least_free);
    }
    if (o.verify)
        text += fmt::format(" | late {}, duplicate {}, corrupt {}", r.delta.received.late,
                            r.delta.received.duplicates, r.delta.received.corrupt);
    return fmt::format("{:9.3f} s: {}", std::chrono::duration<double>(r.elapsed).count(), text);
}

json interval_json(options const& o, interval_report const& r) {
    json j{{"elapsed_ns", r.elapsed.count()}, {"interval_ns", r.length.count()}};
    auto const side = [&](std::string const& name, bool present, traffic const& now,
                          traffic const& delta) {
        if (!present)
            return;
        j[name + "_pkts"] = now.packets;
        j[name + "_bytes"] = now.bytes;
        j[name + "_pps"] = per_second(delta.packets, r.length);
        j[name + "_bps"] = 8 * per_second(delta.bytes, r.length);
        j[name + "_batch_mean_pkts"] = json_or_null(known(delta.events != 0, batch_mean(delta)));
    };
    side("tx", o.sends(), r.now.sent, r.delta.sent);
    side("rx", o.receives(), r.now.received, r.delta.received);
    if (o.sends())
        j["ring_full_events"] = r.delta.sent.full_events;
    if (o.receives())
        j["rx_least_free_slots"] = json_or_null(r.least_free);
    if (o.verify) {
        j["late_pkts"] = r.delta.received.late;
        j["dup_pkts"] = r.delta.received.duplicates;
        j["corrupt_pkts"] = r.delta.received.corrupt;
    }
    return j;
}

std::string summary_text(options const& o, summary_report const& r) {
    std::string text;
    if (o.sends()) {
        text += summary_line(o, "tx " + o.port.to_string(), r.sum.sent, r.sent_for);
        if (r.final && r.sum.sent.completed < r.sum.sent.packets)
            text += fmt::format("completed {} of them, {} still under way\n", r.sum.sent.completed,
                                r.sum.sent.packets - r.sum.sent.completed);
        if (r.sum.sent.behind != 0)
            text += fmt::format("{} packets behind schedule\n", r.sum.sent.behind);
    }
    if (o.receives())
        text += summary_line(o, "rx " + (o.sends() ? o.peer : o.port).to_string(), r.sum.received,
                             r.received_for);
    if (o.function == function::loop && r.final)
        text += loss_line(o, r.sum);
    return text;
}

json summary_json(options const& o, summary_report const& r) {
    auto const& main = main_side(o, r.sum);
    auto const time = o.receives() ? r.received_for : r.sent_for;
    bool const some = main.packets != 0 && time.count() > 0;
    auto const framed = main.bytes + framing_bytes * main.packets;
    auto const count = [](bool when, std::uint64_t n) { return when ? json(n) : json(nullptr); };
    bool const loop = o.function == function::loop;
    return {{"interim", !r.final},
            {"tx_queued_pkts", count(o.sends(), r.sum.sent.packets)},
            {"tx_completed_pkts", count(o.sends() && r.final, r.sum.sent.completed)},
            {"rx_pkts", count(o.receives(), r.sum.received.packets)},
            {"bytes", main.bytes},
            {"events", main.events},
            {"duration_ns", time.count()},
            {"pps_mean", json_or_null(known(some, per_second(main.packets, time)))},
            {"bps_mean", json_or_null(known(some, 8 * per_second(main.bytes, time)))},
            {"bps_framed", json_or_null(known(some, 8 * per_second(framed, time)))},
            {"batch_mean", json_or_null(known(main.events != 0, batch_mean(main)))},
            {"lost_pkts", count(loop && r.final, lost_in_loop(o, r.sum))},
            {"late_pkts", count(o.verify, r.sum.received.late)},
            {"dup_pkts", count(o.verify, r.sum.received.duplicates)},
            {"corrupt_pkts", count(o.verify, r.sum.received.corrupt)},
            {"foreign_pkts", count(o.verify, r.sum.received.foreign)},
            {"behind_pkts", count(o.rate != 0, r.sum.sent.behind)},
            {"ring_full_events", count(o.sends(), r.sum.sent.full_events)},
            {"threads", thread_rows(r.senders, r.receivers)}};
}

} // namespace netmapxx::apps::pktgen
