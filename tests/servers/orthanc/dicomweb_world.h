#pragma once

#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/command_line/process.h"
#include "tests/servers/orthanc/orthanc_server.h"

namespace lakeflow {

// A row of a query: the values as text, "null" for none.
using Row = std::vector<std::string>;

// An Orthanc, files for it, and a pipeline that the command reads it by.
class DicomwebWorld : public testing::Test {
 protected:
  // Skips where the server is not installed, but where LAKEFLOW_REQUIRE_SERVERS is set: there that is a failure.
  void SetUp() override;
  void TearDown() override;

  void start(const OrthancServer::Settings& settings);
  void upload(const std::vector<std::filesystem::path>& files);

  // How the pipeline reaches the server: options of the connection, in YAML's flow style.
  std::string as_orthanc(const std::string& further = {}) const;
  std::string as_plain_dicomweb(const std::string& further = {}) const;
  void write_pipeline(const std::string& options, const std::string& table_configuration = {});

  // Runs the command on the pipeline. It ends with this object.
  std::unique_ptr<Process> command(const std::string& words);
  // Likewise, to its end; what it printed on both outputs. Its exit code must be this one.
  std::string run(const std::string& words, int exit_code = 0);

  std::vector<Row> query(const std::string& sql);
  std::string value(const std::string& sql);
  // "studies=3 series=5 instances=9"
  std::string counts();

  // Every table holds exactly what a search of its level gives now, record by record. How many those were.
  std::size_t expect_tables_as_searched();

  std::filesystem::path folder_;
  std::unique_ptr<OrthancServer> orthanc_;
  std::vector<std::filesystem::path> files_;
};

}  // namespace lakeflow
