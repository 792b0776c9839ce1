#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "sources/interface/raw_records.h"
#include "sources/rest/json_reader.h"
#include "sources/rest/rest_server.h"

namespace lakeflow {

// The records of a page as a reader returns them: views of it, without a copy.
class PageRecords {
 public:
  PageRecords(const RestPage& page, std::uint64_t number);
  // Of composed records alone, which came of no page.
  PageRecords(std::string origin, std::uint64_t number);

  void add(std::string_view record, Operation operation = Operation::kUpsert);
  void add_broken(std::string_view record, std::string reason, std::string detail);
  void filter(std::string_view reason, std::uint64_t count = 1);
  // A record that is no view of the page.
  void add_composed(std::string_view record, Operation operation);
  // A record with these columns alone, of what stands at a place of another one: {{"id", "order_id"}}.
  Status add_columns(JsonReader& json, std::string_view record, std::span<const std::pair<std::string, std::string>> columns, Operation operation);

  RawRecords take() &&;

 private:
  RawRecords raw_;
  std::shared_ptr<std::string> page_;
  std::uint64_t position_;
  std::string composed_;  // records of add_columns, of which take() makes the buffer
  struct Composed {
    std::size_t start = 0;
    std::size_t size = 0;
    Operation operation = Operation::kUpsert;
  };
  std::vector<Composed> composed_records_;
};

// What names a record: its key's values as they stand, or all of it where there is no key.
Result<std::string> record_identity(JsonReader& json, std::string_view record, std::span<const std::string> keys);

}  // namespace lakeflow
