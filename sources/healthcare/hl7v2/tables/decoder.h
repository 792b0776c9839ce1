#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "sources/healthcare/hl7v2/hl7v2_options.h"
#include "sources/healthcare/hl7v2/tables/every_message_rows.h"
#include "sources/healthcare/hl7v2/tables/segment_dispatch.h"
#include "sources/healthcare/hl7v2/tables/table_rows.h"
#include "sources/interface/decoder.h"

namespace lakeflow::hl7v2 {

// Decodes HL7 v2 messages into the rows of several tables in one pass over them.
class Hl7Decoder final : public Decoder {
 public:
  Hl7Decoder(const Hl7Options& options, std::vector<std::unique_ptr<TableRows>> tables);

  // A message that gives no table a row is filtered as "other_message_type". One whose header can't be read is rejected
  // ("invalid_delimiters"), and so is one with another segment that begins as its header does ("damaged_header"): behind it stands another
  // message, whose values are another patient's. The table of every message tells of these, and of what the reader found broken, too. A decoded
  // message whose version the dictionary lacks is remarked as "unknown_version" (find_version says by which one it was read).
  Result<DecodedRecords> decode(const RawRecords& raw) override;

 private:
  enum class Outcome { kDecoded, kFiltered, kUnreadable, kDamagedHeader };
  MessageView view_of(const RawRecords& raw, std::uint32_t record, const std::vector<RecordId>& ids) const;
  Outcome decode_message(MessageView& message);
  // Into the tables of every message; the message has its tokens, if they are worth anything.
  void tell_of_reject(MessageView& message, const QuarantineReason& reason);
  void tell_of_broken(const RawRecords& raw, std::uint32_t number, const std::vector<RecordId>& ids);
  // Divides the message in UTF-8: itself, or `text_` where it had to be converted. False where it has no readable header.
  bool tokenize(std::string_view message, ValueContext& context);
  void read_header(MessageView& message, const FirstFields& fields);
  CharacterSet* character_set(std::string_view name);  // null: unknown

  std::optional<TimeZone> default_time_zone_;
  std::shared_ptr<const DeclaredSegments> declared_segments_;  // that tables may be laid out by
  std::vector<std::unique_ptr<TableRows>> tables_;
  std::vector<EveryMessageRows*> every_message_;  // of tables_
  MessageTally tally_;                            // of the others
  SegmentDispatch dispatch_;
  const bool needs_places_;
  CharacterSet utf8_ = CharacterSet::utf8();
  std::optional<CharacterSet> fallback_;  // of messages that name none and are not UTF-8
  std::map<std::string, std::optional<CharacterSet>, std::less<>> character_sets_;
  // MSH-18 of the last message that had to know it, which the next one most likely has too, and the set that it names.
  std::string declared_sets_;
  char declared_repetition_ = kNoDelimiter;
  bool names_set_ = false;
  CharacterSet* named_set_ = nullptr;  // of character_sets_; null: unknown, or none is named
  Tokenizer tokenizer_;
  MessageTokens tokens_;
  SegmentPlacer placer_;
  std::string text_;
  RescuedData header_rescued_;
  ValueReader header_reader_{header_rescued_};
  // MSH-18, where the message was read as UTF-8 against it: a set that is not known, or that its bytes speak against.
  std::string disregarded_sets_;
  std::string control_id_;
  RescuedMembers header_members_;
};

}  // namespace lakeflow::hl7v2
