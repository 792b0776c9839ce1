#include "simulator/api/record_source.h"

#include <algorithm>
#include <fstream>
#include <optional>
#include <sstream>

#include <fmt/format.h>

#include "simulator/api/json_place.h"

namespace lakeflow {
namespace {

using Json = nlohmann::ordered_json;

constexpr TimestampMicros kDay = TimestampMicros{24} * 3600 * 1'000'000;

Status put(Result<ApiRecord> record, const std::filesystem::path& file, std::size_t number, RecordCollection& collection) {
  if (!record) {
    return std::unexpected(record.error().at(fmt::format("{}: record {}", file.string(), number)));
  }
  collection.put(*std::move(record));
  return {};
}

Status load_lines(std::istream& lines, const std::filesystem::path& file, RecordCollection& collection) {
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.find_first_not_of(" \t\r") != std::string::npos) {
      LAKEFLOW_TRY(put(collection.parse(std::move(line)), file, ++number, collection));
    }
  }
  return {};
}

Status load_list(const Json& list, const std::filesystem::path& file, RecordCollection& collection) {
  std::size_t number = 0;
  for (const Json& value : list) {
    if (!value.is_object()) {
      return std::unexpected(Error::user(fmt::format("{}: record {} is no JSON object", file.string(), number + 1)));
    }
    LAKEFLOW_TRY(put(collection.make(value), file, ++number, collection));
  }
  return {};
}

Status load_file(const RecordSource& source, RecordCollection& collection) {
  std::ifstream stream(source.file, std::ios::binary);
  std::ostringstream bytes;
  bytes << stream.rdbuf();
  if (!stream) {
    return std::unexpected(Error::user(fmt::format("{} can't be read", source.file.string())));
  }
  const std::string text = bytes.str();
  const Json document = Json::parse(text, nullptr, false);
  const Json* list = document.is_discarded() ? nullptr : find_at(document, source.at);
  if (list != nullptr && list->is_array()) {
    return load_list(*list, source.file, collection);
  }
  if (!source.at.empty()) {
    return std::unexpected(Error::user(fmt::format("{} has no list of records at {}", source.file.string(), source.at)));
  }
  std::istringstream lines(text);
  return load_lines(lines, source.file, collection);
}

// A key that no record has: beyond the largest, or after the last one's text.
Json key_from_future(const RecordList& all, const RecordShape& shape, std::uint64_t number) {
  std::optional<std::int64_t> largest;
  for (const RecordPointer& record : all) {
    const Json& key = *find_at(record->value, shape.key);
    if (!key.is_number_integer()) {
      return fmt::format("{}-from-future-{}", all.back()->key, number);
    }
    largest = std::max(largest.value_or(key.get<std::int64_t>()), key.get<std::int64_t>());
  }
  return *largest + static_cast<std::int64_t>(number);
}

// Copies of the last record, with keys of their own and times that lie ahead.
Status add_from_future(std::uint64_t count, TimestampMicros now, RecordCollection& collection) {
  const RecordList all = collection.all(now);
  if (all.empty() && count > 0) {
    return std::unexpected(Error::user("records from the future are made after the last record, and there is none"));
  }
  const RecordShape& shape = collection.shape();
  for (std::uint64_t i = 1; i <= count; ++i) {
    Json value = all.back()->value;
    set_at(value, shape.key, key_from_future(all, shape, i));
    set_at(value, shape.modified, write_time(shape.format, now + static_cast<TimestampMicros>(i) * kDay));
    LAKEFLOW_ASSIGN(ApiRecord record, collection.make(std::move(value)));
    collection.put(std::move(record));
  }
  return {};
}

}  // namespace

Status load_records(const RecordSource& source, std::uint64_t seed, TimestampMicros now, RecordCollection& collection) {
  if (!source.file.empty()) {
    LAKEFLOW_TRY(load_file(source, collection));
  }
  for (std::uint64_t number = 0; number < source.count; ++number) {
    LAKEFLOW_ASSIGN(ApiRecord record, collection.make(generate_record(source.fields, seed, number)));
    collection.put(std::move(record));
  }
  return add_from_future(source.from_future, now, collection);
}

}  // namespace lakeflow
