# SPDX-License-Identifier: BSD-2-Clause
# Runs Doxygen, then our own check of what it read. Every complaint is printed,
# and any complaint fails: cmake -D DOXYGEN=... -D PYTHON=... -D CHECK=... -P build.cmake

execute_process(COMMAND ${DOXYGEN} Doxyfile RESULT_VARIABLE doxygen)
if(EXISTS warnings.txt)
  file(READ warnings.txt warnings)
endif()
if(NOT doxygen EQUAL 0 OR NOT "${warnings}" STREQUAL "")
  message("${warnings}")
  message(FATAL_ERROR "the documentation has warnings")
endif()
execute_process(COMMAND ${PYTHON} ${CHECK} . RESULT_VARIABLE check)
if(NOT check EQUAL 0)
  message(FATAL_ERROR "the documentation has gaps")
endif()
