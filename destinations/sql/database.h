#pragma once

#include <duckdb.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"

namespace lakeflow {

class DatabaseSettings;

// An open DuckDB, which answers SQL: on a file, or on nothing but memory. Thread-safe.
class Database {
 public:
  // One in memory, gone with it. `path` is what errors call it.
  static Result<std::shared_ptr<Database>> in_memory(std::string path, const DatabaseSettings& settings);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  virtual ~Database();

  // The catalogue under which it is attached: every connection uses it. A name of its own, as DuckDB takes `a.b` for ambiguous where
  // there are both a catalogue and a schema `a`, and a file is easily named like one of its schemas.
  static constexpr const char* kCatalog = "lakeflow_file";

  duckdb_database handle() const { return database_; }
  const std::string& path() const { return path_; }
  virtual bool read_only() const { return false; }
  // To be called before every transaction that writes.
  virtual Status prepare_log() const { return {}; }
  // To be called before and after every COMMIT: a destination error where what is written would not be found by who opens path() later.
  virtual Status check_before_commit() const { return {}; }
  virtual Status check_after_commit() const { return {}; }

 protected:
  explicit Database(std::string path) : path_(std::move(path)) {}
  // Starts DuckDB and attaches `target` under the catalogue's name, with ATTACH's options: what can't be given to DuckDB itself. From then
  // on no SQL reads or writes a file but the target and what lies in the folders.
  Status start(const DatabaseSettings& settings, const std::string& target, const std::string& options, const std::vector<std::string>& folders = {});
  // Nothing is to be asked after that.
  void close();

 private:
  std::string path_;
  duckdb_database database_ = nullptr;
};

// DuckDB's settings, owned.
class DatabaseSettings {
 public:
  DatabaseSettings();
  DatabaseSettings(const DatabaseSettings&) = delete;
  DatabaseSettings& operator=(const DatabaseSettings&) = delete;
  ~DatabaseSettings();

  Status set(const char* name, const std::string& value);
  duckdb_config handle() const { return handle_; }

 private:
  duckdb_config handle_ = nullptr;
};

}  // namespace lakeflow
