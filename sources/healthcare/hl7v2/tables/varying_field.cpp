#include "sources/healthcare/hl7v2/tables/varying_field.h"

namespace lakeflow::hl7v2 {

VaryingField::VaryingField(StructColumn& parent, BufferPool& pool, std::string_view name, std::string_view description) {
  auto texts = std::make_unique<TextColumn>(pool);
  texts_ = texts.get();
  list_ = &parent.add<ListColumn>(name, description, std::move(texts));
}

void VaryingField::read(const MessageTokens& tokens, const SegmentTokens&, std::uint32_t begin, std::uint32_t first, std::uint32_t end,
                        std::int64_t row, ValueReader& reader, Address address) {
  for (std::uint32_t value = first; value < end; ++value) {
    if (tokens.marks[value] < Mark::kRepetition) {
      continue;
    }
    const std::uint32_t stop = tokens.ends[value];
    if (stop > begin) {
      reader.read_whole(*texts_, list_->element(row, address.repetition), tokens.text.substr(begin, stop - begin), value > first, address);
    }
    begin = stop + 1;
    first = value + 1;
    ++address.repetition;
  }
}

}  // namespace lakeflow::hl7v2
