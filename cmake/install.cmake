# make install: bin/lakeflow with every library that it needs beside it, so that the tree runs where it is moved to.
# Only the C library stays the system's.

set_target_properties(lakeflow PROPERTIES INSTALL_RPATH "$ORIGIN/../lib")
# RPATH, not RUNPATH: the libraries in lib/ look for their own needs by it too.
target_link_options(lakeflow PRIVATE -Wl,--disable-new-dtags)

install(TARGETS lakeflow RUNTIME_DEPENDENCY_SET lakeflow_needs RUNTIME DESTINATION bin)
install(RUNTIME_DEPENDENCY_SET lakeflow_needs
  PRE_EXCLUDE_REGEXES "^ld-linux" "^lib(c|m|dl|rt|pthread|resolv|anl|util|nsl)\\.so"
  LIBRARY DESTINATION lib)
install(FILES README.md DESIGN.md WORKFLOW.md CONTRIBUTING.md SECURITY.md CHANGELOG.md LICENSE DESTINATION share/doc/lakeflow)
install(DIRECTORY docs/ DESTINATION share/doc/lakeflow/docs FILES_MATCHING PATTERN "*.md")
install(DIRECTORY skills/ DESTINATION share/doc/lakeflow/skills)
install(DIRECTORY examples/ DESTINATION share/doc/lakeflow/examples)
install(DIRECTORY sources/ DESTINATION share/doc/lakeflow/sources FILES_MATCHING PATTERN "*.md" PATTERN interface EXCLUDE PATTERN test EXCLUDE)
foreach(shell_file "bash:share/bash-completion/completions/lakeflow" "zsh:share/zsh/site-functions/_lakeflow" "fish:share/fish/vendor_completions.d/lakeflow.fish")
  string(REGEX REPLACE ":.*" "" shell "${shell_file}")
  string(REGEX REPLACE "^[^:]*:" "" file "${shell_file}")
  get_filename_component(folder "${file}" DIRECTORY)
  install(CODE "
    file(MAKE_DIRECTORY \"\${CMAKE_INSTALL_PREFIX}/${folder}\")
    execute_process(COMMAND \"\${CMAKE_INSTALL_PREFIX}/bin/lakeflow\" completion ${shell}
      OUTPUT_FILE \"\${CMAKE_INSTALL_PREFIX}/${file}\" COMMAND_ERROR_IS_FATAL ANY)")
endforeach()

# What a connector is built with outside of this repository: find_package(lakeflow) (docs/making-a-connector.md).
include(cmake/install_package.cmake)
