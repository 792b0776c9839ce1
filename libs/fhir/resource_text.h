#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <arrow/type_fwd.h>

#include "base/error.h"

namespace lakeflow::fhir {

// The way back from the columns of resource_schema to the resource: what a row holds, as the JSON that it was decoded from. It goes by the columns'
// names and types and by FHIR's definitions alone, so any rows will do that have the columns, of any depth and in any order: those of a decoder,
// or of a query of a table. Columns that are none of the resource's (a destination's own) are passed over; raw_json is not looked at.
//
// The JSON is the same value that was sent, member for member, but for what the columns cannot tell:
//   - zeros at the end of a decimal ("1.50" is 1.5), and how a number was written (1e2 is 100);
//   - where the schema had raw_json, also the offset and the digits of an instant, and white space in base64;
//   - the order of members, and space between them;
//   - what is no FHIR: a null member (absent), one value where a list belongs (a list of it), a member that came twice (the first that fits).
class ResourceText {
 public:
  // For rows of this schema. A user error where it has no text column resourceType.
  static Result<ResourceText> make(std::shared_ptr<arrow::Schema> schema);
  ~ResourceText();
  ResourceText(ResourceText&&) noexcept;
  ResourceText& operator=(ResourceText&&) noexcept;

  // Appends the resource of a row to `out`; `rescued` is the row's rescued text (_rescued_data), empty where it has none. User errors where the
  // row's resourceType is none of FHIR R4, or a column has a type that no schema of that resource type gives it; a data error where `rescued` is no
  // JSON object. Nothing is appended then. The rows are of the schema.
  Status append(std::string& out, const arrow::RecordBatch& rows, std::int64_t row, std::string_view rescued);

 private:
  struct Plans;
  explicit ResourceText(std::unique_ptr<Plans> plans);
  std::unique_ptr<Plans> plans_;
};

}  // namespace lakeflow::fhir
