#pragma once

#include <cstdint>
#include <vector>

#include "libs/hl7v2/message.h"
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

// Which column takes which value of one kind of segment, laid out so that a value is found by two look-ups in tables. Laid out
// once, by field, then component, then subcomponent.
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
  // The next subcomponent of the last component; a leaf without a column: its values have no place. The parts behind a time are
  // taken no notice of: a TS had its precision there, which the time shows by itself.
  void add_leaf(const Leaf& leaf, bool is_time = false);

  // Reads the segment into the row. `address` names the segment.
  void read(const MessageTokens& tokens, const SegmentTokens& segment, std::int64_t row, ValueReader& reader, Address address) const;
  // Likewise one field, the values [first, end), which begins at byte `begin`, by what was laid out for the first one.
  void read_field(const MessageTokens& tokens, const SegmentTokens& segment, std::uint32_t begin, std::uint32_t first, std::uint32_t end,
                  std::int64_t row, ValueReader& reader, Address address) const;

 private:
  struct Component {
    std::uint32_t first_leaf = 0;
    std::uint32_t leaf_count = 0;
    bool ignores_more = false;
  };
  struct Field {
    std::uint32_t first_component = 0;
    std::uint32_t component_count = 0;
    ListColumn* list = nullptr;
    TextColumn* undivided = nullptr;  // takes the field where nothing divides it, as most are; null where that takes more than a text
    WholeField* whole = nullptr;
    bool whole_only = false;
    bool ignores_more = false;
  };
  // A field in the message: the values [value, end_value), of which the first one begins at byte `begin`.
  struct Extent {
    std::uint32_t number = 0;  // of the field, from 0
    std::uint32_t begin = 0;
    std::uint32_t value = 0;
    std::uint32_t end_value = 0;
  };
  // Where a value stands, all from 0.
  struct Place {
    std::uint32_t field = 0;
    std::uint32_t repetition = 0;
    std::uint32_t component = 0;
    std::uint32_t subcomponent = 0;
  };

  // The values [value, end_value), of which the first one begins field `number` and byte `begin`.
  void read_fields(const MessageTokens& tokens, const SegmentTokens& segment, std::uint32_t number, std::uint32_t begin, std::uint32_t value,
                   std::uint32_t end_value, std::int64_t row, ValueReader& reader, Address address) const;
  void read_as_one(const MessageTokens& tokens, const SegmentTokens& segment, const Extent& extent, std::int64_t row, ValueReader& reader,
                   Address address) const;
  void read_parts(const MessageTokens& tokens, const Extent& extent, std::int64_t row, ValueReader& reader, const Address& address) const;
  // What is no plain text takes its own way: the values that are walk a loop that keeps all of its numbers in registers.
  [[gnu::noinline]] void read_leaf(std::uint32_t number, std::int64_t row, std::string_view raw, Place place, ValueReader& reader,
                                   const Address& address) const;
  [[gnu::noinline, gnu::cold]] void misfit(std::string_view raw, Place place, ValueReader& reader, const Address& address) const;

  bool rescues_;
  std::uint32_t first_field_;
  std::vector<Field> fields_;
  std::vector<Component> components_;
  // What nearly all values need of their leaf, apart from what the others need: it stays in the cache.
  struct ShortLeaf {
    Leaf::Kind kind = Leaf::Kind::kNone;
    TextColumn* text = nullptr;
  };
  std::vector<ShortLeaf> short_leaves_;
  std::vector<Leaf> leaves_;
};

}  // namespace lakeflow::hl7v2
