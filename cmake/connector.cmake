# lakeflow_connector(<name> [SOURCES …] [DEPENDS folder…] [LINK outside targets…] [PRIVATE_LINK outside targets…] [TESTS …] [COMMAND <name>])
#
# A connector: the folder in which this is called, which has the form of the design document (§5). It builds the same in sources/<name> of this
# repository, where the command takes it up, and in a place of its own against the installed package, where it becomes a command of its own:
# build/<name> (or what COMMAND says), with all commands and connectors of `lakeflow` and this one.
#
#   SOURCES  all *.cpp of the folder without it
#   DEPENDS  the folders of ours that it includes: base, sources/interface and sources/rest without it
#   TESTS    test/*.cpp without it: a GoogleTest <name>_test, which sees the suite (testing/connector) and the simulators, too
#
# The class <Name>Connect of lakeflow_connect.h is made by its static make(options). From connector_spec.yaml and that comes
# "sources/<name>/<name>_connector.h" with <name>_connector(), the connector as a registry knows it; it is written when CMake runs.

set(LAKEFLOW_CONNECTOR_TEMPLATES "${CMAKE_CURRENT_LIST_DIR}")

# shop_orders -> ShopOrders
function(lakeflow_camel_case name out)
  string(REPLACE "_" ";" words "${name}")
  set(result "")
  foreach(word IN LISTS words)
    string(SUBSTRING "${word}" 0 1 first)
    string(SUBSTRING "${word}" 1 -1 rest)
    string(TOUPPER "${first}" first)
    string(APPEND result "${first}${rest}")
  endforeach()
  set(${out} "${result}" PARENT_SCOPE)
endfunction()

function(lakeflow_connector name)
  cmake_parse_arguments(ARG "" "COMMAND" "SOURCES;DEPENDS;LINK;PRIVATE_LINK;TESTS" ${ARGN})
  if(NOT name MATCHES "^[a-z][a-z0-9]*(_[a-z0-9]+)*$")
    message(FATAL_ERROR "${name} is no name of a connector: lower case letters and digits, words divided by _")
  endif()
  if(NOT ARG_SOURCES)
    file(GLOB ARG_SOURCES CONFIGURE_DEPENDS *.cpp)
  endif()
  if(NOT ARG_DEPENDS)
    set(ARG_DEPENDS base sources/interface sources/rest)
  endif()
  if(NOT ARG_TESTS)
    file(GLOB ARG_TESTS CONFIGURE_DEPENDS test/*.cpp)
  endif()

  set(generated "${CMAKE_CURRENT_BINARY_DIR}/connector")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS connector_spec.yaml)
  file(READ connector_spec.yaml CONNECTOR_SPEC)
  set(CONNECTOR_NAME ${name})
  lakeflow_camel_case(${name} CONNECTOR_CLASS)
  set(CONNECTOR_OPTIONS_HEADER "")
  set(CONNECTOR_OPTIONS "")
  if("sources/rest" IN_LIST ARG_DEPENDS)
    set(CONNECTOR_OPTIONS_HEADER "\n#include \"sources/rest/rest_options.h\"")
    set(CONNECTOR_OPTIONS "{\"rest\", rest_options()}")
  endif()
  configure_file("${LAKEFLOW_CONNECTOR_TEMPLATES}/connector_entry.h.in" "${generated}/sources/${name}/${name}_connector.h" @ONLY)
  configure_file("${LAKEFLOW_CONNECTOR_TEMPLATES}/connector_entry.cpp.in" "${generated}/${name}_connector.cpp" @ONLY)

  lakeflow_library(sources/${name}
    SOURCES ${ARG_SOURCES} "${generated}/${name}_connector.cpp"
    DEPENDS ${ARG_DEPENDS}
    LINK ${ARG_LINK}
    PRIVATE_LINK ${ARG_PRIVATE_LINK})
  target_include_directories(lakeflow_sources_${name} PUBLIC "$<BUILD_INTERFACE:${generated}>")
  set_property(GLOBAL APPEND PROPERTY LAKEFLOW_CONNECTORS ${name})

  if(ARG_TESTS)
    lakeflow_test(${name}_test SOURCES ${ARG_TESTS} DEPENDS sources/${name} testing/connector simulator/api simulator/fhir)
    if(BUILD_TESTING)
      target_compile_definitions(${name}_test PRIVATE LAKEFLOW_CONNECTOR_DIR="${CMAKE_CURRENT_SOURCE_DIR}")
    endif()
  endif()

  if(LAKEFLOW_IS_INSTALLED)
    if(NOT ARG_COMMAND)
      set(ARG_COMMAND ${name})
    endif()
    configure_file("${LAKEFLOW_CONNECTOR_TEMPLATES}/connector_main.cpp.in" "${generated}/main.cpp" @ONLY)
    lakeflow_executable(${name}_command SOURCES "${generated}/main.cpp" DEPENDS sources/${name} tools/lakeflow)
    set_target_properties(${name}_command PROPERTIES OUTPUT_NAME ${ARG_COMMAND})
  endif()
endfunction()
