// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file ctl_support.hpp
 * Runs of nm-ctl inside this process, from beginning to end.
 */
#pragma once

#include <fstream>

#include "json_schema.hpp"
#include "nm-ctl/ctl.hpp"
#include "support.hpp"

namespace netmapxx::apps::test {

struct outcome {
    int status = -1;
    std::string out{};
    std::string err{};

    /** The first line on standard error that is no note. */
    [[nodiscard]] std::string complaint() const {
        for (auto const& line : lines_of(err))
            if (line.find(": note: ") == std::string::npos)
                return line;
        return {};
    }
};

template <class Program>
[[nodiscard]] outcome run_to_end(Program& program, std::vector<std::string> const& words,
                                 std::string const& backend = "embedded") {
    std::vector<char const*> args;
    for (auto const& word : words)
        args.push_back(word.c_str());
    string_out out;
    string_out err;
    run_control control;
    run_clock const clock;
    app_env env{out, err, control, clock, backend};
    int const status = program(args, env);
    return {status, out.str(), err.str()};
}

[[nodiscard]] inline outcome run_ctl(std::vector<std::string> const& words) {
    return run_to_end(ctl::run, words);
}

[[nodiscard]] inline outcome run_classic(std::vector<std::string> const& words) {
    return run_to_end(ctl::run_classic, words);
}

/** The summary of a command with --json; each of its lines is checked against the schema. */
[[nodiscard]] inline nlohmann::json summary_of(std::vector<std::string> words,
                                               int expected_status = 0) {
    static json_schema const schema(
        nlohmann::json::parse(std::ifstream(NM_CTL_SCHEMA), nullptr, false));
    auto const command = words.front();
    words.push_back("--json");
    auto const r = run_ctl(words);
    EXPECT_EQ(r.status, expected_status) << r.err;
    auto const lines = json_of(r.out);
    EXPECT_EQ(lines.size(), 2U) << r.out;
    if (lines.size() != 2)
        return {};
    EXPECT_EQ(schema.check("start", lines[0]), "");
    EXPECT_EQ(lines[0]["command"], command);
    EXPECT_EQ(schema.check(command, lines[1]), "") << r.out;
    return lines[1];
}

} // namespace netmapxx::apps::test
