#include "sources/healthcare/hl7v2/tables/local_segment_rows.h"

#include <utility>

namespace lakeflow::hl7v2 {

LocalSegmentRows::LocalSegmentRows(std::shared_ptr<BufferPool> pool) : TableRows(segment_name("MSH"), std::move(pool)) {
  name_ = &columns_.add<TextColumn>("segment_name", "the segment's name");
  auto values = std::make_unique<TextColumn>(this->pool());
  values_ = values.get();
  auto components = std::make_unique<ListColumn>(this->pool(), std::move(values));
  components_ = components.get();
  auto repetitions = std::make_unique<ListColumn>(this->pool(), std::move(components));
  repetitions_ = repetitions.get();
  fields_ = &columns_.add<ListColumn>("fields", "values by field, repetition and component; subcomponents as they were sent", std::move(repetitions));
}

bool LocalSegmentRows::add(const MessageView& message, std::uint32_t index) {
  const auto& segments = message.tokens->segments;
  bool added = false;
  for (std::uint32_t i = 1; index == 0 && i < segments.size(); ++i) {
    if (!is_local(segments[i].name)) {
      continue;
    }
    const std::int64_t row = begin_row(message, i);
    header_.set(message, i, row, rescued_);
    name_->set(row, segment_label(*message.tokens, segments[i]));
    reader_.begin_segment(message.context, segments[i].has_escape);
    read_fields(message, segments[i], row);
    end_row();
    added = true;
  }
  return added;
}

void LocalSegmentRows::read_fields(const MessageView& message, const SegmentTokens& segment, std::int64_t row) {
  const MessageTokens& tokens = *message.tokens;
  const std::string name = segment_label(tokens, segment);
  Address address{.segment = name};
  std::uint32_t value = segment.first_value;
  // The name, and whatever follows it before the first field.
  while (value < segment.end_value && tokens.mark(value) < Mark::kField) {
    ++value;
  }
  for (++value; value < segment.end_value; ++value) {
    const std::uint32_t begin = tokens.ends[value - 1] + 1;
    const std::uint32_t first = value;
    while (tokens.mark(value) == Mark::kSubcomponent) {
      ++value;
    }
    if (const std::uint32_t end = tokens.ends[value]; end > begin) {
      const std::int64_t field = fields_->element(row, address.field);
      const std::int64_t repetition = repetitions_->element(field, address.repetition);
      const std::int64_t component = components_->element(repetition, address.component);
      reader_.read_whole(*values_, component, tokens.text.substr(begin, end - begin), value > first, address);
    }
    switch (tokens.mark(value)) {
      case Mark::kComponent: ++address.component; break;
      case Mark::kRepetition:
        ++address.repetition;
        address.component = 0;
        break;
      default: ++address.field; address.repetition = address.component = 0;
    }
  }
}

}  // namespace lakeflow::hl7v2
