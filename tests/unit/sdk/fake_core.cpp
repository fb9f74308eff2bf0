// SPDX-License-Identifier: BSD-2-Clause
#include "fake_core.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace netmapxx_tests {

namespace {

constexpr std::size_t page = 4096;

template <class T> T* object_at(std::uint64_t address) {
    return reinterpret_cast<T*>(address);
}

[[nodiscard]] std::size_t body_size(std::uint16_t type) {
    switch (type) {
    case NETMAP_REQ_REGISTER:
        return sizeof(nmreq_register);
    case NETMAP_REQ_PORT_INFO_GET:
        return sizeof(nmreq_port_info_get);
    case NETMAP_REQ_VALE_ATTACH:
        return sizeof(nmreq_vale_attach);
    case NETMAP_REQ_VALE_DETACH:
    case NETMAP_REQ_VALE_LIST:
    case NETMAP_REQ_PORT_HDR_SET:
    case NETMAP_REQ_PORT_HDR_GET:
        return sizeof(nmreq_port_hdr);
    case NETMAP_REQ_VALE_NEWIF:
    case NETMAP_REQ_VALE_POLLING_ENABLE:
    case NETMAP_REQ_VALE_POLLING_DISABLE:
        return sizeof(nmreq_vale_polling);
    case NETMAP_REQ_POOLS_INFO_GET:
        return sizeof(nmreq_pools_info);
    case NETMAP_REQ_STATS_GET:
        return sizeof(nmreq_stats_get);
    default:
        return 0;
    }
}

class fake_mapping final : public nmx::detail::mapping {
  public:
    explicit fake_mapping(std::shared_ptr<fake_binding> bound) : bound_(std::move(bound)) {
        ++bound_->core.mappings;
    }
    ~fake_mapping() override { --bound_->core.mappings; }
    [[nodiscard]] std::byte* base() const noexcept override { return bound_->memory->base(); }
    [[nodiscard]] std::size_t size() const noexcept override { return fake_memory::size; }

  private:
    std::shared_ptr<fake_binding> bound_;
};

class fake_device final : public nmx::detail::device {
  public:
    explicit fake_device(fake_core& core) : core_(core) { ++core_.devices; }
    ~fake_device() override {
        core_.log.emplace_back("close");
        --core_.devices;
    }

    [[nodiscard]] int ioctl(unsigned long code, void* argument) noexcept override {
        if (code == NIOCTXSYNC || code == NIOCRXSYNC)
            return sync(code == NIOCTXSYNC);
        auto& header = *static_cast<nmreq_header*>(argument);
        if (int const error = core_.step("ctrl:" + std::to_string(header.nr_reqtype)))
            return error;
        return control(header);
    }

    [[nodiscard]] int map(std::size_t,
                          std::unique_ptr<nmx::detail::mapping>& into) noexcept override {
        if (int const error = core_.step("map"))
            return error;
        if (!bound_)
            return EINVAL;
        into = std::make_unique<fake_mapping>(bound_);
        return 0;
    }

    [[nodiscard]] int wait_handle(nmx::direction dir,
                                  nmx::port_wait_handle& into) noexcept override {
        bool const rx = dir == nmx::direction::rx;
        if (int const error = core_.step(rx ? "handle:rx" : "handle:tx"))
            return error;
        if (core_.on_handle)
            core_.on_handle();
        into = {core_.events.at(rx ? 0 : 1), POLLIN};
        return 0;
    }

    [[nodiscard]] int arm(nmx::direction dir) noexcept override {
        bool const rx = dir == nmx::direction::rx;
        if (int const error = core_.step(rx ? "arm:rx" : "arm:tx"))
            return error;
        std::uint64_t count = 0;
        (void)!::read(core_.events.at(rx ? 0 : 1), &count, sizeof count);
        if (core_.on_arm)
            core_.on_arm(dir);
        return 0;
    }

    [[nodiscard]] bool troubled() noexcept override { return core_.troubled; }
    [[nodiscard]] int native_handle() const noexcept override { return -1; }

  private:
    [[nodiscard]] int sync(bool tx) {
        if (int const error = core_.step(tx ? "txsync" : "rxsync"))
            return error;
        if (!bound_)
            return ENXIO;
        auto const& hook = tx ? core_.on_txsync : core_.on_rxsync;
        return hook ? hook(*bound_) : 0;
    }

    void record(nmreq_header const& header) {
        fake_request seen{header.nr_reqtype, header.nr_name};
        if (header.nr_body != 0) {
            auto const* const body = object_at<std::byte>(header.nr_body);
            seen.body.assign(body, body + body_size(header.nr_reqtype));
        }
        core_.requests.push_back(std::move(seen));
    }

    [[nodiscard]] int control(nmreq_header& header) {
        record(header);
        nmreq_opt_errtext* text = nullptr;
        nmreq_opt_offsets* offsets = nullptr;
        bool unknown = false;
        for (auto at = header.nr_options; at != 0;) {
            auto* const option = object_at<nmreq_option>(at);
            at = option->nro_next;
            option->nro_status = 0;
            if (option->nro_reqtype == NETMAP_REQ_OPT_ERRTEXT && core_.has_error_text) {
                text = object_at<nmreq_opt_errtext>(reinterpret_cast<std::uintptr_t>(option));
            } else if (option->nro_reqtype == NETMAP_REQ_OPT_OFFSETS && core_.has_offsets) {
                offsets = object_at<nmreq_opt_offsets>(reinterpret_cast<std::uintptr_t>(option));
            } else {
                option->nro_status = EOPNOTSUPP;
                unknown = true;
            }
        }
        (void)offsets;
        std::string why;
        int error = dispatch(header, why);
        if (error == 0 && unknown && header.nr_reqtype == NETMAP_REQ_REGISTER) {
            bound_.reset();
            error = EOPNOTSUPP;
        }
        if (error != 0 && text != nullptr)
            std::strncpy(text->nro_text, why.c_str(), sizeof text->nro_text - 1);
        return error;
    }

    [[nodiscard]] int dispatch(nmreq_header& header, std::string& why) {
        std::string const name = header.nr_name;
        if (auto const set = core_.answers.find(header.nr_reqtype); set != core_.answers.end()) {
            why = set->second.why;
            return set->second.error;
        }
        switch (header.nr_reqtype) {
        case NETMAP_REQ_VALE_ATTACH:
            object_at<nmreq_vale_attach>(header.nr_body)->port_index = fake_core::port_index;
            return 0;
        case NETMAP_REQ_VALE_DETACH:
            object_at<nmreq_vale_detach>(header.nr_body)->port_index = fake_core::port_index;
            return 0;
        case NETMAP_REQ_VALE_NEWIF:
            object_at<nmreq_vale_newif>(header.nr_body)->nr_tx_rings = 1;
            return 0;
        case NETMAP_REQ_VALE_DELIF:
        case NETMAP_REQ_VALE_POLLING_ENABLE:
        case NETMAP_REQ_VALE_POLLING_DISABLE:
        case NETMAP_REQ_PORT_HDR_SET:
            return 0;
        case NETMAP_REQ_POOLS_INFO_GET:
            return pools_info(*object_at<nmreq_pools_info>(header.nr_body));
        case NETMAP_REQ_REGISTER:
            return bind(name, *object_at<nmreq_register>(header.nr_body), why);
        case NETMAP_REQ_PORT_INFO_GET:
            return port_info(name, *object_at<nmreq_port_info_get>(header.nr_body));
        case NETMAP_REQ_PORT_HDR_GET:
            if (!core_.ports.contains(name))
                return ENXIO;
            object_at<nmreq_port_hdr>(header.nr_body)->nr_hdr_len = core_.ports[name].header;
            return 0;
        case NETMAP_REQ_STATS_GET:
            return stats(name, *object_at<nmreq_stats_get>(header.nr_body));
        case NETMAP_REQ_VALE_LIST:
            return list(header, *object_at<nmreq_vale_list>(header.nr_body));
        default:
            return EINVAL;
        }
    }

    [[nodiscard]] int pools_info(nmreq_pools_info& body) {
        body = {.nr_memsize = fake_memory::size,
                .nr_mem_id = body.nr_mem_id,
                .pad1 = {},
                .nr_if_pool_offset = 0,
                .nr_if_pool_objtotal = 100,
                .nr_if_pool_objsize = 1024,
                .nr_ring_pool_offset = 1000,
                .nr_ring_pool_objtotal = 200,
                .nr_ring_pool_objsize = 36864,
                .nr_buf_pool_offset = fake_memory::buffers_at,
                .nr_buf_pool_objtotal = fake_memory::buffer_count,
                .nr_buf_pool_objsize = fake_memory::buffer_size};
        return 0;
    }

    // One switch; its ports are where their names sort.
    [[nodiscard]] int find(std::string const& name, nmreq_vale_list& body) {
        if (!name.starts_with("vale"))
            return EINVAL;
        auto const prefix = name.substr(0, name.find(':') + 1);
        bool there = false;
        std::uint32_t at = 0;
        body.nr_port_idx = 255;
        for (auto const& [port_name, port] : core_.ports) {
            there = there || port_name.starts_with(prefix);
            if (port_name == name)
                body.nr_port_idx = at;
            ++at;
        }
        return there ? 0 : ENOENT;
    }

    [[nodiscard]] int list(nmreq_header& header, nmreq_vale_list& body) {
        if (header.nr_name[0] != '\0')
            return find(header.nr_name, body);
        std::uint32_t at = 0;
        for (auto const& [name, port] : core_.ports) {
            if (!name.starts_with("vale"))
                continue;
            if (at++ < body.nr_port_idx)
                continue;
            std::strncpy(header.nr_name, name.c_str(), sizeof header.nr_name - 1);
            body.nr_port_idx = at - 1;
            return 0;
        }
        return ENOENT;
    }

    [[nodiscard]] int stats(std::string const& name, nmreq_stats_get& body) {
        if (!core_.has_stats)
            return EINVAL;
        if (name.empty() && bound_ && bound_->port != nullptr)
            return stats(*bound_->port, body);
        auto const port = core_.ports.find(name);
        return port != core_.ports.end() ? stats(port->second, body) : ENXIO;
    }

    [[nodiscard]] int stats(fake_port const& port, nmreq_stats_get& body) {
        if (body.nr_ring >= (body.nr_dir == 1 ? port.tx_rings : port.rx_rings))
            return ENOENT;
        body.nr_port_mode = port.mode;
        body.nr_packets = 100 + body.nr_dir * 10 + body.nr_ring;
        body.nr_drops[NETMAP_DROP_NO_ROOM] = 7;
        body.nr_drops[12] = 3;
        body.nr_mem_id = port.memory_id;
        body.nr_bufs_total = fake_memory::buffer_count;
        return 0;
    }

    [[nodiscard]] int port_info(std::string const& name, nmreq_port_info_get& body) {
        auto const found = core_.ports.find(name);
        if (found == core_.ports.end())
            return ENXIO;
        fake_port const& port = found->second;
        body.nr_tx_rings = port.tx_rings;
        body.nr_rx_rings = port.rx_rings;
        body.nr_host_tx_rings = port.host_tx_rings;
        body.nr_host_rx_rings = port.host_rx_rings;
        body.nr_tx_slots = body.nr_rx_slots = port.slots;
        body.nr_memsize = fake_memory::size;
        body.nr_mem_id = port.memory_id;
        return 0;
    }

    [[nodiscard]] static bool wrong_mode(fake_port const& port, std::uint64_t flags) {
        return ((flags & NR_NATIVE_ONLY) != 0 && port.mode == NETMAP_PORT_EMULATED) ||
               ((flags & NR_EMULATED_ONLY) != 0 && port.mode == NETMAP_PORT_NATIVE);
    }

    [[nodiscard]] int bind(std::string const& name, nmreq_register& request, std::string& why) {
        if (bound_)
            return EBUSY;
        if (request.nr_mode == NR_REG_NULL)
            return bind_null(request);
        core_.last_request = request;
        auto const found = core_.ports.find(name);
        if (found == core_.ports.end()) {
            why = "there is no port " + name;
            return ENXIO;
        }
        fake_port& port = found->second;
        if (port.refuse != 0) {
            why = port.why;
            return port.refuse;
        }
        if (core_.obeys_mode && wrong_mode(port, request.nr_flags)) {
            why = "its mode is another";
            return EOPNOTSUPP;
        }
        if (request.nr_mem_id != 0 && !core_.ignores_memory_id)
            port.memory_id = request.nr_mem_id;
        return bind_port(port, request);
    }

    [[nodiscard]] int bind_null(nmreq_register& request) {
        if (!core_.has_null_ports)
            return EINVAL;
        auto const memory = core_.memories.find(request.nr_mem_id);
        if (memory == core_.memories.end())
            return EINVAL;
        bound_ = std::make_shared<fake_binding>(core_, nullptr, memory->second);
        ++core_.bindings;
        return reply(request, request.nr_mem_id);
    }

    [[nodiscard]] int bind_port(fake_port& port, nmreq_register& request) {
        std::uint32_t const tx_all = port.tx_rings + port.host_tx_rings;
        std::uint32_t const rx_all = port.rx_rings + port.host_rx_rings;
        auto const selected = [&](std::uint32_t i, std::uint32_t nic) {
            bool const host = i >= nic;
            switch (request.nr_mode) {
            case NR_REG_ALL_NIC:
                return !host;
            case NR_REG_SW:
                return host;
            case NR_REG_ONE_NIC:
                return !host && i == request.nr_ringid;
            case NR_REG_ONE_SW:
                return host && i == nic + request.nr_ringid;
            default:
                return true;
            }
        };
        bool const wants_host = request.nr_mode == NR_REG_SW || request.nr_mode == NR_REG_NIC_SW ||
                                request.nr_mode == NR_REG_ONE_SW;
        if (wants_host && port.host_tx_rings + port.host_rx_rings == 0)
            return EINVAL;
        if (request.nr_mode == NR_REG_ONE_NIC && request.nr_ringid >= port.tx_rings &&
            request.nr_ringid >= port.rx_rings)
            return EINVAL;

        auto& memory = core_.memories[port.memory_id];
        if (!memory)
            memory = std::make_shared<fake_memory>();
        bound_ = std::make_shared<fake_binding>(core_, &port, memory);
        ++core_.bindings;
        ++port.users;
        // Hosts count one ring at least, as in the ABI.
        std::uint32_t const host_tx = std::max<std::uint32_t>(port.host_tx_rings, 1);
        std::uint32_t const host_rx = std::max<std::uint32_t>(port.host_rx_rings, 1);
        std::uint32_t const entries = port.tx_rings + host_tx + port.rx_rings + host_rx;
        auto* const object = memory->allocate(sizeof(netmap_if) + 8 * std::size_t{entries});
        auto* const interface_object = reinterpret_cast<netmap_if*>(object);
        bound_->interface_object = interface_object;
        interface_object->ni_tx_rings = port.tx_rings;
        interface_object->ni_rx_rings = port.rx_rings;
        interface_object->ni_host_tx_rings = host_tx;
        interface_object->ni_host_rx_rings = host_rx;
        auto const place = [&](std::uint32_t entry, bool tx, std::uint32_t i) {
            netmap_ring*& ring = port.rings[entry];
            if (ring == nullptr)
                ring = memory->make_ring(tx, static_cast<std::uint16_t>(i), port.slots);
            interface_object->ring_ofs[entry] = reinterpret_cast<std::byte*>(ring) - object;
            (tx ? bound_->tx : bound_->rx).push_back(ring);
        };
        for (std::uint32_t i = 0; i < tx_all; ++i)
            if (selected(i, port.tx_rings) && (request.nr_flags & NR_RX_RINGS_ONLY) == 0)
                place(i, true, i);
        for (std::uint32_t i = 0; i < rx_all; ++i)
            if (selected(i, port.rx_rings) && (request.nr_flags & NR_TX_RINGS_ONLY) == 0)
                place(port.tx_rings + host_tx + i, false, i);
        request.nr_extra_bufs = std::min(request.nr_extra_bufs, port.most_extra);
        for (std::uint32_t i = 0; i < request.nr_extra_bufs; ++i) {
            std::uint32_t const index = memory->allocate_buffer();
            std::memcpy(memory->buffer(index), &interface_object->ni_bufs_head, 4);
            interface_object->ni_bufs_head = index;
        }
        request.nr_offset = static_cast<std::uint64_t>(object - memory->base());
        request.nr_tx_rings = port.tx_rings;
        request.nr_rx_rings = port.rx_rings;
        request.nr_host_tx_rings = port.host_tx_rings;
        request.nr_host_rx_rings = port.host_rx_rings;
        request.nr_tx_slots = request.nr_rx_slots = port.slots;
        return reply(request, port.memory_id);
    }

    [[nodiscard]] int reply(nmreq_register& request, std::uint16_t id) {
        bound_->memory_id = id;
        request.nr_memsize = fake_memory::size;
        request.nr_mem_id = id;
        return 0;
    }

    fake_core& core_;
    std::shared_ptr<fake_binding> bound_;
};

} // namespace

fake_memory::fake_memory()
    : base_(static_cast<std::byte*>(::operator new (size, std::align_val_t{page}))) {
    std::memset(base_, 0, size);
    for (std::uint32_t i = buffer_count - 1; i >= 2; --i)
        free_.push_back(i);
}

fake_memory::~fake_memory() {
    ::operator delete (base_, std::align_val_t{page});
}

std::byte* fake_memory::allocate(std::size_t bytes) {
    std::byte* const at = base_ + used_;
    used_ += (bytes + 127) / 128 * 128;
    if (used_ > buffers_at)
        throw std::bad_alloc{};
    return at;
}

std::uint32_t fake_memory::allocate_buffer() {
    std::uint32_t const index = free_.back();
    free_.pop_back();
    return index;
}

netmap_ring* fake_memory::make_ring(bool tx, std::uint16_t id, std::uint32_t slots) {
    auto* const at = allocate(sizeof(netmap_ring) + std::size_t{slots} * sizeof(netmap_slot));
    auto* const ring = reinterpret_cast<netmap_ring*>(at);
    ring->buf_ofs = static_cast<std::int64_t>(buffers_at) - (at - base_);
    ring->num_slots = slots;
    ring->nr_buf_size = buffer_size;
    ring->ringid = id;
    ring->dir = tx ? 1 : 0;
    ring->tail = tx ? slots - 1 : 0;
    for (std::uint32_t i = 0; i < slots; ++i)
        ring->slot[i].buf_idx = allocate_buffer();
    return ring;
}

fake_binding::~fake_binding() {
    --core.bindings;
    if (port == nullptr)
        return;
    --port->users;
    auto head = interface_object->ni_bufs_head;
    while (head != 0) {
        core.returned_buffers.push_back(head);
        std::memcpy(&head, memory->buffer(head), 4);
    }
}

fake_core::fake_core() : backend(nmx::backend_kind::embedded) {
    for (int& fd : events)
        fd = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
}

fake_core::~fake_core() {
    for (int const fd : events)
        ::close(fd);
}

int fake_core::get_parameter(std::string const& name, long& into) {
    auto const found = parameters.find(name);
    if (found == parameters.end())
        return ENOENT;
    into = found->second;
    return 0;
}

int fake_core::set_parameter(std::string const& name, long value) {
    if (value < 0)
        return EINVAL;
    parameters[name] = value;
    return 0;
}

bool fake_core::parameter_writable(std::string const& name) {
    return name != "max_bridges";
}

int fake_core::step(std::string const& what) {
    log.push_back(what);
    return ++steps == fail_at ? fail_with : 0;
}

std::size_t fake_core::calls(std::string const& what) const {
    return static_cast<std::size_t>(std::ranges::count(log, what));
}

void fake_core::notify(nmx::direction dir) {
    std::uint64_t const one = 1;
    (void)!::write(events.at(dir == nmx::direction::rx ? 0 : 1), &one, sizeof one);
}

int fake_core::open(std::unique_ptr<nmx::detail::device>& into) noexcept {
    if (int const error = step("open"))
        return error;
    into = std::make_unique<fake_device>(*this);
    return 0;
}

} // namespace netmapxx_tests
