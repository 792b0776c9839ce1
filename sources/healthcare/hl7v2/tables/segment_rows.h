#pragma once

#include <memory>
#include <vector>

#include "libs/hl7v2/dictionary.h"
#include "sources/healthcare/hl7v2/tables/table_rows.h"

namespace lakeflow::hl7v2 {

// A table of one kind of segment: a row a segment, a column a field of its definition. Composite datatypes are structs,
// repeating fields lists. A DT or DTM is the text as sent, with <name>_local and <name>_utc beside it. Fields, repetitions and
// parts that the definition lacks are rescued.
class SegmentRows final : public TableRows {
 public:
  explicit SegmentRows(const SegmentDefinition& definition);
  bool add(const MessageView& message) override;

 private:
  // Where a value, or the parts of one, go.
  struct Target {
    ValueKind kind = ValueKind::kText;
    Leaf leaf;                          // of every kind but kComposite
    StructColumn* structure = nullptr;  // of kComposite
    std::vector<Target> parts;          // likewise
  };
  struct FieldTarget {
    Target target;
    ListColumn* list = nullptr;  // of a field that repeats
  };

  static Target add_value(StructColumn& parent, std::string_view name, std::string_view description, const DatatypeDefinition& type);
  static void add_parts(Target& target, const DatatypeDefinition& type);
  FieldTarget add_field(const FieldDefinition& field, std::string_view description);

  void add_segment(const MessageView& message, std::uint32_t index, std::uint32_t parent);
  // Reads the field whose values begin at `value` (its first byte at `begin`); returns the value after its last.
  std::uint32_t read_field(const MessageTokens& tokens, FieldTarget& field, std::uint32_t value, std::uint32_t begin, std::int64_t row,
                           Address& address);
  std::uint32_t read_varying(const MessageTokens& tokens, FieldTarget& field, std::uint32_t value, std::uint32_t begin, std::int64_t row,
                             Address& address);
  std::uint32_t rescue_field(const MessageTokens& tokens, std::uint32_t value, std::uint32_t begin, Address& address);
  void read_value(FieldTarget& field, std::int64_t row, std::string_view raw, const Address& address);

  const SegmentDefinition& definition_;
  SegmentName name_;
  Leaf message_control_id_;
  Leaf message_datetime_;
  IntegerColumn* message_offset_ = nullptr;
  IntegerColumn* message_length_ = nullptr;
  IntegerColumn* segment_index_ = nullptr;
  TextColumn* parent_segment_ = nullptr;  // of segments that belong to another
  IntegerColumn* parent_segment_index_ = nullptr;
  std::vector<SegmentName> parents_;
  std::vector<FieldTarget> fields_;
};

}  // namespace lakeflow::hl7v2
