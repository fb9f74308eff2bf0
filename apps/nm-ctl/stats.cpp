// SPDX-License-Identifier: BSD-2-Clause
#include "nm-ctl/stats.hpp"

#include <fmt/format.h>
#include <netmapxx/error.hpp>
#include <netmapxx/vale.hpp>

#include "common/common_options.hpp"
#include "common/live.hpp"
#include "common/ports.hpp"
#include "nm-ctl/counters.hpp"
#include "nm-ctl/names.hpp"

namespace netmapxx::apps::ctl {
namespace {

using namespace std::chrono_literals;

result describe(std::vector<port_counters> const& counters, bool interim) {
    return {.text = counters_text(counters),
            .fields = {{"interim", interim}, {"ports", counters_json(counters)}}};
}

/** Reads the same ports again and again. */
class watched_ports {
  public:
    /** One port, or all ports of switches. */
    watched_ports(std::optional<port_spec> only, backend_kind backend)
        : only_(std::move(only)), backend_(backend) {}

    /** Throws `error`; ports of switches may come and go meanwhile. */
    [[nodiscard]] std::vector<port_counters> read() const {
        if (only_)
            return {{only_->core_name(), core_stats(*only_, backend_)}};
        std::vector<port_counters> all;
        for (auto const& p : vale::list(backend_)) {
            std::error_code ec;
            auto stats = core_stats(read_exact_port(p.name), ec, backend_);
            if (ec != errc::no_such_port)
                all.push_back({p.name, std::move(stats)});
        }
        return all;
    }

  private:
    std::optional<port_spec> only_;
    backend_kind backend_;
};

/** Shows rates at each interval until somebody stops it. */
class watch {
  public:
    watch(session& s, watched_ports const& ports, std::chrono::nanoseconds interval, bool quiet,
          live_mode mode)
        : s_(s), ports_(ports), interval_(interval), live_(s.env().err, mode, quiet) {}

    /** The counters at the end. */
    [[nodiscard]] std::vector<port_counters> run() {
        auto now = ports_.read(); // what cannot be read now was asked for wrongly
        s_.begin();
        started_ = last_ = s_.env().clock.now();
        try {
            now = until_stopped(std::move(now));
        } catch (error const& e) { // it could be read before: it went away
            live_.finish();
            throw app_failure(runtime_code(e.code()), e.what(), std::string(e.hint()));
        }
        live_.finish();
        return now;
    }

  private:
    std::vector<port_counters> until_stopped(std::vector<port_counters> now) {
        auto& control = s_.env().control;
        auto next = started_ + interval_;
        while (!control.stop_requested() && !s_.output_ended()) {
            if (control.wait_until(next).report)
                show_interim();
            if (s_.env().clock.now() < next)
                continue;
            now = report(std::move(now));
            while (next <= last_)
                next += interval_;
        }
        return ports_.read();
    }

    void show_interim() {
        live_.finish();
        auto r = describe(ports_.read(), true);
        r.text.insert(0, "interim:\n");
        s_.finish(r);
    }

    std::vector<port_counters> report(std::vector<port_counters> before) {
        auto after = ports_.read();
        auto const time = s_.env().clock.now();
        auto const rates = rates_between(before, after, time - last_);
        live_.show(rates_text(rates, time - started_));
        s_.write("interval", rates_json(rates, time - started_, time - last_));
        last_ = time;
        return after;
    }

    session& s_;
    watched_ports const& ports_;
    std::chrono::nanoseconds interval_;
    live_view live_;
    time_point started_{};
    time_point last_{};
};

class stats_command : public command {
  public:
    stats_command()
        : command(
              "nm-ctl stats", "stats",
              "Shows what the core counted for a port, or for all switch ports; drops by reason.",
              "[PORT] [options]") {}

  protected:
    exit_code execute(session& s) override {
        std::optional<port_spec> only;
        if (port_.given())
            only = parse_port("PORT", port_.text());
        auto const mode = read_live(live_);
        auto const interval = read_duration(interval_, 1ms, 10ms, 0ns);
        watched_ports const ports(std::move(only), s.backend());
        auto const counters =
            interval > 0ns ? watch(s, ports, interval, s.say().quiet(), mode).run() : ports.read();
        s.finish(describe(counters, false));
        return exit_code::ok;
    }

  private:
    text_option& port_ = line_.positionals("PORT", "an existing port", 1);
    text_option& interval_ = line_.option("Statistics", "-T,--report-interval", "MS",
                                          "show rates again and again, until stopped (least 10)");
    text_option& live_ = live_option(line_, "Statistics");
};

} // namespace

std::unique_ptr<command> make_stats() {
    return std::make_unique<stats_command>();
}

} // namespace netmapxx::apps::ctl
