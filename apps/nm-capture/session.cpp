// SPDX-License-Identifier: BSD-2-Clause
#include "nm-capture/session.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <netmapxx/version.hpp>

#include "common/json_values.hpp"
#include "common/ports.hpp"
#include "common/program.hpp"
#include "nm-capture/file_head.hpp"
#include "nm-capture/opening.hpp"

namespace netmapxx::apps::capture {
namespace {

using namespace std::chrono_literals;

/** How often an absent port is asked for. */
constexpr auto retry = 20ms;

/** Refuses what can be refused before a file is opened. */
options const& checked(options const& o, app_env const& env) {
    if (o.packets_on_stdout() && env.out.is_terminal())
        throw app_failure(exit_code::usage, "-w -: standard output is a terminal",
                          "pipe it into a program, or name a file");
    return o;
}

} // namespace

session::session(options const& o, app_env& env, messages& say)
    : opts_(checked(o, env)), env_(env), say_(say),
      output_(o, env, say, o.packets_on_stdout() ? stdout_use::data : stdout_use::text),
      times_(o.interval) {}

session::~session() {
    join();
}

exit_code session::run() {
    if (!open_ports())
        return opts_.has_goal() ? exit_code::incomplete : exit_code::ok;
    open_file();
    announce();
    start();
    watch();
    join();
    close_file();
    output_.finish();
    report_summary(true);
    return end_code();
}

/* ---- opening ------------------------------------------------------------------------ */

bool session::open_ports() {
    for (auto const& t : opts_.targets) {
        auto p = wait_for(t);
        if (!p)
            return false;
        ports_.push_back(std::move(*p));
        if (opts_.direct && !is_software_port(t.spec) && t.spec.rings().kind != ring_kind::all_host)
            say_.note(fmt::format("{} is cut off from its host stack meanwhile", t.label));
    }
    return true;
}

/** The port; nothing if the run was stopped before it came. */
std::optional<port> session::wait_for(target const& t) {
    auto const deadline = env_.clock.now() + opts_.wait_target.value_or(0ns);
    bool told = false;
    for (;;) {
        auto attempt = try_open(t, opts_);
        if (attempt.opened.is_open())
            return std::move(attempt.opened);
        if (!opts_.wait_target || env_.clock.now() >= deadline)
            throw app_failure(*attempt.why_not);
        if (!told)
            say_.note(fmt::format("waiting up to {} for {}", format_duration(*opts_.wait_target),
                                  t.label));
        told = true;
        static_cast<void>(env_.control.wait_until(std::min(deadline, env_.clock.now() + retry)));
        if (env_.control.stop_requested())
            return std::nullopt;
    }
}

void session::open_file() {
    file_name_ = opts_.file.value_or(default_name(opts_));
    if (opts_.packets_on_stdout())
        file_ = std::make_unique<stream_sink>(env_.out);
    else
        file_ = std::make_unique<file_sink>(file_name_, opts_.group_read);
    std::vector<std::size_t> headers;
    for (auto const& p : ports_)
        headers.push_back(p.info().header_length);
    put(file_head(opts_, headers));
    if (!file_status_ || file_status_ == std::errc::broken_pipe)
        return;
    throw app_failure(output_code(file_status_),
                      fmt::format("cannot write {}: {}", file_text(), file_status_.message()));
}

/** Writes from this thread, while the writer does not run. */
void session::put(std::span<std::byte const> bytes) {
    std::size_t done = 0;
    auto const ec = file_->write(bytes, done);
    if (ec && done != 0 && file_->take_back(done))
        done = 0;
    file_bytes_ += done;
    if (!file_status_)
        file_status_ = ec;
}

void session::start() {
    round_ =
        std::make_unique<chunk_round>(opts_.buffer_bytes, recorder::largest_block(opts_.snaplen));
    writer_ = std::make_unique<writer>(*round_, *file_, env_.control, opts_.format, ports_.size());
    capturer_ = std::make_unique<capturer>(opts_, env_, say_, *round_, file_bytes_);
    for (std::size_t i = 0; i < ports_.size(); ++i)
        capturer_->add_source(opts_.targets[i], std::move(ports_[i]));
    ports_.clear();
    times_.begin(env_.clock.now());
    writing_ = std::thread([this] { writer_->run(); });
    capturing_ = std::thread([this] { capturer_->run(); });
}

void session::announce() {
    note_backend(say_, ports_.front().info());
    std::string points;
    for (std::size_t i = 0; i < ports_.size(); ++i)
        points +=
            fmt::format("{}{}{} ({}, {} ring{})", i == 0 ? "" : ", ", opts_.targets[i].label,
                        mode_note(ports_[i].info()), opts_.targets[i].description,
                        ports_[i].rx_rings().size(), ports_[i].rx_rings().size() == 1 ? "" : "s");
    say_.line(fmt::format("{} -> {}: {}, snap length {}, {} backend", points, file_text(),
                          file_format_names[static_cast<std::size_t>(opts_.format)], opts_.snaplen,
                          to_string(ports_.front().info().backend)));
    output_.start([&] { return start_json(); });
}

json session::start_json() const {
    json ports = json::array();
    for (std::size_t i = 0; i < ports_.size(); ++i)
        ports.push_back({{"port", opts_.targets[i].label},
                         {"kind", opts_.targets[i].description},
                         {"mode", to_string(ports_[i].mode())},
                         {"rings", ports_[i].rx_rings().size()},
                         {"header_bytes", ports_[i].info().header_length}});
    auto const name = [](auto const& names, auto value) {
        return names[static_cast<std::size_t>(value)];
    };
    return {{"program", "nm-capture"},
            {"version", NETMAPXX_VERSION_STRING},
            {"ports", ports},
            {"file", opts_.packets_on_stdout() ? "-" : file_name_},
            {"format", name(file_format_names, opts_.format)},
            {"snaplen_bytes", opts_.snaplen},
            {"filter", opts_.filter.empty() ? json(nullptr) : json(opts_.filter)},
            {"direction", name(wanted_direction_names, opts_.direction)},
            {"time", name(time_source_names, opts_.time)},
            {"on_overflow", name(on_overflow_names, opts_.overflow)},
            {"buffer_bytes", opts_.buffer_bytes},
            {"backend", to_string(ports_.front().info().backend)}};
}

/* ---- running ------------------------------------------------------------------------ */

bool session::should_stop() {
    if (opts_.most_time && times_.elapsed(env_.clock.now()) >= *opts_.most_time)
        time_is_over_ = true;
    reader_gone_ = reader_gone_ || file_->reader_gone();
    return reader_gone_ || time_is_over_ || env_.control.stop_requested() || writer_->failed() ||
           file_status_ || output_.lost();
}

void session::watch() {
    while (!capturer_->ended()) {
        if (should_stop())
            capturer_->stop();
        auto const now = env_.clock.now();
        if (times_.due(now))
            report_interval(now);
        if (interim_wanted_ && capturer_->statistics_done()) {
            interim_wanted_ = false;
            report_summary(false);
        }
        auto next = times_.next();
        if (opts_.most_time && !time_is_over_)
            next = std::min(next, times_.started() + *opts_.most_time);
        if (env_.control.wait_until(next).report) {
            capturer_->request_statistics();
            interim_wanted_ = true;
        }
    }
}

capture_report session::read_all() const {
    bool const final = !writing_.joinable();
    capture_report rows;
    for (std::size_t i = 0; i < capturer_->sources(); ++i)
        rows.push_back({capturer_->at(i).point().label, capturer_->at(i).counters().read(),
                        final ? writer_->lost()[i] : 0});
    return rows;
}

void session::report_interval(time_point now) {
    auto const rows = read_all();
    auto const sum = total(rows).counts;
    auto const elapsed = times_.elapsed(now);
    auto const length = times_.length(now);
    output_.interval(interval_text(sum, reported_, elapsed, length),
                     [&] { return interval_json(rows, reported_, elapsed, length); });
    reported_ = sum;
    times_.reported(now);
}

void session::report_summary(bool final) {
    auto const rows = read_all();
    output_.summary(summary_text(rows, file_bytes_), final, [&] {
        return summary_json(rows, file_bytes_, times_.elapsed(env_.clock.now()), final);
    });
}

/* ---- the end ------------------------------------------------------------------------ */

/** The capture gives its last chunk to the writer, which then ends, too. */
void session::join() {
    if (capturer_)
        capturer_->stop();
    if (capturing_.joinable())
        capturing_.join();
    if (round_)
        round_->close(); // if there never was a capture
    if (writing_.joinable())
        writing_.join();
}

/** Counters behind the last packet, also on a disk that is full. */
void session::close_file() {
    if (writer_->failed())
        file_status_ = writer_->status();
    else if (reader_gone_)
        file_status_ = std::make_error_code(std::errc::broken_pipe);
    file_bytes_ += writer_->bytes();
    auto const rows = read_all();
    if (opts_.format == file_format::pcapng && file_status_ != std::errc::broken_pipe)
        for (std::size_t i = 0; i < rows.size(); ++i) {
            auto counts = rows[i].counts;
            counts.recorded = rows[i].written();
            counts.dropped = rows[i].dropped();
            put(pcapng::block(capturer_->at(i).statistics(counts)));
        }
    auto const ec = file_->close();
    if (!file_status_)
        file_status_ = ec;
}

std::string session::file_text() const {
    return opts_.packets_on_stdout() ? "standard output" : fmt::format("'{}'", file_name_);
}

exit_code session::file_code() {
    if (!file_status_ || file_status_ == std::errc::broken_pipe)
        return exit_code::ok;
    say_.error(fmt::format("cannot write {}: {}", file_text(), file_status_.message()));
    return output_code(file_status_);
}

/** Whose reader went away has nobody left to tell that a goal was missed. */
exit_code session::goal_code() {
    bool const nobody_reads = file_status_ == std::errc::broken_pipe || env_.out.broken_pipe();
    if (!opts_.has_goal() || capturer_->enough() || time_is_over_ || nobody_reads)
        return exit_code::ok;
    auto const written = total(read_all()).written();
    say_.error(opts_.most_packets
                   ? fmt::format("ended after {} of {} packets", written, *opts_.most_packets)
                   : fmt::format("ended after {} packets, before the goal", written));
    return exit_code::incomplete;
}

exit_code session::end_code() {
    auto code = failure_code(say_, capturer_->failure());
    code = first_failure(code, file_code());
    code = first_failure(code, output_.failure());
    return code == exit_code::ok ? goal_code() : code;
}

} // namespace netmapxx::apps::capture
