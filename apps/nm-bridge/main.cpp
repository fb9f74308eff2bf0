// SPDX-License-Identifier: BSD-2-Clause
#include "common/program.hpp"
#include "nm-bridge/bridge.hpp"

int main(int argc, char** argv) {
    return netmapxx::apps::program_main(argc, argv, netmapxx::apps::bridge::run);
}
