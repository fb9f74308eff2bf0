// SPDX-License-Identifier: BSD-2-Clause
// Control requests: headers, bodies and options of any content, anywhere in the
// application's memory, on a few descriptors that come and go.
#include "fuzz.hpp"

#include <net/netmap_legacy.h>

using fuzz::memory;

namespace {

constexpr size_t descriptors = 5;

const char* const names[] = {
    "",
    "vale0:a",
    "vale0:b",
    "vale1:a",
    "vale:",
    "vale0:a{1",
    "vale0:a}1",
    "vale0:a{1{2",
    "x{1",
    "x}1",
    "x",
    "x{1}2{3",
    "vale0:",
    "vale_long_name_of_a_switch:p",
    "vale0:a_port_of_a_very_long_name",
    "{",
    "}1",
    "a{",
    "eth0",
    "lo",
    "vale0:x{%s%n",
    "a{1{1{1{1{1{1{1{1{1{1",
    "vale0:a b",
    "vale0:a:b",
};

uint64_t number(FuzzedDataProvider& in) {
    switch (in.ConsumeIntegralInRange<int>(0, 5)) {
    case 0:
        return 0;
    case 1:
    case 2:
        return in.ConsumeIntegralInRange<uint64_t>(0, 20);
    case 3:
        return in.ConsumeIntegralInRange<uint64_t>(0, 300);
    case 4:
        return UINT64_MAX - in.ConsumeIntegralInRange<uint64_t>(0, 3);
    default:
        return in.ConsumeIntegral<uint64_t>();
    }
}

/// An address: in the arena, at its end, nowhere.
uint64_t address(FuzzedDataProvider& in, size_t usual) {
    switch (in.ConsumeIntegralInRange<int>(0, 9)) {
    case 0:
        return 0;
    case 1:
        return in.PickValueInArray<uint64_t>(
            {1, 0x1000, UINT64_MAX, UINT64_MAX - 4095, uint64_t{1} << 63, 0x7ffffffff000});
    case 2:
        return memory().address(memory().size - in.ConsumeIntegralInRange<size_t>(0, 300));
    case 3:
        return memory().address(in.ConsumeIntegralInRange<size_t>(0, memory().size));
    default:
        return memory().address(usual);
    }
}

/// Where an object goes that was said to be at `a`, if that is in the arena.
size_t place(uint64_t a) {
    uint64_t at = a - memory().address(0);
    return at < memory().size ? static_cast<size_t>(at) : memory().size;
}

void name(FuzzedDataProvider& in, char (&to)[NETMAP_REQ_IFNAMSIZ]) {
    std::string s = in.ConsumeIntegralInRange<int>(0, 7)
                        ? in.PickValueInArray(names)
                        : in.ConsumeRandomLengthString(NETMAP_REQ_IFNAMSIZ + 4);
    std::memset(to, 0, sizeof(to));
    std::memcpy(to, s.data(), std::min(s.size(), sizeof(to)));
}

void body(FuzzedDataProvider& in, uint16_t type, size_t at) {
    if (type == NETMAP_REQ_REGISTER && in.ConsumeIntegralInRange<int>(0, 7)) {
        nmreq_register r{};
        r.nr_tx_slots = static_cast<uint32_t>(number(in));
        r.nr_rx_slots = static_cast<uint32_t>(number(in));
        r.nr_tx_rings = static_cast<uint16_t>(number(in));
        r.nr_rx_rings = static_cast<uint16_t>(number(in));
        r.nr_mem_id = static_cast<uint16_t>(in.ConsumeIntegralInRange<int>(0, 4));
        r.nr_ringid = static_cast<uint16_t>(number(in));
        r.nr_mode =
            in.ConsumeBool() ? uint32_t{NR_REG_ALL_NIC} : in.ConsumeIntegralInRange<uint32_t>(0, 9);
        r.nr_extra_bufs = static_cast<uint32_t>(number(in));
        r.nr_flags = in.ConsumeBool() ? 0 : in.ConsumeIntegral<uint32_t>() & 0x3f800;
        memory().write(at, &r, sizeof(r));
        return;
    }
    uint64_t words[8];
    for (uint64_t& w : words)
        w = number(in);
    memory().write(at, words, sizeof(words));
}

/// Memory that can become a region.
uint64_t external() {
    static void* p =
        mmap(nullptr, 65536, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    fuzz::expect(p != MAP_FAILED, "shared memory");
    return reinterpret_cast<uintptr_t>(p);
}

/// The body of an option that has a chance to be understood.
void option_body(FuzzedDataProvider& in, uint32_t type, size_t at) {
    if (type == NETMAP_REQ_OPT_CSB) {
        nmreq_opt_csb o{};
        o.csb_atok = in.ConsumeIntegralInRange<int>(0, 7) ? memory().address(4096) : address(in, 0);
        o.csb_ktoa = in.ConsumeIntegralInRange<int>(0, 7) ? memory().address(6144) : address(in, 0);
        memory().write(at + sizeof(o.nro_opt), &o.csb_atok, 16);
    } else if (type == NETMAP_REQ_OPT_EXTMEM) {
        nmreq_opt_extmem o{};
        o.nro_usrptr = in.ConsumeIntegralInRange<int>(0, 7) ? external() : address(in, 4096);
        o.nro_info.nr_memsize = in.ConsumeIntegralInRange<int>(0, 7) ? 65536 : number(in);
        uint32_t* const words[] = {
            &o.nro_info.nr_if_pool_objtotal,   &o.nro_info.nr_if_pool_objsize,
            &o.nro_info.nr_ring_pool_objtotal, &o.nro_info.nr_ring_pool_objsize,
            &o.nro_info.nr_buf_pool_objtotal,  &o.nro_info.nr_buf_pool_objsize};
        const uint32_t usual[] = {2, 256, 4, 1024, 8, 64};
        for (size_t i = 0; i < 6; i++)
            *words[i] = in.ConsumeIntegralInRange<int>(0, 7) ? usual[i]
                                                              : static_cast<uint32_t>(number(in));
        memory().write(at + sizeof(o.nro_opt), &o.nro_usrptr, sizeof(o) - sizeof(o.nro_opt));
    } else if (type == NETMAP_REQ_OPT_SYNC_KLOOP_MODE) {
        uint32_t mode = in.ConsumeIntegralInRange<uint32_t>(0, 4);
        memory().write(at + sizeof(nmreq_option), &mode, sizeof(mode));
    }
}

/// A list of options; the address of its first.
uint64_t options(FuzzedDataProvider& in) {
    int n = in.ConsumeIntegralInRange<int>(-3, 6);
    uint64_t first = 0;
    for (int i = 0; i < n; i++) {
        uint64_t at = address(in, 1024 + 512 * static_cast<size_t>(i));
        nmreq_option o{};
        o.nro_next = in.ConsumeIntegralInRange<int>(0, 9) ? first : address(in, 1024);
        o.nro_reqtype = in.PickValueInArray<uint32_t>(
            {0, 1, 2, 3, 4, 5, 6, 7, 1000, 1000, 1000, 1001, UINT32_MAX});
        o.nro_status = in.ConsumeIntegral<uint8_t>();
        o.nro_size = number(in);
        memory().write(place(at), &o, sizeof(o));
        if (in.ConsumeBool())
            option_body(in, o.nro_reqtype, place(at));
        first = at;
    }
    return first;
}

void control(FuzzedDataProvider& in, nm_binding* b) {
    nmreq_header h{};
    uint64_t at = address(in, 0);
    h.nr_version =
        in.ConsumeIntegralInRange<int>(0, 15) ? NETMAP_API : in.ConsumeIntegral<uint16_t>();
    h.nr_reqtype = in.PickValueInArray<uint16_t>(
        {1, 1, 1, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 1000, 1001, 0, 65535});
    h.nr_reserved = in.ConsumeIntegralInRange<int>(0, 15) ? 0 : 1;
    name(in, h.nr_name);
    h.nr_body = address(in, 512);
    body(in, h.nr_reqtype, place(h.nr_body));
    h.nr_options = options(in);
    if (h.nr_reqtype == NETMAP_REQ_SYNC_KLOOP_START) // it would not come back
        fuzz::request(b, NETMAP_REQ_SYNC_KLOOP_STOP, "", nullptr);
    memory().write(place(at), &h, sizeof(h));
    int err =
        nm_binding_ioctl(b, in.ConsumeIntegralInRange<int>(0, 31) ? NIOCCTRL : NIOCCTRL + 1, at);
    fuzz::expect(err <= 0 && err > -4096, "0 or a negative errno");
}

/// The old ioctls.
void legacy(FuzzedDataProvider& in, nm_binding* b) {
    uint64_t at = address(in, 0);
    char text[NETMAP_REQ_IFNAMSIZ];
    nmreq r{};
    name(in, text);
    std::memcpy(r.nr_name, text, sizeof(r.nr_name));
    r.nr_version =
        in.ConsumeIntegralInRange<int>(0, 15) ? NETMAP_API : in.ConsumeIntegral<uint32_t>();
    r.nr_tx_slots = static_cast<uint32_t>(number(in));
    r.nr_rx_slots = static_cast<uint32_t>(number(in));
    r.nr_tx_rings = static_cast<uint16_t>(number(in));
    r.nr_rx_rings = static_cast<uint16_t>(number(in));
    r.nr_ringid = in.ConsumeIntegral<uint16_t>();
    r.nr_cmd = static_cast<uint16_t>(in.ConsumeIntegralInRange<int>(0, 14));
    r.nr_arg1 = static_cast<uint16_t>(number(in));
    r.nr_arg2 = static_cast<uint16_t>(in.ConsumeIntegralInRange<int>(0, 4));
    r.nr_arg3 = static_cast<uint32_t>(number(in));
    r.nr_flags = in.ConsumeIntegral<uint32_t>() & 0x3f80f;
    memory().write(place(at), &r, sizeof(r));
    int err = nm_binding_ioctl(
        b, in.PickValueInArray<unsigned int>({NIOCREGIF, NIOCREGIF, NIOCGINFO, NIOCCONFIG}), at);
    fuzz::expect(err <= 0 && err > -4096, "0 or a negative errno");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    FuzzedDataProvider in(data, size);
    nm_binding* open[descriptors] = {};
    {
        fuzz::core core;
        memory().clear();
        // wishes for whole rings are free to be large: buffers are small
        nm_params.buf_size = nm_params.priv_buf_size = 64;
        nm_params.buf_num = 4000;
        for (int steps = 0; steps < 40 && in.remaining_bytes(); steps++) {
            nm_binding*& b = open[in.ConsumeIntegralInRange<size_t>(0, descriptors - 1)];
            int what = in.ConsumeIntegralInRange<int>(0, 9);
            if (!b) {
                b = nm_binding_open(fuzz::ns(in.ConsumeIntegralInRange<unsigned>(0, 7) == 0));
                fuzz::expect(b, "a descriptor");
            } else if (what == 0) {
                nm_binding_close(b);
                b = nullptr;
                continue;
            } else if (what == 1) {
                nm_binding_ioctl(b, NIOCTXSYNC, 0);
                nm_binding_ioctl(b, NIOCRXSYNC, 0);
                nm_binding_poll(b, in.ConsumeIntegral<uint16_t>(), nullptr);
                os_region* region;
                uint64_t bytes;
                fuzz::expect(!nm_binding_region(b, &region, &bytes) == !!nm_binding_waitq(b, true),
                             "bound or not");
            }
            if (what == 2)
                legacy(in, b);
            else
                control(in, b);
        }
        for (nm_binding* b : open) {
            if (b)
                nm_binding_close(b);
        }
        fuzz::expect_no_ports();
    }
    return 0;
}
