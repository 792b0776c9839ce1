#include "sources/healthcare/hl7v2/tables/segment_header.h"

namespace lakeflow::hl7v2 {

SegmentHeader::SegmentHeader(StructColumn& columns)
    : message_control_id_(columns.add<TextColumn>("message_control_id", "MSH-10")),
      message_datetime_(columns.add<TimestampColumn>("message_datetime", "MSH-7, as written", arrow::timestamp(arrow::TimeUnit::MICRO))),
      message_datetime_utc_(columns.add<TimestampColumn>("message_datetime_utc", "the instant", arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"))),
      message_offset_(columns.add<DenseIntegerColumn>("message_offset", "byte position of the message in its file")),
      message_length_(columns.add<DenseIntegerColumn>("message_length", "bytes of the message")),
      segment_index_(columns.add<DenseIntegerColumn>("segment_index", "number of the segment in its message; MSH is 0")),
      group_path_(columns.add<TextColumn>("group_path", "groups of the message structure that it stands in, each with the number of its repetition")),
      parent_segment_(columns.add<TextColumn>("parent_segment", "name of the segment that this one belongs to")),
      parent_segment_index_(columns.add<IntegerColumn>("parent_segment_index", "segment_index of that segment", arrow::int64())),
      patient_segment_index_(columns.add<IntegerColumn>("patient_segment_index", "segment_index of the PID that this one is about", arrow::int64())) {
}

void SegmentHeader::set(const MessageView& message, std::uint32_t index, std::int64_t row, RescuedData& rescued) {
  if (!message.header.control_id.empty()) {
    message_control_id_.set_padded(row, message.header.control_id);
  }
  if (message.header.datetime) {
    message_datetime_.set(row, *message.header.datetime);
  }
  if (message.header.instant) {
    message_datetime_utc_.set(row, *message.header.instant);
  }
  rescued.keep_members(*message.header.rescued);
  message_offset_.set(row, static_cast<std::int64_t>(message.position));
  message_length_.set(row, static_cast<std::int64_t>(message.length));
  segment_index_.set(row, index);
  const SegmentPlace& place = message.places->segments[index];
  if (const std::string_view path = message.places->path(index); !path.empty()) {
    group_path_.set_padded(row, path);
  }
  if (place.parent != kNoSegment) {
    const SegmentTokens& parent = message.tokens->segments[place.parent];
    if (is_plain_name(parent.name)) [[likely]] {
      parent_segment_.set_padded(row, message.tokens->text.substr(parent.begin, 3));
    } else {
      parent_segment_.set(row, segment_label(*message.tokens, parent));
    }
    parent_segment_index_.set(row, place.parent);
  }
  if (place.patient != kNoSegment) {
    patient_segment_index_.set(row, place.patient);
  }
}

}  // namespace lakeflow::hl7v2
