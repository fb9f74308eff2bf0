// SPDX-License-Identifier: BSD-2-Clause
// sdk_live_tests [--backend=embedded|device]: one suite for every host of the
// core. Ends with 77 where the host that was asked for is not there.
#include <cstdio>
#include <string_view>

#include "live.hpp"

int main(int argc, char** argv) {
    constexpr std::string_view option = "--backend=";
    testing::InitGoogleTest(&argc, argv);
    std::error_code ec;
    for (int i = 1; i < argc; ++i) {
        std::string_view const word = argv[i];
        if (!word.starts_with(option)) {
            std::fprintf(stderr, "%s: expected --backend=embedded or --backend=device\n", argv[i]);
            return 2;
        }
        netmapxx_tests::live_backend = netmapxx::backend_from_name(word.substr(option.size()), ec);
        if (ec) {
            std::fprintf(stderr, "%s: %s\n", argv[i], ec.message().c_str());
            return 2;
        }
    }
    (void)netmapxx::vale::list(ec, netmapxx_tests::live_backend);
    if (ec == netmapxx::errc::backend_unavailable) {
        std::printf("cannot run here: %s\n", ec.message().c_str());
        return 77;
    }
    return RUN_ALL_TESTS();
}
