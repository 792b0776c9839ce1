#include "sources/healthcare/hl7v2/tables/decoder.h"

#include <algorithm>
#include <span>
#include <tuple>

#include "libs/hl7v2/message.h"
#include "sources/healthcare/hl7v2/tables/instant.h"

namespace lakeflow::hl7v2 {
namespace {

constexpr std::uint32_t kDateTimeField = 7;
constexpr std::uint32_t kTypeField = 9;
constexpr std::uint32_t kControlIdField = 10;
constexpr std::uint32_t kCharacterSetField = 18;

// The name of the set that a message begins with: of MSH-18's repetitions the first that is not ASCII, but one that text has to switch to
// (ISO IR87, ISO IR159) only where there is no other.
std::string_view character_set_name(std::string_view declared, char repetition) {
  std::string_view switched_to;
  while (!declared.empty()) {
    const std::size_t next = repetition == kNoDelimiter ? std::string_view::npos : declared.find(repetition);
    const std::string_view name = declared.substr(0, next);
    if (name == "ISO IR87" || name == "ISO IR159") {
      switched_to = switched_to.empty() ? name : switched_to;
    } else if (!name.empty() && name != "ASCII" && name != "ISO IR6") {
      return name;
    }
    declared = next == std::string_view::npos ? std::string_view() : declared.substr(next + 1);
  }
  return switched_to;
}

// Whether a segment begins with what only headers have, MSH-2 between delimiters, behind a name that was damaged: MSX|^~\&|.
bool has_damaged_header(const MessageTokens& tokens) {
  constexpr std::size_t kNameBytes = 3;
  constexpr std::size_t kMostNameBytes = 8;  // that a damaged one may have
  const std::size_t end = tokens.text.find(tokens.delimiters.field, kNameBytes + 1);
  if (end == std::string_view::npos) {
    return false;
  }
  const std::string_view sign = tokens.text.substr(kNameBytes, end + 1 - kNameBytes);
  // Where the delimiters have an escape character, such a segment has it too.
  const bool is_escaped = tokens.delimiters.escape != kNoDelimiter;
  return std::ranges::any_of(std::span(tokens.segments).subspan(1), [&](const SegmentTokens& segment) {
    return segment.has_escape == is_escaped && tokens.text.substr(segment.begin, kMostNameBytes + sign.size()).contains(sign);
  });
}

// Messages are short, and much is written between them: a processor does not foresee by itself that the text goes on.
void prefetch_for_reading(std::string_view text) {
  constexpr std::size_t kMost = 4096;
  for (std::size_t i = 0; i < std::min(text.size(), kMost); i += kCacheLine) {
    __builtin_prefetch(text.data() + i);
  }
  asm volatile("");  // as prefetch_for_writing() says
}

bool is_before(const RawRecord& one, const RawRecord& other) { return std::tie(one.origin, one.position) < std::tie(other.origin, other.position); }

}  // namespace

Hl7Decoder::Hl7Decoder(const Hl7Options& options, std::vector<std::unique_ptr<TableRows>> tables)
    : default_time_zone_(options.default_time_zone),
      declared_segments_(options.declared_segments),
      tables_(std::move(tables)),
      dispatch_(tables_),
      needs_places_(std::ranges::any_of(tables_, [](const auto& table) { return table->needs_places(); })),
      fallback_(CharacterSet::find(options.default_character_set)) {
  for (const auto& table : tables_) {
    if (auto* const every_message = dynamic_cast<EveryMessageRows*>(table.get())) {
      every_message_.push_back(every_message);
    } else {
      table->count_in(tally_);
    }
  }
}

Result<DecodedRecords> Hl7Decoder::decode(const RawRecords& raw) {
  std::vector<RecordId> ids;
  for (std::size_t i = 0; i < raw.origins.size(); ++i) {
    ids.emplace_back(i < raw.origin_keys.size() && !raw.origin_keys[i].empty() ? raw.origin_keys[i] : raw.origins[i]);
  }
  DecodedRecords decoded;
  const auto reject = [&](MessageView& message, const QuarantineReason& reason) {
    decoded.rejects.push_back({message.record, std::string(reason.code), std::string(reason.detail)});
    tell_of_reject(message, reason);
  };
  std::uint32_t broken = 0;
  for (std::uint32_t i = 0; i < raw.records.size(); ++i) {
    // In the order of the file.
    for (; broken < raw.broken.size() && is_before(raw.broken[broken].record, raw.records[i]); ++broken) {
      tell_of_broken(raw, broken, ids);
    }
    if (i + 1 < raw.records.size()) {
      prefetch_for_reading(raw.records[i + 1].bytes);
    }
    MessageView message = view_of(raw, i, ids);
    switch (decode_message(message)) {
      case Outcome::kDecoded:
        if (message.places != nullptr && !message.places->version.is_exact) {
          ++decoded.remarks["unknown_version"];
        }
        break;
      case Outcome::kFiltered: ++decoded.filtered["other_message_type"]; break;
      case Outcome::kDamagedHeader:
        reject(message, {"damaged_header", "a segment behind the first begins like a header: two messages may stand here"});
        break;
      case Outcome::kUnreadable: reject(message, {"invalid_delimiters", "MSH-1 or MSH-2 names no usable delimiters"}); break;
    }
  }
  for (; broken < raw.broken.size(); ++broken) {
    tell_of_broken(raw, broken, ids);
  }
  for (const auto& table : tables_) {
    LAKEFLOW_ASSIGN(decoded.tables.emplace_back(), table->finish());
  }
  return decoded;
}

MessageView Hl7Decoder::view_of(const RawRecords& raw, std::uint32_t record, const std::vector<RecordId>& ids) const {
  const RawRecord& of = raw.record(record);
  MessageView message;
  message.record = record;
  message.note = of.note;
  message.position = of.position;
  message.length = of.bytes.size();
  message.bytes = of.bytes;
  message.id = of.origin < ids.size() ? ids[of.origin] : RecordId();
  return message;
}

Hl7Decoder::Outcome Hl7Decoder::decode_message(MessageView& message) {
  if (!message.bytes.starts_with("MSH") || !tokenize(message.bytes, message.context)) {
    return Outcome::kUnreadable;
  }
  message.tokens = &tokens_;
  message.context.delimiters = &tokens_.delimiters;
  if (has_damaged_header(tokens_)) {
    return Outcome::kDamagedHeader;
  }
  message.context.default_time_zone = default_time_zone_ ? &*default_time_zone_ : nullptr;
  const FirstFields fields(tokens_, tokens_.segments.front());
  message.type = fields.field(kTypeField).component(1).subcomponent(1).raw();
  read_header(message, fields);
  message.places = needs_places_ ? &placer_.place(tokens_, fields) : nullptr;
  tally_ = {};
  for (std::uint32_t i = 0; i < tokens_.segments.size(); ++i) {
    for (TableRows* const table : dispatch_.find(tokens_.segments[i].name)) {
      table->add(message, i);
    }
  }
  for (EveryMessageRows* const table : every_message_) {
    table->add_decoded(message, {.tally = tally_});
  }
  return tally_.rows > 0 || !every_message_.empty() ? Outcome::kDecoded : Outcome::kFiltered;
}

void Hl7Decoder::tell_of_reject(MessageView& message, const QuarantineReason& reason) {
  for (EveryMessageRows* const table : every_message_) {
    table->add_quarantined(message, reason);
  }
}

void Hl7Decoder::tell_of_broken(const RawRecords& raw, std::uint32_t number, const std::vector<RecordId>& ids) {
  if (every_message_.empty()) {
    return;
  }
  const BrokenRecord& broken = raw.broken[number];
  MessageView message = view_of(raw, static_cast<std::uint32_t>(raw.records.size()) + number, ids);
  if (message.bytes.starts_with("MSH") && tokenize(message.bytes, message.context)) {
    message.tokens = &tokens_;
    message.context.delimiters = &tokens_.delimiters;
  }
  tell_of_reject(message, {broken.reason, broken.detail});
}

bool Hl7Decoder::tokenize(std::string_view message, ValueContext& context) {
  context.character_set = &utf8_;
  disregarded_sets_.clear();
  if (!tokenizer_.tokenize(message, tokens_)) {
    return false;
  }
  const bool switches = tokens_.switches_sets;
  if (tokens_.is_ascii && !switches && !tokens_.escapes_bytes) {
    return true;
  }
  // Only text beyond ASCII has to know what it was written in. The header's own bytes up to MSH-18 are ASCII in every set.
  const std::string_view declared = FirstFields(tokens_, tokens_.segments.front()).field(kCharacterSetField).raw();
  if (declared != declared_sets_ || tokens_.delimiters.repetition != declared_repetition_) {
    declared_sets_ = declared;
    declared_repetition_ = tokens_.delimiters.repetition;
    const std::string_view name = character_set_name(declared, declared_repetition_);
    names_set_ = !name.empty();
    named_set_ = names_set_ ? character_set(name) : nullptr;
  }
  const bool valid = is_utf8(message);
  CharacterSet* const named = named_set_;
  if (!names_set_) {
    context.character_set = !valid && fallback_ ? &*fallback_ : &utf8_;
  } else if (named != nullptr && !(valid && !tokens_.is_ascii && named->is_hardly_utf8())) {
    context.character_set = named;
  } else {
    utf8_.append_utf8(declared, disregarded_sets_);
  }
  if (!switches && (tokens_.is_ascii || (valid && context.character_set->is_utf8()))) {
    return true;
  }
  text_.clear();
  const bool has_escape = std::ranges::any_of(tokens_.segments, &SegmentTokens::has_escape);
  const char escape = has_escape ? tokens_.delimiters.escape : kNoDelimiter;
  context.character_set->append_utf8(message, text_, escape);
  context.has_undecodable = hl7v2::has_undecodable(text_);
  const std::size_t size = text_.size();
  text_.append(kPadding, '\0');
  return tokenizer_.tokenize(std::string_view(text_).substr(0, size), tokens_);
}

void Hl7Decoder::read_header(MessageView& message, const FirstFields& fields) {
  header_reader_.begin_segment(message.context, tokens_.segments.front().has_escape);
  if (const Part id = fields.field(kControlIdField).repetition(1); !id.empty()) {
    const Address address{.segment = "MSH", .field = kControlIdField - 1};
    message.header.control_id = id.raw();
    if (!header_reader_.is_plain()) {
      control_id_ = id.is_divided() ? header_reader_.undivided(id.raw(), address) : header_reader_.text_of(id.raw(), address);
      message.header.control_id = control_id_;
      control_id_.append(kPadding, '\0');
      message.header.control_id = std::string_view(control_id_).substr(0, control_id_.size() - kPadding);
    }
  }
  if (const std::string_view raw = fields.field(kDateTimeField).subcomponent(1).raw(); !raw.empty()) {
    const Address address{.segment = "MSH", .field = kDateTimeField - 1};
    const auto time = parse_date_time(header_reader_.text_of(raw, address));
    if (time && time->has_day()) {
      message.header.datetime = time->local_micros();
      message.header.instant = instant_of(*time, message.context.default_time_zone);
    } else {
      header_rescued_.keep(address, raw);
    }
  }
  if (!disregarded_sets_.empty()) {
    header_rescued_.keep({.segment = "MSH", .field = kCharacterSetField - 1}, disregarded_sets_);
  }
  header_members_ = header_rescued_.take_members();
  message.header.rescued = &header_members_;
}

CharacterSet* Hl7Decoder::character_set(std::string_view name) {
  const auto known = character_sets_.find(name);
  auto& found = known == character_sets_.end() ? character_sets_.emplace(std::string(name), CharacterSet::find(name)).first->second : known->second;
  return found ? &*found : nullptr;
}

}  // namespace lakeflow::hl7v2
