// SPDX-License-Identifier: BSD-2-Clause
#include <netmapxx/region.hpp>

#include <utility>

#include <netmapxx/error.hpp>

#include "control.hpp"
#include "region_state.hpp"

namespace netmapxx::inline v1 {

region::region(std::shared_ptr<detail::region_state> state) noexcept : state_(std::move(state)) {}

std::uint16_t region::id() const noexcept {
    return state_ ? state_->id() : std::uint16_t{0};
}
std::size_t region::size() const noexcept {
    return state_ ? state_->size() : 0;
}
std::size_t region::buffer_size() const noexcept {
    return state_ ? state_->buffer_size() : 0;
}
std::size_t region::buffer_count() const noexcept {
    return state_ ? state_->buffer_count() : 0;
}

std::size_t region::orphans() const noexcept {
    return state_ ? state_->orphans() : 0;
}

bool region::contains(void const* address) const noexcept {
    return state_ && state_->contains(address, 1);
}

namespace detail {

namespace {

constexpr std::string_view holder_name = "netmapxx-region";

// A null port in the region. Null if the core has no null ports, or lays them
// out differently.
[[nodiscard]] std::unique_ptr<device> open_holder(backend& host, nmreq_register const& reply) {
    std::unique_ptr<device> holder;
    if (host.open(holder) != 0)
        return nullptr;
    nmreq_register request{};
    request.nr_mode = NR_REG_NULL;
    request.nr_mem_id = reply.nr_mem_id;
    control_request control{NETMAP_REQ_REGISTER, holder_name, &request};
    if (control.send(host, *holder) != 0 || request.nr_mem_id != reply.nr_mem_id ||
        request.nr_memsize != reply.nr_memsize)
        return nullptr;
    return holder;
}

[[nodiscard]] std::unique_ptr<mapping> map_by_holder(backend& host, nmreq_register const& reply) {
    auto const holder = open_holder(host, reply);
    std::unique_ptr<mapping> memory;
    if (!holder || holder->map(reply.nr_memsize, memory) != 0)
        return nullptr;
    return memory; // the mapping keeps the holder registered
}

/// The program's own memory. The holder keeps the region's id from naming
/// another one while a handle of this one lives.
class own_mapping final : public mapping {
  public:
    own_mapping(own_memory memory, std::size_t size, std::unique_ptr<device> holder) noexcept
        : memory_(std::move(memory)), size_(size), holder_(std::move(holder)) {}

    [[nodiscard]] std::byte* base() const noexcept override { return memory_.bytes.data(); }
    [[nodiscard]] std::size_t size() const noexcept override { return size_; }

  private:
    own_memory memory_;
    std::size_t size_;
    std::unique_ptr<device> holder_;
};

// The same memory may be mapped twice by the program, which then looks at each
// port through the addresses it gave; what the library mapped serves all.
[[nodiscard]] bool serves(region_state const& known, registration const& bound) noexcept {
    auto const& own = bound.external;
    return known.size() == bound.reply.nr_memsize &&
           (own.bytes.empty() || own.file || known.base() == own.bytes.data());
}

[[nodiscard]] std::shared_ptr<region_state> own_region(backend& host, registration& bound) {
    auto const& reply = bound.reply;
    return std::make_shared<region_state>(
        reply.nr_mem_id, std::make_unique<own_mapping>(std::move(bound.external),
                                                       static_cast<std::size_t>(reply.nr_memsize),
                                                       open_holder(host, reply)));
}

} // namespace

bool region_state::contains(void const* address, std::size_t bytes) const noexcept {
    auto const begin = reinterpret_cast<std::uintptr_t>(base());
    auto const at = reinterpret_cast<std::uintptr_t>(address);
    return at >= begin && bytes <= size() && at - begin <= size() - bytes;
}

void region_state::learn(netmap_ring const& ring) noexcept {
    auto const ring_at = reinterpret_cast<std::byte const*>(&ring) - base();
    auto const first = ring_at + ring.buf_ofs;
    if (first < 0 || std::cmp_greater_equal(first, size()) || ring.nr_buf_size == 0)
        return;
    auto const room = size() - static_cast<std::size_t>(first);
    buffer_size_.store(ring.nr_buf_size);
    buffer_count_.store(static_cast<std::uint32_t>(room / ring.nr_buf_size));
    buffers_.store(base() + first);
}

std::shared_ptr<region_state> find_region(backend& host, registration& bound,
                                          std::string_view subject, bool& pinned) {
    auto const& reply = bound.reply;
    std::scoped_lock const lock{host.regions_lock};
    auto& known = host.regions[reply.nr_mem_id];
    if (auto region = known.lock(); region && serves(*region, bound))
        return region;
    if (!bound.external.bytes.empty()) {
        auto region = own_region(host, bound);
        known = region;
        return region;
    }
    auto memory = map_by_holder(host, reply);
    pinned = memory == nullptr;
    if (pinned) {
        int const error = bound.dev->map(reply.nr_memsize, memory);
        if (error != 0)
            throw netmapxx::error{code_of(error), "map memory of", subject};
    }
    auto region = std::make_shared<region_state>(reply.nr_mem_id, std::move(memory));
    known = region;
    return region;
}

} // namespace detail

} // namespace netmapxx::inline v1
