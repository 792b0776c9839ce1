#pragma once

#include <memory>
#include <string>

#include "sources/healthcare/hl7v2/repeats/seen_messages.h"
#include "sources/interface/record_reader.h"

namespace lakeflow::hl7v2 {

// Another reader's messages, each with a note whether it was read before (RawRecord::note): in this read, or in an earlier one as the table's
// committed state has it. What was met is state of that table alone, and committed with the rows: so a reading that is done again gives the
// same notes, and so does a full refresh, which begins without any state, where it meets messages in the same order.
class RepeatReader final : public RecordReader {
 public:
  // `table`: whose state it is. The context outlives the reader.
  RepeatReader(std::unique_ptr<RecordReader> messages, std::string table, std::uint64_t most, const ReadContext& context)
      : messages_(std::move(messages)), table_(std::move(table)), state_(context.state), seen_(most) {}

  Result<std::variant<RawRecords, End>> next() override;
  std::optional<Offset> offset() const override { return messages_->offset(); }
  StateDelta state_delta() override;

 private:
  std::unique_ptr<RecordReader> messages_;
  std::string table_;
  const StateLookup* state_;  // null once it was looked into, or where there is none
  SeenMessages seen_;
};

}  // namespace lakeflow::hl7v2
