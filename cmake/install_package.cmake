# The package for find_package(lakeflow): the static libraries, the headers that a connector and its tests may include, Arrow's headers, and
# lakeflow_connector(). The tree may be moved: nothing in it names where it was built or installed.

set(package_dir lib/cmake/lakeflow)

# What a connector and its tests may name, what the command is made of, and all that these need.
get_property(folders GLOBAL PROPERTY LAKEFLOW_LIBRARIES)
list(FILTER folders INCLUDE REGEX "^(base|libs/.*|sources/(interface|rest)|simulator/.*|testing/connector|tools/lakeflow)$")
set(unvisited ${folders})
while(unvisited)
  list(POP_FRONT unvisited folder)
  get_property(needs GLOBAL PROPERTY LAKEFLOW_DEPENDS_OF_${folder})
  foreach(need IN LISTS needs)
    if(NOT need IN_LIST folders)
      list(APPEND folders ${need})
      list(APPEND unvisited ${need})
    endif()
  endforeach()
endwhile()
set(package_targets lakeflow_language lakeflow_simdjson)
foreach(folder IN LISTS folders)
  lakeflow_target_name(${folder} target)
  list(APPEND package_targets ${target})
  # As in the build, each folder has an include root of its own, so that what a target does not name in DEPENDS does not compile. The headers of the
  # others (the engine's, the destinations') are nobody's outside: there they are linked and not seen.
  if(folder MATCHES "^(base|libs/.*|sources/(interface|rest)|simulator/.*|testing/connector)$")
    target_include_directories(${target} INTERFACE "$<INSTALL_INTERFACE:include/lakeflow/${target}>")
    install(DIRECTORY "${CMAKE_SOURCE_DIR}/${folder}/" DESTINATION "include/lakeflow/${target}/${folder}"
      FILES_MATCHING PATTERN "*.h" PATTERN "*_internal.h" EXCLUDE PATTERN test EXCLUDE)
  endif()
endforeach()
target_include_directories(lakeflow_tools_lakeflow INTERFACE "$<INSTALL_INTERFACE:include/lakeflow/lakeflow_tools_lakeflow>")
install(FILES tools/lakeflow/lakeflow_main.h DESTINATION include/lakeflow/lakeflow_tools_lakeflow/tools/lakeflow)

install(TARGETS ${package_targets} EXPORT lakeflow_targets ARCHIVE DESTINATION lib/lakeflow)
install(EXPORT lakeflow_targets DESTINATION ${package_dir})
if(NOT Arrow_FOUND)
  install(DIRECTORY "${LAKEFLOW_DEPENDENCIES}/arrow/include/arrow" DESTINATION include/lakeflow/arrow FILES_MATCHING PATTERN "*.h")
endif()
# A program that is built outside takes from lib/ what the system has not (Arrow, DuckDB), and nothing else: by a folder of links.
install(CODE "
  file(GLOB shared RELATIVE \"\${CMAKE_INSTALL_PREFIX}/lib\" \"\${CMAKE_INSTALL_PREFIX}/lib/libarrow*.so*\" \"\${CMAKE_INSTALL_PREFIX}/lib/libparquet.so*\" \"\${CMAKE_INSTALL_PREFIX}/lib/libduckdb.so*\")
  foreach(file IN LISTS shared)
    file(CREATE_LINK \"../\${file}\" \"\${CMAKE_INSTALL_PREFIX}/lib/lakeflow/\${file}\" SYMBOLIC)
  endforeach()")

include(CMakePackageConfigHelpers)
write_basic_package_version_file("${CMAKE_BINARY_DIR}/lakeflow-config-version.cmake" COMPATIBILITY SameMinorVersion)
set(LAKEFLOW_ARROW_IS_OURS TRUE)
if(Arrow_FOUND)
  set(LAKEFLOW_ARROW_IS_OURS FALSE)
endif()
configure_file(cmake/lakeflow-config.cmake.in "${CMAKE_BINARY_DIR}/lakeflow-config.cmake" @ONLY)
install(FILES "${CMAKE_BINARY_DIR}/lakeflow-config.cmake" "${CMAKE_BINARY_DIR}/lakeflow-config-version.cmake"
  cmake/layering.cmake cmake/connector.cmake cmake/connector_entry.h.in cmake/connector_entry.cpp.in cmake/connector_main.cpp.in
  DESTINATION ${package_dir})
