# SPDX-License-Identifier: BSD-2-Clause
# What `cmake --install` puts where, and what other projects find afterwards.
#
# Components: runtime (shared libraries), development (headers, archives, CMake
# and pkg-config files), doc, apps (programs, their manual pages, and who may open
# /dev/netmap).
# A shared and a static build may be installed over each other: the targets of
# each are in files of their own, and netmapxx-config.cmake chooses.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(config_dir ${CMAKE_INSTALL_LIBDIR}/cmake/netmapxx)
get_target_property(netmapxx_type netmapxx TYPE)
if(netmapxx_type STREQUAL SHARED_LIBRARY)
  set(linkage shared)
else()
  set(linkage static)
endif()

# netmapxx_export(SET TARGET...): installs targets, exported as SET.
function(netmapxx_export set)
  install(TARGETS ${ARGN} EXPORT netmapxx-${set}
    RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT runtime
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT runtime NAMELINK_COMPONENT development
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development
    INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  install(EXPORT netmapxx-${set} FILE netmapxx-${set}-targets.cmake NAMESPACE netmapxx::
    DESTINATION ${config_dir} COMPONENT development)
endfunction()

# The C headers; the library, an archive of which needs the engine's as well;
# the Asio layer; the C face and what loads it before a program.
netmapxx_export(abi netmap_abi)
if(linkage STREQUAL "static")
  netmapxx_export(static netmapxx netmap_engine)
else()
  netmapxx_export(shared netmapxx)
endif()
if(TARGET netmapxx_asio)
  netmapxx_export(asio netmapxx_asio)
endif()
if(TARGET netmapxx_compat)
  netmapxx_export(compat-${linkage} netmapxx_compat)
  install(FILES ${PROJECT_SOURCE_DIR}/sdk/compat/include/libnetmap.h
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development)
endif()
if(TARGET netmapxx_preload) # a shared library in either build
  netmapxx_export(preload netmapxx_preload)
endif()

# Headers.
foreach(from kernel/include/ sdk/include/)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/${from} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
    COMPONENT development FILES_MATCHING PATTERN "*.h" PATTERN "*.hpp")
endforeach()
install(FILES ${PROJECT_SOURCE_DIR}/kernel/user/netmap_engine.h
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development)

# find_package(netmapxx): before 1.0 each minor version is a world of its own.
if(PROJECT_VERSION_MAJOR EQUAL 0)
  set(compatibility SameMinorVersion)
else()
  set(compatibility SameMajorVersion)
endif()
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/netmapxx-config.cmake.in
  ${PROJECT_BINARY_DIR}/netmapxx-config.cmake INSTALL_DESTINATION ${config_dir}
  NO_CHECK_REQUIRED_COMPONENTS_MACRO)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/netmapxx-config-version.cmake
  COMPATIBILITY ${compatibility})
install(FILES ${PROJECT_BINARY_DIR}/netmapxx-config.cmake
  ${PROJECT_BINARY_DIR}/netmapxx-config-version.cmake
  DESTINATION ${config_dir} COMPONENT development)

# pkg-config. The prefix is told from where the file lies, unless the
# directories were given as absolute paths.
set(pc_prefix ${CMAKE_INSTALL_PREFIX})
if(NOT IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}")
  file(RELATIVE_PATH up /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
  string(REGEX REPLACE "/$" "" up "${up}")
  set(pc_prefix "\${pcfiledir}/${up}")
endif()
foreach(dir LIBDIR INCLUDEDIR)
  set(pc_${dir} ${CMAKE_INSTALL_${dir}})
  if(NOT IS_ABSOLUTE "${pc_${dir}}")
    set(pc_${dir} "\${prefix}/${pc_${dir}}")
  endif()
endforeach()
set(pc_files netmapxx)
if(TARGET netmapxx_compat)
  list(APPEND pc_files netmapxx-compat)
endif()
foreach(pc ${pc_files})
  configure_file(${PROJECT_SOURCE_DIR}/cmake/${pc}.pc.in ${PROJECT_BINARY_DIR}/${pc}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/${pc}.pc
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)
endforeach()

# Programs: they find a shared library beside them, wherever both are.
get_property(programs GLOBAL PROPERTY NETMAPXX_PROGRAMS)
if(programs)
  if(NOT IS_ABSOLUTE "${CMAKE_INSTALL_BINDIR}" AND NOT IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}")
    file(RELATIVE_PATH to_lib /${CMAKE_INSTALL_BINDIR} /${CMAKE_INSTALL_LIBDIR})
    set_target_properties(${programs} PROPERTIES INSTALL_RPATH "$ORIGIN/${to_lib}")
  endif()
  install(TARGETS ${programs} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT apps)
  file(CREATE_LINK nm-ctl ${PROJECT_BINARY_DIR}/vale-ctl SYMBOLIC)
  install(FILES ${PROJECT_BINARY_DIR}/vale-ctl DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT apps)
  # Manual pages. The programs are run for them, so they are made when they are needed:
  # here, or by the target man.
  if(NETMAPXX_BUILD_MAN)
    set(make_man ${PROJECT_SOURCE_DIR}/scripts/make-man.sh
      --programs $<TARGET_FILE_DIR:nm-ctl> --output ${PROJECT_BINARY_DIR}/man)
    add_custom_target(man COMMAND ${make_man} COMMENT "Manual pages" VERBATIM)
    add_dependencies(man ${programs})
    list(JOIN make_man "\" \"" make_man)
    install(CODE "execute_process(COMMAND \"${make_man}\" COMMAND_ERROR_IS_FATAL ANY)" COMPONENT apps)
    install(DIRECTORY ${PROJECT_BINARY_DIR}/man/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT apps)
  endif()
  # Who may open /dev/netmap: a group, instead of root alone.
  install(FILES ${PROJECT_SOURCE_DIR}/packaging/udev/60-netmapxx.rules
    DESTINATION lib/udev/rules.d COMPONENT apps)
  install(FILES ${PROJECT_SOURCE_DIR}/packaging/sysusers/netmapxx.conf
    DESTINATION lib/sysusers.d COMPONENT apps)
endif()

# Documents, and the reference where it was built (target docs).
install(FILES ${PROJECT_SOURCE_DIR}/README.md ${PROJECT_SOURCE_DIR}/LICENSE
  DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT doc)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/docs DESTINATION ${CMAKE_INSTALL_DOCDIR}
  COMPONENT doc FILES_MATCHING PATTERN "*.md" PATTERN "*.json" PATTERN "*.svg" PATTERN "*.png"
  PATTERN site EXCLUDE PATTERN snippets EXCLUDE)
if(TARGET docs)
  install(DIRECTORY ${PROJECT_BINARY_DIR}/docs/html DESTINATION ${CMAKE_INSTALL_DOCDIR}
    COMPONENT doc OPTIONAL)
endif()
