// SPDX-License-Identifier: BSD-2-Clause
// Port specifications: any text. What is accepted prints to a text that gives
// the same again; what is refused is refused at a place inside the text.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include <netmapxx/port_spec.hpp>

namespace {

void expect(bool ok, char const* what) {
    if (ok)
        return;
    std::fprintf(stderr, "expected: %s\n", what);
    std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view const text{reinterpret_cast<char const*>(data), size};
    std::error_code ec;
    auto const spec = netmapxx::port_spec::parse(text, ec);
    try {
        netmapxx::port_spec const thrown{text};
        expect(!ec && thrown == spec, "both forms agree");
        expect(netmapxx::port_spec{spec.to_string()} == spec, "what is printed is read again");
        expect(spec.core_name().size() <= netmapxx::port_spec::max_core_name, "the name fits");
    } catch (netmapxx::port_spec_error const& e) {
        expect(static_cast<bool>(ec), "both forms refuse");
        expect(e.position() <= size, "the position lies in the text");
    }
    auto const typed = netmapxx::port_spec::from_user(text, ec);
    expect(ec || netmapxx::port_spec::from_user(typed.to_string()) == typed, "so for user's text");
    return 0;
}
