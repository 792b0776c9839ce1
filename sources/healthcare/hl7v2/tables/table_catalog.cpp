#include "sources/healthcare/hl7v2/tables/table_catalog.h"

#include <algorithm>
#include <array>

#include "libs/hl7v2/dictionary.h"
#include "sources/healthcare/hl7v2/tables/every_message_rows.h"
#include "sources/healthcare/hl7v2/tables/local_segment_rows.h"
#include "sources/healthcare/hl7v2/tables/message_columns.h"
#include "sources/healthcare/hl7v2/tables/message_rows.h"
#include "sources/healthcare/hl7v2/tables/segment_rows.h"

namespace lakeflow::hl7v2 {
namespace {

constexpr std::array<std::string_view, 4> kEnvelopes = {"BHS", "BTS", "FHS", "FTS"};

constexpr std::string_view kLocalSegments = "z_segments";

bool is_envelope(std::string_view segment) { return std::ranges::find(kEnvelopes, segment) != kEnvelopes.end(); }

// "pid" as "PID", and "PID" as "pid".
std::string other_case(std::string_view name) {
  std::string other(name);
  for (char& c : other) {
    c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return other;
}

const MessageTable* find_message_table(std::string_view name) {
  const auto found = std::ranges::find(message_tables(), name, &MessageTable::name);
  return found == message_tables().end() ? nullptr : &*found;
}

const MessageTable* find_element_table(std::string_view name) {
  const auto found =
      std::ranges::find_if(message_tables(), [&](const MessageTable& t) { return t.elements != nullptr && t.elements->table_name == name; });
  return found == message_tables().end() ? nullptr : &*found;
}

const SegmentDefinition* find_segment_table(std::string_view name, const DeclaredSegments* declared) {
  const std::string segment = other_case(name);
  const SegmentDefinition* found = declared == nullptr ? nullptr : declared->find(segment);
  found = found == nullptr ? find_segment_definition(segment) : found;
  return found == nullptr || is_envelope(found->name) ? nullptr : found;
}

}  // namespace

std::vector<std::string> table_names(const DeclaredSegments* declared) {
  std::vector<std::string> names = {std::string(kEveryMessageTable)};
  for (const MessageTable& table : message_tables()) {
    names.emplace_back(table.name);
  }
  for (const MessageTable& table : message_tables()) {
    if (table.elements != nullptr) {
      names.emplace_back(table.elements->table_name);
    }
  }
  names.emplace_back(kLocalSegments);
  for (const SegmentDefinition& segment : segment_definitions()) {
    if (!is_envelope(segment.name)) {
      names.push_back(other_case(segment.name));
    }
  }
  for (const SegmentDefinition& segment : declared == nullptr ? std::span<const SegmentDefinition>() : declared->definitions()) {
    names.push_back(other_case(segment.name));
  }
  return names;
}

std::string_view table_description(std::string_view table_name, const DeclaredSegments* declared) {
  if (const MessageTable* table = find_message_table(table_name)) {
    return table->description;
  }
  if (const MessageTable* table = find_element_table(table_name)) {
    return table->elements->description;
  }
  if (table_name == kEveryMessageTable) {
    return "A message of any type: its header, its bytes, by what it was read";
  }
  if (table_name == kLocalSegments) {
    return "A Z segment, its values as text";
  }
  const SegmentDefinition* segment = find_segment_table(table_name, declared);
  return segment == nullptr ? std::string_view() : segment->description;
}

std::unique_ptr<TableRows> make_table_rows(std::string_view table_name, std::shared_ptr<BufferPool> pool, const DeclaredSegments* declared) {
  if (const MessageTable* table = find_message_table(table_name)) {
    return std::make_unique<MessageRows>(*table, std::move(pool));
  }
  if (const MessageTable* table = find_element_table(table_name)) {
    return std::make_unique<ElementRows>(*table, std::move(pool));
  }
  if (table_name == kEveryMessageTable) {
    return std::make_unique<EveryMessageRows>(std::move(pool));
  }
  if (table_name == kLocalSegments) {
    return std::make_unique<LocalSegmentRows>(std::move(pool));
  }
  const SegmentDefinition* segment = find_segment_table(table_name, declared);
  return segment == nullptr ? nullptr : std::make_unique<SegmentRows>(*segment, std::move(pool));
}

}  // namespace lakeflow::hl7v2
