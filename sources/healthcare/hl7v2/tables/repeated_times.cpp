#include "sources/healthcare/hl7v2/tables/repeated_times.h"

#include <utility>

#include <fmt/format.h>

#include "sources/healthcare/hl7v2/tables/instant.h"

namespace lakeflow::hl7v2 {

RepeatedTimes::RepeatedTimes(StructColumn& parent, BufferPool& pool, std::string_view name, std::string_view description) {
  const auto add = [&](const auto& made, std::string_view suffix, std::string_view text) {
    return &parent.add<ListColumn>(fmt::format("{}{}", name, suffix), text, made());
  };
  leaf_.kind = Leaf::Kind::kTime;
  texts_ = add(
      [&] {
        auto column = std::make_unique<TextColumn>(pool);
        leaf_.text = column.get();
        return column;
      },
      "", description);
  locals_ = add(
      [&] {
        auto column = std::make_unique<TimestampColumn>(pool, arrow::timestamp(arrow::TimeUnit::MICRO));
        leaf_.local = column.get();
        return column;
      },
      "_local", "");
  instants_ = add(
      [&] {
        auto column = std::make_unique<TimestampColumn>(pool, arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"));
        leaf_.utc = column.get();
        return column;
      },
      "_utc", "");
}

void RepeatedTimes::read(const MessageTokens& tokens, const SegmentTokens&, std::uint32_t begin, std::uint32_t first, std::uint32_t end,
                         std::int64_t row, ValueReader& reader, Address address) {
  for (std::uint32_t value = first; value < end; ++value) {
    const std::uint32_t stop = tokens.ends[value];
    if (stop > begin) {
      read_part(tokens.text.substr(begin, stop - begin), row, reader, address);
    }
    begin = stop + 1;
    switch (tokens.mark(value)) {
      case Mark::kSubcomponent: ++address.subcomponent; break;
      case Mark::kComponent:
        ++address.component;
        address.subcomponent = 0;
        break;
      default: ++address.repetition; address.component = address.subcomponent = 0;
    }
  }
}

void RepeatedTimes::read_part(std::string_view raw, std::int64_t row, ValueReader& reader, const Address& address) {
  if (address.component + address.subcomponent == 0) {
    const std::int64_t at = texts_->element(row, address.repetition);
    locals_->element(row, address.repetition);
    instants_->element(row, address.repetition);
    reader.read(leaf_, at, raw, address);
  } else if (address.component + address.subcomponent > 1 || !is_precision(raw)) {
    reader.rescue(raw, address);
  }
}

}  // namespace lakeflow::hl7v2
