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

// A key that no record has: beyond the largest, or one's text and more.
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

// Copies of a record, with keys of their own and times that lie ahead.
Status add_from_future(std::uint64_t count, TimestampMicros now, RecordCollection& collection) {
  const RecordList all = collection.all(now);
  if (all.empty() && count > 0) {
    return std::unexpected(Error::user("records from the future are copies of one that is there, and there is none"));
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

// Of an object and of those in it: "id", "customer", "customer.id".
void add_fields(const Json& object, const std::string& before, std::vector<std::string>& fields) {
  for (const auto& [name, value] : object.items()) {
    fields.push_back(before + name);
    if (value.is_object()) {
      add_fields(value, before + name + ".", fields);
    }
  }
}

// What the records' description says that they have: a field may be missing in all that were made.
std::vector<std::string> described_fields(const RecordSource& source) {
  Json every = Json::object();
  for (const GeneratedField& field : source.fields) {
    set_at(every, field.field, nullptr);
  }
  std::vector<std::string> fields;
  add_fields(every, "", fields);
  return fields;
}

// The fields that the description names for filters, orders, paths or times are in one of the records. Where there are no records nothing can be
// said.
Status check_fields(const ApiEndpoint& endpoint, const RecordList& records) {
  std::vector<std::string> fields = described_fields(endpoint.records);
  const auto is_there = [&](const std::string& field) {
    return std::ranges::find(fields, field) != fields.end() ||
           std::ranges::any_of(records, [&](const RecordPointer& record) { return find_at(record->value, field) != nullptr; });
  };
  const auto wrong = std::ranges::find_if(endpoint.listing.mentions, [&](const FieldMention& mention) { return !is_there(mention.field); });
  if (records.empty() || wrong == endpoint.listing.mentions.end()) {
    return {};
  }
  for (const RecordPointer& record : records) {
    add_fields(record->value, "", fields);
  }
  std::ranges::sort(fields);
  const auto [same, end] = std::ranges::unique(fields);
  fields.erase(same, end);
  return no_such_field(*wrong, endpoint.name, fields);
}

}  // namespace

Status load_records(const ApiEndpoint& endpoint, std::uint64_t seed, TimestampMicros now, RecordCollection& collection) {
  const RecordSource& source = endpoint.records;
  if (!source.file.empty()) {
    LAKEFLOW_TRY(load_file(source, collection));
  }
  for (std::uint64_t number = 0; number < source.count; ++number) {
    LAKEFLOW_ASSIGN(ApiRecord record, collection.make(generate_record(source.fields, seed, number)));
    collection.put(std::move(record));
  }
  LAKEFLOW_TRY(check_fields(endpoint, collection.all(now)));
  return add_from_future(source.from_future, now, collection);
}

}  // namespace lakeflow
