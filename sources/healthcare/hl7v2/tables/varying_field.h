#pragma once

#include <optional>

#include "sources/healthcare/hl7v2/tables/segment_plan.h"

namespace lakeflow::hl7v2 {

// The values of a field whose datatype another field names, by that datatype: beside the texts stand lists in which each repetition
// has its place.
//
//   <name>_number    NM, SN              comparator, value, separator, second_value
//   <name>_coded     CE, CF, CNE, CWE    as the newest CWE
//   <name>_time      DT, DTM, TS, TM     local and utc; of a TM time_of_day
//   <name>_attached  ED, RP              source_application, type_of_data, data_subtype, encoding, data; of an RP pointer
//   <name>_parts     XPN, CX, MO …       of every other datatype with components: their texts, by component and subcomponent
class TypedValues {
 public:
  // `number`: of the field, from 0.
  TypedValues(StructColumn& parent, BufferPool& pool, std::string_view name, std::uint32_t number);
  // Reads a field of that datatype; nothing where its values are but text. As WholeField::read has it.
  void read(std::string_view datatype, const MessageTokens& tokens, const SegmentTokens& segment, std::uint32_t begin, std::uint32_t first,
            std::uint32_t end, std::int64_t row, ValueReader& reader, Address address);

 private:
  void add_numbers(StructColumn& parent, BufferPool& pool, std::string_view name);
  void add_coded(StructColumn& parent, BufferPool& pool, std::string_view name);
  void add_times(StructColumn& parent, BufferPool& pool, std::string_view name);
  void add_attached(StructColumn& parent, BufferPool& pool, std::string_view name);
  void add_parts(StructColumn& parent, BufferPool& pool, std::string_view name);
  // The plan for values of that datatype; null where there is none.
  SegmentPlan* plan_of(std::string_view datatype);
  void read_parts(const MessageTokens& tokens, std::uint32_t begin, std::uint32_t first, std::uint32_t end, std::int64_t row, ValueReader& reader,
                  Address address);

  SegmentPlan number_;
  SegmentPlan structured_number_;
  SegmentPlan coded_;
  SegmentPlan time_;
  SegmentPlan time_of_day_;
  SegmentPlan attached_;
  SegmentPlan pointer_;
  ListColumn* repetitions_ = nullptr;
  ListColumn* components_ = nullptr;
  ListColumn* subcomponents_ = nullptr;
  TextColumn* parts_ = nullptr;
};

// A field whose datatype another field names (OBX-5 by OBX-2): a list of its repetitions as texts, each as it was sent where
// delimiters divide it; and beside them typed values. A value that its datatype does not fit is rescued, too.
class VaryingField final : public WholeField {
 public:
  // `number`: of the field, from 0; `type_field`: of the one that names its datatype, from 1, or 0 where there is none.
  VaryingField(StructColumn& parent, BufferPool& pool, std::string_view name, std::string_view description, std::uint32_t number,
               std::uint32_t type_field);
  void read(const MessageTokens& tokens, const SegmentTokens& segment, std::uint32_t begin, std::uint32_t first, std::uint32_t end, std::int64_t row,
            ValueReader& reader, Address address) override;

 private:
  TextColumn* texts_ = nullptr;
  ListColumn* list_ = nullptr;
  std::uint32_t type_field_;
  std::optional<TypedValues> typed_;
};

}  // namespace lakeflow::hl7v2
