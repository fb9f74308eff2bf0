// SPDX-License-Identifier: BSD-2-Clause
#include "common/program.hpp"
#include "nm-ctl/ctl.hpp"

int main(int argc, char** argv) {
    using namespace netmapxx::apps;
    bool const classic = argc > 0 && ctl::is_classic_name(argv[0]);
    return program_main(argc, argv, classic ? ctl::run_classic : ctl::run);
}
