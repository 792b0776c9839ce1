# How everything of ours is compiled: C++23, warnings are errors, sanitizers by preset.

add_library(lakeflow_language INTERFACE)
target_compile_features(lakeflow_language INTERFACE cxx_std_23)

add_library(lakeflow_warnings INTERFACE)
target_compile_options(lakeflow_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Wconversion -Wsign-conversion -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # False alarms of g++ 12 in the standard library's own code under optimization.
  target_compile_options(lakeflow_warnings INTERFACE -Wno-maybe-uninitialized -Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread -Wno-array-bounds -Wno-dangling-reference)
  if(CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    target_compile_options(lakeflow_warnings INTERFACE -Wno-dangling-pointer)
  endif()
endif()

set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g1")
set(CMAKE_CXX_FLAGS_INSTRUMENTED "-O1 -g1 -fno-omit-frame-pointer")
# Of a test's own code, time to compile counts more than time to run.
set(LAKEFLOW_TEST_OPTIONS "")
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  set(LAKEFLOW_TEST_OPTIONS -O0)
endif()
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

set(LAKEFLOW_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize takes them")
if(LAKEFLOW_SANITIZE)
  add_compile_options(-fsanitize=${LAKEFLOW_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${LAKEFLOW_SANITIZE})
endif()
# What tests run with. What the thread sanitizer can't know is suppressed in thread_sanitizer.supp. Its search for deadlocks breaks off where a thread
# holds more than 64 locks, as DuckDB's do.
set(LAKEFLOW_TEST_ENVIRONMENT "")
# A program that watches itself takes so many times as long for what must be done within a second.
set(LAKEFLOW_SLOWDOWN 1)
if(LAKEFLOW_SANITIZE)
  set(LAKEFLOW_SLOWDOWN 10)
endif()
if(LAKEFLOW_SANITIZE MATCHES "thread")
  set(LAKEFLOW_TEST_ENVIRONMENT "TSAN_OPTIONS=ignore_noninstrumented_modules=1:detect_deadlocks=0:die_after_fork=0:suppressions=${CMAKE_SOURCE_DIR}/cmake/thread_sanitizer.supp")
endif()
option(LAKEFLOW_COVERAGE "Count executed lines" OFF)
if(LAKEFLOW_COVERAGE)
  add_compile_options(--coverage)
  add_link_options(--coverage)
endif()

find_program(LAKEFLOW_CCACHE ccache)
if(LAKEFLOW_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=include_file_ctime,include_file_mtime,pch_defines,time_macros ${LAKEFLOW_CCACHE})
endif()
find_program(LAKEFLOW_MOLD mold)
if(LAKEFLOW_MOLD)
  add_link_options(-fuse-ld=mold)
endif()
