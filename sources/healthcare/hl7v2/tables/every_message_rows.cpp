#include "sources/healthcare/hl7v2/tables/every_message_rows.h"

#include <array>
#include <utility>

#include "libs/hl7v2/dictionary.h"

namespace lakeflow::hl7v2 {
namespace {

using enum MessageColumnType;

constexpr MessageColumn kHeader[] = {
    {"message_control_id", "MSH-10"},
    {"message_type", "MSH-9.1"},
    {"trigger_event", "MSH-9.2"},
    {"message_structure", "MSH-9.3"},
    {"message_datetime", "MSH-7", kTimestamp},
    {"sending_application", "MSH-3"},
    {"sending_facility", "MSH-4"},
    {"receiving_application", "MSH-5"},
    {"receiving_facility", "MSH-6"},
    {"security", "MSH-8", kWhole},
    {"processing_id", "MSH-11"},
    {"version_id", "MSH-12"},
    {"sequence_number", "MSH-13", kNumber},
    {"continuation_pointer", "MSH-14"},
    {"accept_acknowledgment_type", "MSH-15"},
    {"application_acknowledgment_type", "MSH-16"},
    {"country_code", "MSH-17"},
    {"character_set", "MSH-18", kWhole},
    {"message_profile_identifier", "MSH-21", kWhole},
    {"patient_id", "PID-3.1"},
};

}  // namespace

EveryMessageRows::EveryMessageRows(std::shared_ptr<BufferPool> pool) : TableRows(segment_name("MSH"), std::move(pool)) {
  fields_ = std::make_unique<FieldColumns>(kHeader, columns_);
  message_offset_ = &columns_.add<IntegerColumn>("message_offset", "byte position of the message in its file", arrow::int64());
  message_length_ = &columns_.add<IntegerColumn>("message_length", "bytes of the message", arrow::int64());
  version_read_ = &columns_.add<TextColumn>("version_read", "version of the standard that it was read by: version_id, or the nearest to it");
  structure_read_ = &columns_.add<TextColumn>("structure_read", "message structure that it was read by; null where the standard has none for it");
  segment_count_ = &columns_.add<IntegerColumn>("segment_count", "segments, MSH included", arrow::int64());
  unplaced_count_ =
      &columns_.add<IntegerColumn>("unplaced_segment_count", "segments of the standard that the structure has no place for", arrow::int64());
  local_count_ = &columns_.add<IntegerColumn>("z_segment_count", "Z segments", arrow::int64());
  auto names = std::make_unique<TextColumn>(this->pool());
  unknown_names_ = names.get();
  unknown_segments_ =
      &columns_.add<ListColumn>("unknown_segments", "names of segments that are neither the standard's nor Z segments", std::move(names));
  message_hash_ = &columns_.add<TextColumn>("message_hash", "of its bytes: the same where the same message was sent twice");
  message_bytes_ = &columns_.add<TextColumn>("message_bytes", "the message as it was sent", arrow::binary());
}

bool EveryMessageRows::add(const MessageView& message, std::uint32_t index) {
  if (index != 0) {
    return false;
  }
  const std::int64_t row = begin_row(message, 0);
  for (FieldColumns::OfSegment& columns : fields_->segments()) {
    if (const SegmentTokens* segment = find_segment(*message.tokens, columns.name)) {
      FieldColumns::read(message, reader_, columns, *segment, row, 0);
    }
  }
  message_offset_->set(row, static_cast<std::int64_t>(message.position));
  message_length_->set(row, static_cast<std::int64_t>(message.length));
  version_read_->set(row, version_text(message.places->version.version));
  if (const std::string_view structure = message.places->structure.name; !structure.empty()) {
    structure_read_->set(row, structure);
  }
  count_segments(message, row);
  std::array<char, RecordId::kSize> hash{};
  RecordId(message.bytes).write(0, 0, hash.data());
  message_hash_->set(row, {hash.data(), hash.size()});
  message_bytes_->set(row, message.bytes);
  end_row();
  return true;
}

void EveryMessageRows::count_segments(const MessageView& message, std::int64_t row) {
  const auto& segments = message.tokens->segments;
  std::int64_t unplaced = 0;
  std::int64_t local = 0;
  std::int64_t unknown = 0;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    if (is_local(segments[i].name)) {
      ++local;
      continue;
    }
    if (message.places->segments[i].is_placed) {
      continue;
    }
    const std::string_view text = message.tokens->text.substr(segments[i].begin, 3);
    if (segments[i].name != kNoSegmentName && find_segment_definition(text) != nullptr) {
      ++unplaced;
    } else {
      unknown_names_->set(unknown_segments_->element(row, unknown++), text);
    }
  }
  segment_count_->set(row, static_cast<std::int64_t>(segments.size()));
  unplaced_count_->set(row, unplaced);
  local_count_->set(row, local);
}

}  // namespace lakeflow::hl7v2
