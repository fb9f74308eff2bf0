// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file common_options.hpp
 * Options that several programs take: each is declared here, once. A program
 * declares them where its help is to show them.
 */
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include <netmapxx/options.hpp>

#include "common/cli.hpp"
#include "common/live.hpp"

namespace netmapxx::apps {

/** What every program that moves packets is asked to do. */
struct common_options {
    backend_kind backend = backend_kind::automatic;
    std::chrono::nanoseconds interval = std::chrono::seconds(1); ///< between reports
    live_mode live = live_mode::automatic;
    std::optional<std::string> json{}; ///< "-" is standard output
    int verbosity = 0;
    bool quiet = false;

    [[nodiscard]] bool json_on_stdout() const noexcept { return json == "-"; }
};

/** What the programs that also send are asked to do besides. */
struct sending_options : common_options {
    adapter_choice adapter = adapter_choice::any;
    std::chrono::nanoseconds wait_link{0};
    std::chrono::nanoseconds drain_timeout = std::chrono::seconds(1);
};

/** Options, or a text to print on standard output before ending with 0. */
template <class Options> struct parsed_options {
    std::optional<std::string> text{};
    Options opts{};
};

/** --backend; read_backend() reads it. */
[[nodiscard]] text_option& backend_option(command_line& line, std::string const& group);

/** --live, and how it is read. */
[[nodiscard]] text_option& live_option(command_line& line, std::string const& group);
[[nodiscard]] live_mode read_live(text_option const& option);

/** When and how results are shown: -T, --live and --json. */
class report_words {
  public:
    explicit report_words(command_line& line);
    void read(common_options& o) const;

  private:
    text_option& interval_;
    text_option& live_;
    text_option& json_;
};

/** How much is said: -v, which each program explains for itself, and -q. */
class say_words {
  public:
    say_words(command_line& line, std::string const& verbose);
    void read(common_options& o) const;

  private:
    int& verbose_;
    int& quiet_;
};

/** How ports are opened and left by who sends: -w, --drain-timeout, --backend, --require-native. */
class sending_words {
  public:
    explicit sending_words(command_line& line);
    /** `default_backend` is a name or empty. */
    void read(sending_options& o, std::string_view default_backend) const;

  private:
    text_option& wait_link_;
    text_option& drain_;
    text_option& backend_;
    int& native_;
};

} // namespace netmapxx::apps
