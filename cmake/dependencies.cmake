# What comes from outside, as targets. tools/setup puts pip's and npm's packages into .deps.

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(CURL REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(CLI11 REQUIRED)
find_package(ICU 70 REQUIRED COMPONENTS uc data)
find_package(LibArchive 3.6 REQUIRED)
find_package(ZLIB REQUIRED)
pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(HWY REQUIRED IMPORTED_TARGET libhwy)
pkg_check_modules(HTTPLIB REQUIRED IMPORTED_TARGET cpp-httplib)

set(LAKEFLOW_DEPENDENCIES "${CMAKE_SOURCE_DIR}/.deps" CACHE PATH "Where tools/setup put pip's and npm's packages")
if(NOT EXISTS "${LAKEFLOW_DEPENDENCIES}/complete")
  message(FATAL_ERROR "The dependencies are not there yet: run tools/setup first (make test and make demo do).")
endif()

# Arrow C++ with Parquet: the system's where there is one, else the one inside the pyarrow wheel.
find_package(Arrow 26 QUIET)
if(Arrow_FOUND)
  add_library(lakeflow_arrow ALIAS Arrow::arrow_shared)
  find_package(Parquet 26 REQUIRED)
  add_library(lakeflow_parquet ALIAS Parquet::parquet_shared)
  # A system's Arrow has S3 inside.
  add_library(lakeflow_arrow_s3 ALIAS Arrow::arrow_shared)
else()
  add_library(lakeflow_arrow SHARED IMPORTED GLOBAL)
  set_target_properties(lakeflow_arrow PROPERTIES
    IMPORTED_LOCATION "${LAKEFLOW_DEPENDENCIES}/arrow/lib/libarrow.so"
    INTERFACE_INCLUDE_DIRECTORIES "${LAKEFLOW_DEPENDENCIES}/arrow/include")
  add_library(lakeflow_parquet SHARED IMPORTED GLOBAL)
  set_target_properties(lakeflow_parquet PROPERTIES
    IMPORTED_LOCATION "${LAKEFLOW_DEPENDENCIES}/arrow/lib/libparquet.so"
    INTERFACE_LINK_LIBRARIES lakeflow_arrow)
  # S3 is a library of its own in the wheel; Google Cloud Storage and Azure are inside Arrow's.
  add_library(lakeflow_arrow_s3 SHARED IMPORTED GLOBAL)
  set_target_properties(lakeflow_arrow_s3 PROPERTIES
    IMPORTED_LOCATION "${LAKEFLOW_DEPENDENCIES}/arrow/lib/libarrow_s3.so"
    INTERFACE_LINK_LIBRARIES lakeflow_arrow)
endif()

add_library(lakeflow_duckdb SHARED IMPORTED GLOBAL)
set_target_properties(lakeflow_duckdb PROPERTIES
  IMPORTED_LOCATION "${LAKEFLOW_DEPENDENCIES}/duckdb/lib/libduckdb.so"
  INTERFACE_INCLUDE_DIRECTORIES "${LAKEFLOW_DEPENDENCIES}/duckdb/include")

# simdjson is compiled once, with run-time dispatch (no -march: a fixed one picks a slower path).
add_library(lakeflow_simdjson STATIC "${LAKEFLOW_DEPENDENCIES}/simdjson/simdjson.cpp")
target_include_directories(lakeflow_simdjson SYSTEM PUBLIC "$<BUILD_INTERFACE:${LAKEFLOW_DEPENDENCIES}/simdjson>")
target_compile_features(lakeflow_simdjson PUBLIC cxx_std_23)
target_compile_definitions(lakeflow_simdjson PUBLIC SIMDJSON_EXCEPTIONS=0)

set(LAKEFLOW_FHIR_PACKAGE "${LAKEFLOW_DEPENDENCIES}/fhir")
set(LAKEFLOW_HL7APY "${LAKEFLOW_DEPENDENCIES}/hl7apy")
set(LAKEFLOW_HL7_DICTIONARY "${LAKEFLOW_DEPENDENCIES}/hl7-dictionary")

if(BUILD_TESTING)
  find_package(GTest REQUIRED)
endif()
