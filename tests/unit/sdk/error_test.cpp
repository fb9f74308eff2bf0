// SPDX-License-Identifier: BSD-2-Clause
// Codes, conditions, texts; and the small parts: version, backend names.
#include <cstdlib>

#include <gtest/gtest.h>

#include <netmapxx/netmapxx.hpp>

namespace netmapxx_tests {

namespace {

namespace nmx = netmapxx;

struct row {
    nmx::errc code;
    std::errc equals;
    nmx::condition cond;
};

constexpr row rows[] = {
    {nmx::errc::invalid_spec, std::errc::invalid_argument, nmx::condition::usage},
    {nmx::errc::unsupported_option, std::errc::not_supported, nmx::condition::usage},
    {nmx::errc::backend_unavailable, std::errc::no_such_device, nmx::condition::unavailable},
    {nmx::errc::version_mismatch, std::errc::protocol_not_supported, nmx::condition::unavailable},
    {nmx::errc::no_such_port, std::errc::no_such_device_or_address, nmx::condition::unavailable},
    {nmx::errc::port_busy, std::errc::device_or_resource_busy, nmx::condition::unavailable},
    {nmx::errc::no_such_ring, std::errc::argument_out_of_domain, nmx::condition::usage},
    {nmx::errc::no_host_rings, std::errc::operation_not_supported, nmx::condition::usage},
    {nmx::errc::target_not_active, std::errc::not_connected, nmx::condition::unavailable},
    {nmx::errc::out_of_buffers, std::errc::not_enough_memory, nmx::condition::unavailable},
    {nmx::errc::region_mismatch, std::errc::cross_device_link, nmx::condition::usage},
    {nmx::errc::ring_full, std::errc::resource_unavailable_try_again, nmx::condition::retry},
    {nmx::errc::packet_too_large, std::errc::message_size, nmx::condition::usage},
    {nmx::errc::no_chains, std::errc::operation_not_supported, nmx::condition::usage},
    {nmx::errc::ring_reset, std::errc::io_error, nmx::condition::gone},
    {nmx::errc::port_gone, std::errc::no_such_device, nmx::condition::gone},
    {nmx::errc::buffers_outstanding, std::errc::device_or_resource_busy, nmx::condition::retry},
    {nmx::errc::header_required, std::errc::wrong_protocol_type, nmx::condition::usage},
    {nmx::errc::timed_out, std::errc::timed_out, nmx::condition::retry},
    {nmx::errc::closed, std::errc::bad_file_descriptor, nmx::condition::gone},
};

TEST(error, S28_every_code_equals_its_errc_and_one_condition) {
    using enum nmx::condition;
    for (auto const& [code, equals, cond] : rows) {
        std::error_code const ec = code;
        EXPECT_EQ(ec, equals) << ec.message();
        for (auto const c : {retry, usage, unavailable, denied, gone})
            EXPECT_EQ(ec == c, c == cond) << ec.message();
        EXPECT_EQ(ec.message().find("unknown"), std::string::npos);
        EXPECT_STREQ(ec.category().name(), "netmapxx");
    }
    EXPECT_NE(std::error_code(99, nmx::category()), nmx::condition::gone);
    EXPECT_EQ(std::error_code(99, nmx::category()).message(), "unknown error 99");
}

TEST(error, system_codes_have_conditions_too) {
    auto const code = [](int value) { return std::error_code{value, std::generic_category()}; };
    EXPECT_EQ(code(EACCES), nmx::condition::denied);
    EXPECT_EQ(code(EPERM), nmx::condition::denied);
    EXPECT_EQ(code(EINVAL), nmx::condition::usage);
    EXPECT_EQ(code(ENOENT), nmx::condition::unavailable);
    EXPECT_EQ(code(EAGAIN), nmx::condition::retry);
    EXPECT_EQ(code(EIO), nmx::condition::gone);
    EXPECT_NE(code(EDOM), nmx::condition::usage);
    EXPECT_NE(std::error_code{}, nmx::condition::usage);
}

TEST(error, says_what_was_asked_of_whom_and_why) {
    nmx::error const e{nmx::errc::no_such_port, "register", "netmap:eth9", "no interface eth9"};
    EXPECT_STREQ(e.what(), "cannot register netmap:eth9: no such port: no interface eth9");
    EXPECT_EQ(e.operation(), "register");
    EXPECT_EQ(e.subject(), "netmap:eth9");
    EXPECT_EQ(e.detail(), "no interface eth9");
    EXPECT_FALSE(e.hint().empty());
    auto const copy = e;
    EXPECT_STREQ(copy.what(), e.what());
    nmx::error const plain{std::make_error_code(std::errc::permission_denied), "open", ""};
    EXPECT_EQ(std::string{plain.what()}.find("cannot open: "), 0U);
    EXPECT_FALSE(plain.hint().empty());
}

TEST(version, S72_of_headers_and_library_agree) {
    nmx::version_info const headers{NETMAPXX_VERSION_MAJOR, NETMAPXX_VERSION_MINOR,
                                    NETMAPXX_VERSION_PATCH};
    EXPECT_EQ(nmx::version(), headers);
    EXPECT_EQ(std::string{NETMAPXX_VERSION_STRING}, std::to_string(headers.major_number) + "." +
                                                        std::to_string(headers.minor_number) + "." +
                                                        std::to_string(headers.patch_number));
}

class environment {
  public:
    environment(char const* name, char const* value) : name_(name) {
        if (value != nullptr)
            ::setenv(name, value, 1);
        else
            ::unsetenv(name);
    }
    ~environment() { ::unsetenv(name_); }
    environment(environment const&) = delete;
    environment& operator=(environment const&) = delete;

  private:
    char const* name_;
};

TEST(backend, S27_is_chosen_by_name_environment_or_device_node) {
    using enum nmx::backend_kind;
    environment const no_name{"NETMAPXX_BACKEND", nullptr};
    {
        environment const node{"NETMAPXX_DEVICE", "/nonexistent/netmap"};
        auto const choice = nmx::choose_backend();
        EXPECT_EQ(choice.kind, embedded);
        EXPECT_EQ(choice.origin, nmx::backend_origin::automatic);
        EXPECT_EQ(nmx::choose_backend(device).kind, device);
        EXPECT_EQ(nmx::choose_backend(device).origin, nmx::backend_origin::named);
    }
    {
        environment const node{"NETMAPXX_DEVICE", "/dev/null"};
        EXPECT_EQ(nmx::choose_backend().kind, device);
        environment const name{"NETMAPXX_BACKEND", "embedded"};
        EXPECT_EQ(nmx::choose_backend().kind, embedded);
        EXPECT_EQ(nmx::choose_backend().origin, nmx::backend_origin::environment);
        EXPECT_EQ(nmx::choose_backend(device).kind, device);
    }
    environment const wrong{"NETMAPXX_BACKEND", "quantum"};
    std::error_code ec;
    (void)nmx::choose_backend(automatic, ec);
    EXPECT_EQ(ec, nmx::errc::backend_unavailable);
}

TEST(backend, names_go_both_ways) {
    for (auto const kind :
         {nmx::backend_kind::automatic, nmx::backend_kind::device, nmx::backend_kind::embedded})
        EXPECT_EQ(nmx::backend_from_name(nmx::to_string(kind)), kind);
    EXPECT_THROW((void)nmx::backend_from_name("x"), nmx::error);
}

TEST(backend, S27_a_named_one_that_is_missing_is_never_replaced) {
    environment const node{"NETMAPXX_DEVICE", "/nonexistent/netmap"};
    std::error_code ec;
    auto const port = nmx::port::open("vale0:a", {.backend = nmx::backend_kind::device}, ec);
    EXPECT_EQ(ec, nmx::errc::backend_unavailable);
    EXPECT_EQ(ec, nmx::condition::unavailable);
    EXPECT_FALSE(port);
    try {
        nmx::port const thrown{"vale0:a", {.backend = nmx::backend_kind::device}};
        FAIL();
    } catch (nmx::error const& e) {
        EXPECT_NE(std::string{e.what()}.find("/nonexistent/netmap"), std::string::npos);
    }
}

TEST(backend, a_device_that_is_not_netmap_is_refused) {
    environment const node{"NETMAPXX_DEVICE", "/dev/null"};
    std::error_code ec;
    auto const port = nmx::port::open("vale0:a", {.backend = nmx::backend_kind::device}, ec);
    EXPECT_TRUE(ec);
    EXPECT_FALSE(port);
}

} // namespace

} // namespace netmapxx_tests
