#pragma once

#include <duckdb.h>

#include <utility>

namespace lakeflow {

// A DuckDB type, owned.
class LogicalType {
 public:
  explicit LogicalType(duckdb_logical_type handle) : handle_(handle) {}
  LogicalType(LogicalType&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  LogicalType& operator=(LogicalType&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~LogicalType() { duckdb_destroy_logical_type(&handle_); }
  duckdb_logical_type handle() const { return handle_; }

 private:
  duckdb_logical_type handle_;
};

}  // namespace lakeflow
