#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace lakeflow::hl7v2 {

enum class MessageColumnType : std::uint8_t {
  kText,   // the first part of what the path names
  kWhole,  // all of the field: as it was sent where delimiters divide it
  kInteger,
  kNumber,
  kDate,         // the day of a time
  kTimestamp,    // a time as written, without a zone; beside it, as <name>_utc, the instant that it means
  kSegmentName,  // of an element: the name of its segment
  kNumberOf,     // of an element: the number, among the message's, of the segment named by the path that it belongs to
};

// A column of a message table: its name, and the path of its value ("PID-5.2": component 2 of the first repetition of field 5). Where a
// value may come from segments of several names the path names it in each: "AIS-4|AIG-8".
struct MessageColumn {
  std::string_view name;
  std::string_view path;
  MessageColumnType type = MessageColumnType::kText;
};

// What a message has several of: a list in the message's row, and a table of its own with a row each.
struct MessageElements {
  std::string_view list_name;   // "observations"
  std::string_view table_name;  // "oru_observations"
  std::string_view description;
  std::string_view segments;  // names, divided by spaces: each such segment is an element
  // A segment of that name is an element too where no segment of those names belongs to it: an order without an OBR.
  std::string_view bare_segment;
  // Of the segment itself, of the one that it belongs to, and of the first of each name that belongs to it.
  std::span<const MessageColumn> columns;
  // What an element has several of in its turn, as a list in its row: the segments that belong to it. They have no table of their own.
  const MessageElements* parts = nullptr;
};

// A table of one row a message.
struct MessageTable {
  std::string_view name;          // "oru_messages"
  std::string_view message_type;  // MSH-9.1: "ORU"
  std::string_view description;
  std::span<const MessageColumn> columns;     // after those of every message table
  const MessageElements* elements = nullptr;  // null: none
};

std::span<const MessageTable> message_tables();

// The columns that every message table has, before its own.
std::span<const MessageColumn> shared_message_columns();

// The columns that tables of elements have before their own: whose message it was, and who the element's patient is.
std::span<const MessageColumn> element_message_columns();

}  // namespace lakeflow::hl7v2
