#pragma once

#include <cstdint>
#include <vector>

#include "libs/hl7v2/message.h"
#include "sources/healthcare/hl7v2/tables/segment_program.h"
#include "sources/healthcare/hl7v2/tables/value_reader.h"

namespace lakeflow::hl7v2 {

// What takes all of a field as one, its delimiters included.
class WholeField {
 public:
  virtual ~WholeField() = default;
  // The field of `segment` that is the values [first, end) of the tokens and begins at byte `begin`; not empty.
  virtual void read(const MessageTokens& tokens, const SegmentTokens& segment, std::uint32_t begin, std::uint32_t first, std::uint32_t end,
                    std::int64_t row, ValueReader& reader, Address address) = 0;
};

// Which column takes which value of one kind of segment. Laid out once, by field, then component, then subcomponent. A segment is read
// in two steps: its shape gives a program, mostly one that an earlier segment had, and that is run on the values. Used by one thread.
class SegmentPlan {
 public:
  // Whether values that no column takes are rescued, or are none of this table's business. `first_field`: the number, from 0, of the
  // field that is added first.
  explicit SegmentPlan(bool rescues, std::uint32_t first_field = 0) : rescues_(rescues), first_field_(first_field) {}

  // The next field's values go to `list`'s elements by repetition; null: a second repetition has no place.
  void add_field(ListColumn* list = nullptr);
  // All of the last field added goes to `whole`, which lives as long as the plan; `only`: its parts have no columns then.
  void set_whole(WholeField& whole, bool only);
  // The next component of the last field.
  void add_component();
  // The next subcomponent of the last component; a leaf without a column: its values have no place. The codes that TS had
  // behind a time, of its precision, are left out; anything else there is rescued.
  void add_leaf(const Leaf& leaf, bool is_time = false);

  // Reads the segment into the row. `address` names the segment.
  void read(const MessageTokens& tokens, const SegmentTokens& segment, std::int64_t row, ValueReader& reader, const Address& address);
  // Likewise one field, the values [first, end), by what was laid out for the first one.
  void read_field(const MessageTokens& tokens, const SegmentTokens& segment, std::uint32_t first, std::uint32_t end, std::int64_t row,
                  ValueReader& reader, const Address& address);

 private:
  struct Component {
    std::uint32_t first_leaf = 0;
    std::uint32_t leaf_count = 0;
    bool has_precision = false;
  };
  struct Field {
    std::uint32_t first_component = 0;
    std::uint32_t component_count = 0;
    ListColumn* list = nullptr;
    WholeField* whole = nullptr;
    bool whole_only = false;
    bool has_precision = false;
  };

  // What to do with the values [value, end) of a segment, of which the first one begins field `number`; by their shapes.
  void compile(const std::uint8_t* shapes, std::uint32_t value, std::uint32_t end, std::uint32_t number, SegmentProgram& program) const;
  void compile_parts(const std::uint8_t* shapes, std::uint32_t value, std::uint32_t end, std::uint32_t number, SegmentProgram& program) const;
  void run(const SegmentProgram& program, const MessageTokens& tokens, const SegmentTokens& segment, std::int64_t row, ValueReader& reader,
           const Address& address);
  [[gnu::noinline]] void run_rarer(const SegmentStep& step, const MessageTokens& tokens, const SegmentTokens& segment, std::string_view raw,
                                   std::int64_t row, std::int64_t at, ValueReader& reader, const Address& address);
  Address address_of(const ValuePlace& place, const Address& segment) const;

  bool rescues_;
  std::uint32_t first_field_;
  std::vector<Field> fields_;
  std::vector<Component> components_;
  std::vector<Leaf> leaves_;
  ShapeMemory shapes_;
  SegmentProgram of_field_;
};

}  // namespace lakeflow::hl7v2
