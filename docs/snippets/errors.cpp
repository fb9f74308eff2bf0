// SPDX-License-Identifier: BSD-2-Clause
// Examples of the page on errors, and the test that keeps its table right.
#include <array>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <netmapxx/netmapxx.hpp>

#include "embedded.hpp"

namespace {

namespace nmx = netmapxx;

//! [codes]
bool open_if_free(nmx::port& out, std::string_view spec) {
    std::error_code ec;
    out = nmx::port::open(spec, {}, ec);
    if (ec == nmx::errc::port_busy) // exactly this
        return false;
    if (ec == std::errc::no_such_device) // what std calls it, from whichever layer
        return false;
    return !ec;
}
//! [codes]

//! [conditions]
int exit_status(std::error_code const& ec) {
    if (!ec)
        return 0;
    if (ec == nmx::condition::usage)
        return 2;
    if (ec == nmx::condition::denied)
        return 4;
    return 3; // unavailable, gone
}
//! [conditions]

//! [position]
std::string point_at(std::string_view spec) {
    try {
        nmx::port_spec const parsed{spec};
        return {};
    } catch (nmx::port_spec_error const& e) {
        return fmt::format("{}\n{:>{}} expected {}", spec, '^', e.position() + 1, e.expected());
    }
}
//! [position]

class errors : public docs_tests::embedded {};

TEST_F(errors, reactions) {
    nmx::port first{"vale0:x/x"};
    nmx::port second;
    EXPECT_FALSE(open_if_free(second, "vale0:x/x"));
    EXPECT_TRUE(open_if_free(second, "vale0:y"));
    EXPECT_EQ(exit_status({}), 0);
    EXPECT_EQ(exit_status(nmx::errc::no_such_ring), 2);
    EXPECT_EQ(exit_status(std::make_error_code(std::errc::permission_denied)), 4);
    EXPECT_EQ(exit_status(nmx::errc::port_gone), 3);
    EXPECT_EQ(point_at("vale0:a/q").substr(0, 19), "vale0:a/q\n        ^");
}

// The table's rows as the library has it, in the order of the enumeration.

constexpr std::array code_names{
    "invalid_spec",        "unsupported_option", "backend_unavailable", "version_mismatch",
    "no_such_port",        "port_busy",          "no_such_ring",        "no_host_rings",
    "target_not_active",   "out_of_buffers",     "region_mismatch",     "ring_full",
    "packet_too_large",    "no_chains",          "ring_reset",          "port_gone",
    "buffers_outstanding", "header_required",    "timed_out",           "closed"};

char const* name_of(std::errc code) {
    switch (code) {
    case std::errc::invalid_argument:
        return "invalid_argument";
    case std::errc::not_supported: // operation_not_supported has the same value
        return "not_supported";
    case std::errc::no_such_device:
        return "no_such_device";
    case std::errc::protocol_not_supported:
        return "protocol_not_supported";
    case std::errc::no_such_device_or_address:
        return "no_such_device_or_address";
    case std::errc::device_or_resource_busy:
        return "device_or_resource_busy";
    case std::errc::argument_out_of_domain:
        return "argument_out_of_domain";
    case std::errc::not_connected:
        return "not_connected";
    case std::errc::not_enough_memory:
        return "not_enough_memory";
    case std::errc::cross_device_link:
        return "cross_device_link";
    case std::errc::resource_unavailable_try_again:
        return "resource_unavailable_try_again";
    case std::errc::message_size:
        return "message_size";
    case std::errc::io_error:
        return "io_error";
    case std::errc::wrong_protocol_type:
        return "wrong_protocol_type";
    case std::errc::timed_out:
        return "timed_out";
    case std::errc::bad_file_descriptor:
        return "bad_file_descriptor";
    default:
        return "?";
    }
}

char const* name_of_condition(std::error_code const& ec) {
    constexpr std::array<std::pair<nmx::condition, char const*>, 5> all{
        {{nmx::condition::retry, "retry"},
         {nmx::condition::usage, "usage"},
         {nmx::condition::unavailable, "unavailable"},
         {nmx::condition::denied, "denied"},
         {nmx::condition::gone, "gone"}}};
    for (auto const& [condition, name] : all)
        if (ec == condition)
            return name;
    return "?";
}

std::string row(nmx::errc code) {
    auto const ec = make_error_code(code);
    auto const value = static_cast<int>(code);
    nmx::error const shown{ec, "open", "x"};
    std::string hint{shown.hint().empty() ? "-" : shown.hint()};
    for (std::size_t at = 0; (at = hint.find('@', at)) != std::string::npos; at += 2)
        hint.insert(at, 1, '\\'); // Doxygen has a use of its own for it
    return fmt::format("| `{}` | {} | `{}` | {} | {} |",
                       code_names[static_cast<std::size_t>(value - 1)], ec.message(),
                       name_of(static_cast<std::errc>(ec.default_error_condition().value())),
                       name_of_condition(ec), hint);
}

TEST_F(errors, table_of_the_page_is_that_of_the_library) {
    std::ifstream file{NETMAPXX_DOCS_DIR "/concepts/errors.md"};
    ASSERT_TRUE(file) << NETMAPXX_DOCS_DIR;
    std::stringstream page;
    page << file.rdbuf();
    for (std::size_t i = 1; i <= code_names.size(); ++i) {
        auto const wanted = row(static_cast<nmx::errc>(i));
        EXPECT_NE(page.str().find(wanted), std::string::npos)
            << "the page lacks, or has otherwise:\n"
            << wanted;
    }
    // a code that is new to this test has a message of its own
    auto const next = static_cast<nmx::errc>(code_names.size() + 1);
    EXPECT_EQ(make_error_code(next).message().rfind("unknown error", 0), 0U)
        << "the table lacks \"" << make_error_code(next).message() << '"';
}

} // namespace
