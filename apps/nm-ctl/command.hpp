// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file command.hpp
 * What all commands have in common: options, a backend, and one result that is
 * shown as text or as JSON.
 */
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include <netmapxx/backend.hpp>

#include "common/cli.hpp"
#include "common/env.hpp"
#include "common/exit_code.hpp"
#include "common/messages.hpp"
#include "common/result.hpp"

namespace netmapxx::apps::ctl {

/** A command under way. */
class session {
  public:
    /** `json_file` as given with --json: "-" is standard output. */
    session(std::string const& command, backend_choice backend,
            std::optional<std::string> const& json_file, app_env& env, messages& say);

    [[nodiscard]] backend_kind backend() const noexcept { return backend_.kind; }
    [[nodiscard]] bool named_backend() const noexcept {
        return backend_.origin != backend_origin::automatic;
    }
    [[nodiscard]] app_env& env() const noexcept { return env_; }
    [[nodiscard]] messages& say() const noexcept { return say_; }

    /** True when a program reads standard output: people are shown nothing there. */
    [[nodiscard]] bool json_on_stdout() const noexcept { return json_ && !json_file_; }

    /**
     * Says what the command runs on: a note for the embedded engine, the start
     * line of JSON. The first output does so by itself; a command that was
     * typed wrong says nothing but that.
     */
    void begin();
    /** A JSON line besides start and summary. */
    void write(std::string_view type, json const& fields);
    /** The result: JSON where it was asked for, text unless JSON is on standard output. */
    void finish(result const& r);
    /** True once an output has failed, or its reader has gone. */
    [[nodiscard]] bool output_ended() const;
    /** `code`, unless an output failed and nothing else did. */
    [[nodiscard]] exit_code end(exit_code code);

  private:
    std::string command_;
    backend_choice backend_;
    app_env& env_;
    messages& say_;
    bool begun_ = false;
    std::optional<std::string> json_file_{};
    std::unique_ptr<json_lines> json_{};
};

/** One command: its words, and what it does with them. */
class command {
  public:
    command(command const&) = delete;
    command& operator=(command const&) = delete;
    virtual ~command() = default;

    /** Parses the words behind the command's name and runs it; throws app_failure. */
    [[nodiscard]] exit_code run(std::span<char const* const> args, app_env& env, messages& say);

  protected:
    /** `program` as messages and help show it; `help` are the names of the help flag. */
    command(std::string const& program, std::string name, std::string const& summary,
            std::string const& words, std::string const& help = "-h,--help");

    /** Runs after parsing; throws app_failure, and `error` for what the core refuses. */
    [[nodiscard]] virtual exit_code execute(session& s) = 0;

    /** The words without a dash, at least `least` of them; `what` names them in the message. */
    [[nodiscard]] static std::span<std::string const>
    words_of(text_option const& option, std::size_t least, std::string_view what);

    command_line line_;

  private:
    /** What the core refuses is refused by somebody: begin() says by whom. */
    [[nodiscard]] exit_code execute_or_begin(session& s);

    std::string name_;
    text_option& backend_;
    text_option& json_;
    int& verbose_;
    int& quiet_;
};

} // namespace netmapxx::apps::ctl
