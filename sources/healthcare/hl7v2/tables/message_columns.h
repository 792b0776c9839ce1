#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace lakeflow::hl7v2 {

enum class MessageColumnType : std::uint8_t {
  kText,   // the first part of what the path names
  kWhole,  // all of the field: as it was sent where delimiters divide it
  kInteger,
  kDate,       // the day of a time
  kTimestamp,  // a time as written, without a zone
};

// A column of a message table: its name, and the path of its value ("PID-5.2": component 2 of the first repetition of field 5
// of the message's first PID).
struct MessageColumn {
  std::string_view name;
  std::string_view path;
  MessageColumnType type = MessageColumnType::kText;
};

// A table of one row a message.
struct MessageTable {
  std::string_view name;          // "oru_messages"
  std::string_view message_type;  // MSH-9.1: "ORU"
  std::string_view description;
  std::span<const MessageColumn> columns;  // after those of every message table
  // A list of structs, an element a segment of that name; empty where there is none.
  std::string_view list_name;
  std::string_view list_segment;
  std::span<const MessageColumn> list_columns;
  // The elements' column that says to which segment of that name (by number, from 1) an element belongs.
  std::string_view parent_column;
  std::string_view parent_segment;
};

std::span<const MessageTable> message_tables();

// The columns that every message table has, before its own.
std::span<const MessageColumn> shared_message_columns();

}  // namespace lakeflow::hl7v2
