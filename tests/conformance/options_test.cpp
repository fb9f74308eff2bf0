// SPDX-License-Identifier: BSD-2-Clause
// The list of options of a request (checks A17 to A31).
#include "fixture.hpp"

namespace conformance {
namespace {

class Options : public suite {
  protected:
    /// REGISTER failed and left nothing.
    static void expect_undone(const descriptor& d) {
        EXPECT_FALSE(d.bound());
        EXPECT_EQ(std::vector<std::string>{}, switch_ports());
    }
};

/// Options that upstream knows, with their sizes.
struct known {
    uint32_t type;
    uint64_t size;
};
const std::vector<known> known_options = {
    {NETMAP_REQ_OPT_EXTMEM, sizeof(nmreq_opt_extmem)},
    {NETMAP_REQ_OPT_SYNC_KLOOP_EVENTFDS, sizeof(nmreq_opt_sync_kloop_eventfds)},
    {NETMAP_REQ_OPT_CSB, sizeof(nmreq_opt_csb)},
    {NETMAP_REQ_OPT_SYNC_KLOOP_MODE, sizeof(nmreq_opt_sync_kloop_mode)},
    {NETMAP_REQ_OPT_OFFSETS, sizeof(nmreq_opt_offsets)},
    {NETMAP_REQ_OPT_ERRTEXT, sizeof(nmreq_opt_errtext)},
};

/// Room for any option of fixed size.
union any_option {
    nmreq_option head;
    nmreq_opt_extmem extmem;
    nmreq_opt_csb csb;
    nmreq_opt_offsets offsets;
    nmreq_opt_errtext errtext;
    uint8_t bytes[512];
};

any_option make_any(const known& k) {
    any_option o{};
    o.head = make_option(k.type, k.size);
    return o;
}

/// `count` unknown options in a row.
std::vector<nmreq_option> unknown_row(size_t count) {
    std::vector<nmreq_option> row(count, unknown_option());
    for (size_t i = 0; i + 1 < count; ++i) {
        row[i].nro_next = addr(&row[i + 1]);
    }
    return row;
}

TEST_F(Options, A17_register_with_unknown_option_is_EOPNOTSUPP_and_undone) {
    nmreq_option option = unknown_option();
    reg body;
    descriptor d;
    EXPECT_ERR(EOPNOTSUPP, d.bind("vale0:a", body, &option));
    EXPECT_EQ(uint32_t{EOPNOTSUPP}, option.nro_status);
    EXPECT_EQ(0u, option.nro_next);
    EXPECT_EQ(1234u, option.nro_reqtype);
    expect_undone(d);
    EXPECT_OK(d.bind("vale0:a", body));
}

TEST_F(Options, A18_information_requests_tolerate_unknown_options) {
    nmreq_option option = unknown_option();
    nmreq_port_info_get body{};
    EXPECT_OK(descriptor().request(NETMAP_REQ_PORT_INFO_GET, "vale0:a", &body, &option));
    EXPECT_EQ(uint32_t{EOPNOTSUPP}, option.nro_status);
    EXPECT_NE(0u, body.nr_memsize);
}

TEST_F(Options, body_of_an_unknown_option_is_neither_read_nor_written) {
    guarded memory;
    auto* option = memory.place(make_option(0xffffffff, 4000));
    nmreq_port_info_get body{};
    EXPECT_OK(descriptor().request(NETMAP_REQ_PORT_INFO_GET, "vale0:a", &body, option));
    EXPECT_EQ(uint32_t{EOPNOTSUPP}, option->nro_status);
}

TEST_F(Options, A19_option_type_0_is_EINVAL) {
    nmreq_option option = make_option(0);
    descriptor d;
    EXPECT_ERR(EINVAL, d.bind("vale0:a", reg{}, &option));
    EXPECT_EQ(uint32_t{EINVAL}, option.nro_status);
    expect_undone(d);

    option = make_option(0);
    nmreq_port_info_get info{};
    EXPECT_ERR(EINVAL, d.request(NETMAP_REQ_PORT_INFO_GET, "vale0:a", &info, &option));
    EXPECT_EQ(uint32_t{EINVAL}, option.nro_status);
}

TEST_F(Options, A20_known_option_given_twice_is_EINVAL_in_both) {
    for (const known& k : known_options) {
        SCOPED_TRACE(k.type);
        any_option first = make_any(k);
        any_option second = make_any(k);
        descriptor d;
        EXPECT_ERR(EINVAL, d.bind("vale0:a", reg{}, chain({&first.head, &second.head})));
        EXPECT_EQ(uint32_t{EINVAL}, first.head.nro_status);
        EXPECT_EQ(uint32_t{EINVAL}, second.head.nro_status);
        expect_undone(d);
    }
}

TEST_F(Options, A20_duplicate_is_found_with_others_in_between) {
    any_option first = make_any(known_options[4]);
    any_option second = make_any(known_options[4]);
    nmreq_option between = unknown_option();
    nmreq_port_info_get info{};
    EXPECT_ERR(EINVAL, descriptor().request(NETMAP_REQ_PORT_INFO_GET, "vale0:a", &info,
                                            chain({&first.head, &between, &second.head})));
    EXPECT_EQ(uint32_t{EINVAL}, first.head.nro_status);
    EXPECT_EQ(uint32_t{EINVAL}, second.head.nro_status);
}

TEST_F(Options, A21_unknown_option_linked_to_itself_is_EMSGSIZE) {
    nmreq_option option = unknown_option();
    option.nro_next = addr(&option);
    descriptor d;
    EXPECT_ERR(EMSGSIZE, d.bind("vale0:a", reg{}, &option));
    expect_undone(d);
}

TEST_F(Options, A22_known_option_linked_to_itself_is_EINVAL) {
    for (const known& k : known_options) {
        SCOPED_TRACE(k.type);
        any_option option = make_any(k);
        option.head.nro_next = addr(&option);
        descriptor d;
        EXPECT_ERR(EINVAL, d.bind("vale0:a", reg{}, &option.head));
        expect_undone(d);
    }
}

TEST_F(Options, A23_circle_of_unknown_options_is_EMSGSIZE) {
    nmreq_option first = unknown_option();
    nmreq_option second = unknown_option();
    first.nro_next = addr(&second);
    second.nro_next = addr(&first);
    descriptor d;
    EXPECT_ERR(EMSGSIZE, d.bind("vale0:a", reg{}, &first));
    expect_undone(d);
}

TEST_F(Options, A24_register_reads_127_unknown_options) {
    auto row = unknown_row(127);
    descriptor d;
    EXPECT_ERR(EOPNOTSUPP, d.bind("vale0:a", reg{}, row.data()));
    for (const nmreq_option& option : row) {
        ASSERT_EQ(uint32_t{EOPNOTSUPP}, option.nro_status);
    }
    expect_undone(d);
}

TEST_F(Options, A24_option_128_is_EMSGSIZE_and_nothing_is_written_back) {
    auto row = unknown_row(128);
    descriptor d;
    EXPECT_ERR(EMSGSIZE, d.bind("vale0:a", reg{}, row.data()));
    for (const nmreq_option& option : row) {
        ASSERT_EQ(untouched, option.nro_status);
    }
    expect_undone(d);
}

TEST_F(Options, A25_large_option_after_99_others_is_EMSGSIZE) {
    auto row = unknown_row(99);
    any_option last = make_any({NETMAP_REQ_OPT_SYNC_KLOOP_EVENTFDS, 1000});
    row.back().nro_next = addr(&last);
    alignas(8) uint8_t room[1000] = {};
    std::memcpy(room, &last.head, sizeof(last.head));
    row.back().nro_next = addr(room);
    EXPECT_ERR(EMSGSIZE, descriptor().bind("vale0:a", reg{}, row.data()));
}

TEST_F(Options, A26_cve_2022_23085_known_option_that_claims_more_than_4096_bytes_is_EMSGSIZE) {
    for (const known& k : known_options) {
        for (const uint64_t size : {uint64_t{4097}, uint64_t{1} << 32, ~uint64_t{0},
                                    ~uint64_t{0} - 22}) {
            SCOPED_TRACE(testing::Message() << "type " << k.type << " size " << size);
            any_option option = make_any({k.type, size});
            descriptor d;
            EXPECT_ERR(EMSGSIZE, d.bind("vale0:a", reg{}, &option.head));
            expect_undone(d);
        }
    }
}

TEST_F(Options, A26_cve_2022_23085_variable_option_as_large_as_its_room_is_read_whole) {
    guarded memory;
    constexpr size_t size = 3000;
    auto* option = reinterpret_cast<nmreq_option*>(memory.last(size));
    *option = make_option(NETMAP_REQ_OPT_SYNC_KLOOP_EVENTFDS, size);
    nmreq_port_info_get info{};
    EXPECT_OK(descriptor().request(NETMAP_REQ_PORT_INFO_GET, "vale0:a", &info, option));
    option->nro_size = size + 8;
    EXPECT_ERR(EFAULT, descriptor().request(NETMAP_REQ_PORT_INFO_GET, "vale0:a", &info, option));
}

TEST_F(Options, A28_size_of_an_option_of_fixed_size_is_ignored) {
    for (const known& k : known_options) {
        for (const uint64_t size : {0, 1, 100}) {
            SCOPED_TRACE(testing::Message() << "type " << k.type << " size " << size);
            any_option option = make_any({k.type, size});
            nmreq_port_info_get info{};
            EXPECT_OK(descriptor().request(NETMAP_REQ_PORT_INFO_GET, "vale0:a", &info,
                                           &option.head));
            EXPECT_EQ(size, option.head.nro_size);
        }
    }
}

TEST_F(Options, A29_unreachable_option_header_is_EFAULT) {
    guarded memory;
    nmreq_port_info_get info{};
    descriptor d;
    for (void* option : {static_cast<void*>(memory.forbidden()),
                         static_cast<void*>(memory.last(23)),
                         reinterpret_cast<void*>(kernel_address), reinterpret_cast<void*>(8)}) {
        EXPECT_ERR(EFAULT, d.request(NETMAP_REQ_PORT_INFO_GET, "vale0:a", &info,
                                     static_cast<nmreq_option*>(option)));
        EXPECT_ERR(EFAULT, d.bind("vale0:a", reg{}, static_cast<nmreq_option*>(option)));
        expect_undone(d);
    }
}

TEST_F(Options, A29_unreachable_option_body_is_EFAULT) {
    guarded memory;
    for (const known& k : known_options) {
        if (k.size == sizeof(nmreq_option)) {
            continue;
        }
        SCOPED_TRACE(k.type);
        const size_t size = k.type == NETMAP_REQ_OPT_SYNC_KLOOP_MODE ? 27 : k.size - 1;
        auto* option = reinterpret_cast<nmreq_option*>(memory.last(size));
        const nmreq_option head = make_option(k.type, k.size);
        std::memcpy(static_cast<void*>(option), &head, sizeof(head));
        descriptor d;
        EXPECT_ERR(EFAULT, d.bind("vale0:a", reg{}, option));
        expect_undone(d);
    }
}

TEST_F(Options, A29_kernel_address_as_next_option_is_EFAULT_and_the_first_has_status_0) {
    any_option first = make_any(known_options[5]);
    first.head.nro_next = kernel_address;
    descriptor d;
    EXPECT_ERR(EFAULT, d.bind("vale0:a", reg{}, &first.head));
    EXPECT_TRUE(first.head.nro_status == 0 || first.head.nro_status == untouched);
    EXPECT_EQ(kernel_address, first.head.nro_next);
    expect_undone(d);
}

TEST_F(Options, option_in_read_only_memory_is_EFAULT) {
    guarded memory;
    auto* option = memory.place(unknown_option());
    memory.make_read_only();
    nmreq_port_info_get info{};
    EXPECT_ERR(EFAULT, descriptor().request(NETMAP_REQ_PORT_INFO_GET, "vale0:a", &info, option));
}

TEST_F(Options, register_with_an_understood_option_in_read_only_memory_is_undone) {
    guarded memory;
    nmreq_opt_errtext text{};
    text.nro_opt = make_option(NETMAP_REQ_OPT_ERRTEXT, sizeof(text));
    auto* option = memory.place(text);
    memory.make_read_only();
    descriptor d;
    EXPECT_ERR(EFAULT, d.bind("vale0:a", reg{}, &option->nro_opt));
    expect_undone(d);
}

TEST_F(Options, A30_options_of_other_requests_are_EOPNOTSUPP_on_register) {
    for (const uint32_t type :
         {NETMAP_REQ_OPT_SYNC_KLOOP_MODE, NETMAP_REQ_OPT_SYNC_KLOOP_EVENTFDS}) {
        any_option option = make_any({type, 32});
        descriptor d;
        EXPECT_ERR(EOPNOTSUPP, d.bind("vale0:a", reg{}, &option.head));
        EXPECT_EQ(uint32_t{EOPNOTSUPP}, option.head.nro_status);
        expect_undone(d);
    }
}

TEST_F(Options, A31_bad_second_option_fails_the_request_but_not_the_first) {
    any_option first = make_any(known_options[5]);
    nmreq_option second = make_option(0);
    descriptor d;
    EXPECT_ERR(EINVAL, d.bind("vale0:a", reg{}, chain({&first.head, &second})));
    EXPECT_TRUE(first.head.nro_status == 0 || first.head.nro_status == untouched)
        << first.head.nro_status;
    EXPECT_EQ(uint32_t{EINVAL}, second.nro_status);
    expect_undone(d);
}

TEST_F(Options, request_that_fails_by_itself_keeps_its_own_error) {
    nmreq_option option = unknown_option();
    EXPECT_ERR(ENXIO, descriptor().bind("nosuchif", reg{}, &option));
    EXPECT_EQ(uint32_t{EOPNOTSUPP}, option.nro_status);

    port p;
    ASSERT_OK(p.open("vale0:a"));
    EXPECT_ERR(EBUSY, p.fd().bind("vale0:a", reg{}, &option));
}

TEST_F(Options, next_pointers_come_back_as_given) {
    any_option first = make_any(known_options[5]);
    nmreq_option second = unknown_option();
    nmreq_option third = unknown_option();
    nmreq_port_info_get info{};
    EXPECT_OK(descriptor().request(NETMAP_REQ_PORT_INFO_GET, "vale0:a", &info,
                                   chain({&first.head, &second, &third})));
    EXPECT_EQ(addr(&second), first.head.nro_next);
    EXPECT_EQ(addr(&third), second.nro_next);
    EXPECT_EQ(0u, third.nro_next);
    EXPECT_EQ(0u, first.head.nro_status);
    EXPECT_EQ(uint32_t{EOPNOTSUPP}, second.nro_status);
    EXPECT_EQ(uint32_t{EOPNOTSUPP}, third.nro_status);
}

} // namespace
} // namespace conformance
