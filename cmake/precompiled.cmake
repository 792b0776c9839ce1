# The outside headers that most files read, compiled once for the libraries and once for the tests. Only headers from outside:
# who of ours may include whom is for cmake/layering.cmake. Builds without it (the sanitizers', by preset) show an include that is missing.
option(LAKEFLOW_PRECOMPILE_HEADERS "Compile the outside headers once" OFF)
if(NOT LAKEFLOW_PRECOMPILE_HEADERS)
  function(lakeflow_precompile)
  endfunction()
  return()
endif()

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options(-fpch-preprocess)  # ccache needs it
endif()

# g++ instantiates a precompiled header's inline templates anew for every file, so a header earns its place here only where most
# files read it: <nlohmann/json.hpp> costs a second in each file that has no use for it.
set(lakeflow_outside_headers
  <algorithm> <array> <chrono> <filesystem> <functional> <map> <memory> <optional> <set> <span> <sstream> <string> <string_view>
  <thread> <unordered_map> <variant> <vector>
  <arrow/record_batch.h> <arrow/type.h>
  <fmt/format.h>)

# lakeflow_precompiled(<name> <headers…>): compiles them once, for those targets that say lakeflow_precompile(<target> <name>).
function(lakeflow_precompiled name)
  set(source "${CMAKE_BINARY_DIR}/${name}.cpp")
  file(CONFIGURE OUTPUT "${source}" CONTENT "")
  add_library(${name} OBJECT "${source}")
  target_link_libraries(${name} PRIVATE lakeflow_language lakeflow_warnings lakeflow_arrow fmt::fmt)
  target_precompile_headers(${name} PRIVATE ${ARGN})
endfunction()

lakeflow_precompiled(lakeflow_precompiled_library ${lakeflow_outside_headers})
if(BUILD_TESTING)
  lakeflow_precompiled(lakeflow_precompiled_test ${lakeflow_outside_headers} <gmock/gmock.h> <gtest/gtest.h>)
  target_link_libraries(lakeflow_precompiled_test PRIVATE GTest::gmock)
  # As an executable's files are compiled, or g++ refuses it.
  set_target_properties(lakeflow_precompiled_test PROPERTIES POSITION_INDEPENDENT_CODE OFF)
  target_compile_options(lakeflow_precompiled_test PRIVATE -fPIE)
  target_compile_options(lakeflow_precompiled_test PRIVATE ${LAKEFLOW_TEST_OPTIONS})
endif()

function(lakeflow_precompile target name)
  target_precompile_headers(${target} REUSE_FROM ${name})
endfunction()
