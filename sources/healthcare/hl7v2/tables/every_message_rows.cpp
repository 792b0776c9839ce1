#include "sources/healthcare/hl7v2/tables/every_message_rows.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "libs/hl7v2/character_set.h"
#include "libs/hl7v2/dictionary.h"
#include "sources/healthcare/hl7v2/repeats/message_identity.h"

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

EveryMessageRows::EveryMessageRows(std::shared_ptr<BufferPool> pool) : TableRows(0, std::move(pool)) {
  const auto add_count = [&](std::string_view name, std::string_view description) {
    return &columns_.add<IntegerColumn>(name, description, arrow::int64());
  };
  fields_ = std::make_unique<FieldColumns>(kHeader, columns_);
  message_offset_ = add_count("message_offset", "byte position of the message in its file");
  message_length_ = add_count("message_length", "bytes of the message");
  outcome_ = &columns_.add<TextColumn>("outcome", "decoded, or quarantined");
  quarantine_reason_ = &columns_.add<TextColumn>("quarantine_reason", "as in _lakeflow.quarantine; null where it was decoded");
  quarantine_detail_ = &columns_.add<TextColumn>("quarantine_detail", "likewise");
  version_read_ = &columns_.add<TextColumn>("version_read", "version of the standard that it was read by: version_id, or the nearest to it");
  structure_read_ = &columns_.add<TextColumn>("structure_read", "message structure that it was read by; null where the standard has none for it");
  segment_count_ = add_count("segment_count", "segments, MSH included");
  unplaced_count_ = add_count("unplaced_segment_count", "segments of the standard that the structure has no place for");
  local_count_ = add_count("z_segment_count", "Z segments");
  auto names = std::make_unique<TextColumn>(this->pool());
  unknown_names_ = names.get();
  unknown_segments_ =
      &columns_.add<ListColumn>("unknown_segments", "names of segments that are neither the standard's nor Z segments", std::move(names));
  auto counts = std::make_unique<StructColumn>(this->pool(), StructColumn::Nulls::kNever);
  segment_names_ = &counts->add<TextColumn>("name", "");
  segment_counts_ = &counts->add<IntegerColumn>("count", "", arrow::int64());
  segments_ = &columns_.add<ListColumn>("segments", "how many of each name, in the order of their first", std::move(counts));
  row_count_ = add_count("row_count", "rows that it gave to the tables that were read with this one");
  rescued_count_ = add_count("rescued_value_count", "values in _rescued_data of those rows");
  undecodable_count_ = add_count("undecodable_byte_count", "bytes that its character set does not have");
  is_repeated_ = &columns_.add<FlagColumn>("is_repeated", "the same message, byte for byte, was read before; null where that was not looked at");
  reuses_control_id_ =
      &columns_.add<FlagColumn>("reuses_control_id", "another message of this sender and message_control_id was read before; null likewise");
  message_hash_ = &columns_.add<TextColumn>("message_hash", "of its bytes: the same where the same message was sent twice");
  message_bytes_ = &columns_.add<TextColumn>("message_bytes", "the message as it was sent", arrow::binary());
}

void EveryMessageRows::add_decoded(const MessageView& message, const MessageFate& fate) {
  const std::int64_t row = begin_row(message, 0);
  read_header(message, row, true);
  outcome_->set(row, "decoded");
  version_read_->set(row, version_text(message.places->version.version));
  if (const std::string_view structure = message.places->structure.name; !structure.empty()) {
    structure_read_->set(row, structure);
  }
  count_segments(message, row);
  row_count_->set(row, static_cast<std::int64_t>(fate.tally.rows));
  rescued_count_->set(row, static_cast<std::int64_t>(fate.tally.rescued_values));
  undecodable_count_->set(row, message.context.has_undecodable ? static_cast<std::int64_t>(count_undecodable(message.tokens->text)) : 0);
  set_bytes(message, row);
  end_row();
}

void EveryMessageRows::add_quarantined(const MessageView& message, const QuarantineReason& reason) {
  // Another key than that of the message at this place, which may land when the record is replayed.
  const std::int64_t row = begin_row(message, kNoSegment);
  if (message.tokens != nullptr) {
    read_header(message, row, false);
  }
  outcome_->set(row, "quarantined");
  quarantine_reason_->set(row, reason.code);
  if (!reason.detail.empty()) {
    quarantine_detail_->set(row, reason.detail);
  }
  set_bytes(message, row);
  end_row();
}

void EveryMessageRows::read_header(const MessageView& message, std::int64_t row, bool is_certain) {
  for (FieldColumns::OfSegment& columns : fields_->segments()) {
    const SegmentTokens* segment = is_certain || is_header(columns.name) ? find_segment(*message.tokens, columns.name) : nullptr;
    if (segment != nullptr) {
      FieldColumns::read(message, reader_, columns, *segment, row, 0);
    }
  }
}

void EveryMessageRows::set_bytes(const MessageView& message, std::int64_t row) {
  message_offset_->set(row, static_cast<std::int64_t>(message.position));
  message_length_->set(row, static_cast<std::int64_t>(message.length));
  if ((message.note & kIsCompared) != 0) {
    is_repeated_->set(row, (message.note & kIsRepeated) != 0);
    reuses_control_id_->set(row, (message.note & kReusesControlId) != 0);
  }
  std::array<char, RecordId::kSize> hash{};
  RecordId(message.bytes).write(0, 0, hash.data());
  message_hash_->set(row, {hash.data(), hash.size()});
  message_bytes_->set(row, message.bytes);
}

void EveryMessageRows::count_segments(const MessageView& message, std::int64_t row) {
  const auto& segments = message.tokens->segments;
  std::int64_t unplaced = 0;
  std::int64_t local = 0;
  std::int64_t unknown = 0;
  counts_.clear();
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const SegmentName name = segments[i].name;
    const std::string text = segment_label(*message.tokens, segments[i]);
    if (name != kNoSegmentName) {
      auto counted = std::ranges::find(counts_, name, &SegmentCount::name);
      if (counted == counts_.end()) {
        counts_.push_back({name, text, 0});
        counted = std::prev(counts_.end());
      }
      ++counted->count;
    }
    if (is_local(name)) {
      ++local;
    } else if (!message.places->segments[i].is_placed) {
      if (name != kNoSegmentName && find_segment_definition(text) != nullptr) {
        ++unplaced;
      } else {
        unknown_names_->set(unknown_segments_->element(row, unknown++), text);
      }
    }
  }
  std::int64_t element = 0;
  for (const SegmentCount& counted : counts_) {
    const std::int64_t at = segments_->element(row, element++);
    segment_names_->set(at, counted.text);
    segment_counts_->set(at, counted.count);
  }
  segment_count_->set(row, static_cast<std::int64_t>(segments.size()));
  unplaced_count_->set(row, unplaced);
  local_count_->set(row, local);
}

}  // namespace lakeflow::hl7v2
