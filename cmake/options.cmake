# SPDX-License-Identifier: BSD-2-Clause
# What every target of the project is compiled with: warnings, sanitizers,
# ccache when it is there.

find_program(NETMAPXX_CCACHE ccache)
if(NETMAPXX_CCACHE AND PROJECT_IS_TOP_LEVEL)
  # relative paths, so that a fresh clone finds what another one compiled
  set(launcher ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1
               ${NETMAPXX_CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
endif()

add_library(netmapxx_build INTERFACE)
target_compile_options(netmapxx_build INTERFACE -Wall -Wextra -Wpedantic)
if(NETMAPXX_WERROR)
  target_compile_options(netmapxx_build INTERFACE -Werror)
endif()
if(NETMAPXX_SANITIZE)
  target_compile_options(netmapxx_build INTERFACE
    -fsanitize=${NETMAPXX_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(netmapxx_build INTERFACE -fsanitize=${NETMAPXX_SANITIZE})
endif()
