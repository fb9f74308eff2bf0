// SPDX-License-Identifier: BSD-2-Clause
// Takes --host=embedded|device off the command line and runs the tests.
#include "host.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <string_view>

int main(int argc, char** argv) {
    constexpr std::string_view option = "--host=";
    int kept = 1;
    for (int i = 1; i < argc; ++i) {
        const std::string_view arg = argv[i];
        if (!arg.starts_with(option)) {
            argv[kept++] = argv[i];
        } else if (!conformance::choose_host(arg.substr(option.size()))) {
            std::fprintf(stderr, "%s: the host is 'embedded' or 'device'\n", argv[i]);
            return 2;
        }
    }
    argv[kept] = nullptr;
    testing::InitGoogleTest(&kept, argv);
    return RUN_ALL_TESTS();
}
