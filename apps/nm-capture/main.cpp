// SPDX-License-Identifier: BSD-2-Clause
#include "common/program.hpp"
#include "nm-capture/capture.hpp"

int main(int argc, char** argv) {
    return netmapxx::apps::program_main(argc, argv, netmapxx::apps::capture::run);
}
