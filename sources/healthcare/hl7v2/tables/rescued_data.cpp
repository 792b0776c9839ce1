#include "sources/healthcare/hl7v2/tables/rescued_data.h"

#include <fmt/format.h>

#include "base/arrow_error.h"
#include "base/json_text.h"
#include "libs/hl7v2/character_set.h"

namespace lakeflow::hl7v2 {

std::string address_text(const Address& address) {
  std::string text(address.segment);
  if (address.segment_number > 0) {
    text += fmt::format("[{}]", address.segment_number);
  }
  text += fmt::format("-{}", address.field + 1);
  if (address.repetition > 0) {
    text += fmt::format("[{}]", address.repetition + 1);
  }
  if (address.component > 0 || address.subcomponent > 0) {
    text += fmt::format(".{}", address.component + 1);
  }
  if (address.subcomponent > 0) {
    text += fmt::format(".{}", address.subcomponent + 1);
  }
  return text;
}

void RescuedData::keep(const Address& address, std::string_view raw) {
  std::string member;
  append_json_string(member, address_text(address));
  member += ':';
  std::string shown;
  append_shown(raw, shown);
  append_json_string(member, shown);
  // A row of several segments may read one of them twice: the ORC of two orders. So does msh what it has of the header, as every segment.
  const bool may_come_twice = address.segment_number > 0 || address.segment == "MSH";
  if (!may_come_twice || !members_.text.contains(member)) {
    add(member);
    ++members_.count;
  }
}

void RescuedData::append(std::int64_t row) {
  failure_ &= builder_.AppendNulls(row - builder_.length());
  failure_ &= builder_.Append("{" + members_.text + "}");
  if (tally_ != nullptr) {
    tally_->rescued_values += members_.count;
  }
  members_ = {};
}

Result<std::shared_ptr<arrow::StringArray>> RescuedData::finish(std::int64_t rows) {
  if (builder_.length() == 0) {
    return std::shared_ptr<arrow::StringArray>();
  }
  failure_ &= builder_.AppendNulls(rows - builder_.length());
  LAKEFLOW_TRY(from_arrow(std::exchange(failure_, arrow::Status::OK())));
  std::shared_ptr<arrow::StringArray> array;
  LAKEFLOW_TRY(from_arrow(builder_.Finish(&array)));
  return array;
}

}  // namespace lakeflow::hl7v2
