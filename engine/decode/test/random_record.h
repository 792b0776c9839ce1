#pragma once

#include <memory>
#include <random>
#include <string>

#include <arrow/type_fwd.h>

namespace lakeflow {

// Schemas and records of all kinds, the same for the same seed. Most of a record fits its schema; the rest is of other
// types, of other names, null, doubled, or no JSON at all.
class RandomRecords {
 public:
  explicit RandomRecords(std::uint64_t seed) : random_(seed) {}

  // In the words of schema_text.h.
  std::string schema_text();
  std::string record(const arrow::Schema& schema);

 private:
  std::size_t below(std::size_t end) { return static_cast<std::size_t>(random_() % end); }
  bool one_in(std::size_t n) { return below(n) == 0; }
  std::string fields_text(int depth, std::size_t count);
  std::string type_text(int depth);
  std::string space();
  std::string key(const std::string& name);
  std::string string();
  std::string number();
  std::string date();
  std::string anything(int depth);
  std::string object(const arrow::FieldVector& fields);
  std::string value(const arrow::Field& field);
  std::string fitting_value(const arrow::Field& field);
  void spoil(std::string& record);

  std::mt19937_64 random_;
};

}  // namespace lakeflow
