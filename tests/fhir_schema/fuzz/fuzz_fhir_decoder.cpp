// libFuzzer: bytes as a FHIR resource, decoded by the schema of a type (the first byte says which, and how deep) into rows that Arrow checks whole
// and that the plain decoder agrees with; and the resource that is made of a row decodes to the same row again.

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "engine/decode/json_decoder.h"
#include "engine/decode/test/plain_decoder.h"
#include "engine/decode/test/row_text.h"
#include "libs/fhir/resource_schema.h"
#include "libs/fhir/resource_text.h"

namespace lakeflow {
namespace {

struct Subject {
  std::string_view type;
  fhir::SchemaOptions options;
  std::shared_ptr<arrow::Schema> schema;
  std::unique_ptr<Decoder> decoder;
};

std::array<Subject, 6> make_subjects() {
  std::array<Subject, 6> subjects = {
      Subject{"Patient", {.depth = 3, .raw_json = false}, {}, {}},
      Subject{"Observation", {.depth = 6, .raw_json = false, .decimal_scale = 12}, {}, {}},
      Subject{"Questionnaire", {.depth = 5, .raw_json = false}, {}, {}},
      Subject{"Bundle", {.depth = 2, .raw_json = false}, {}, {}},
      Subject{"Binary", {.depth = 3, .raw_json = true}, {}, {}},
      Subject{"Claim", {.depth = 3, .raw_json = false, .elements = {"status", "item", "created"}}, {}, {}},
  };
  for (Subject& subject : subjects) {
    subject.schema = *fhir::resource_schema(subject.type, subject.options);
    subject.decoder = *make_json_decoder(subject.schema);
  }
  return subjects;
}

void expect(bool holds) {
  if (!holds) {
    std::abort();
  }
}

struct Row {
  std::shared_ptr<arrow::RecordBatch> rows;  // none where the record was rejected
  std::string text;
  std::string rescued;
};

Row decode(const Subject& subject, std::string_view record) {
  auto text = std::make_shared<std::string>(record);
  text->append(kPadding, ' ');
  RawRecords raw;
  raw.buffer = text;
  raw.records.push_back({.bytes = std::string_view(*text).substr(0, record.size())});
  const auto decoded = subject.decoder->decode(raw);
  expect(decoded.has_value());
  const DecodedTable& table = decoded->tables.at(0);
  expect(table.rows->ValidateFull().ok() && table.rows->num_rows() + static_cast<std::int64_t>(decoded->rejects.size()) == 1);
  if (!decoded->rejects.empty()) {
    return {};
  }
  Row row{.rows = table.rows, .text = row_text(*table.rows, 0), .rescued = {}};
  if (table.rescued != nullptr && table.rescued->IsValid(0)) {
    row.rescued = table.rescued->GetString(0);
  }
  return row;
}

void try_record(const Subject& subject, std::string_view record) {
  const Row row = decode(subject, record);
  const PlainRow plain = decode_plainly(*subject.schema, record);
  expect(plain.reject.empty() == (row.rows != nullptr));
  if (row.rows == nullptr) {
    return;
  }
  expect(plain.row == row.text && plain.rescued == row.rescued);
  const auto& types = static_cast<const arrow::StringArray&>(*row.rows->GetColumnByName("resourceType"));
  if (subject.options.raw_json || types.IsNull(0) || types.GetView(0) != subject.type) {
    return;
  }
  std::string back;
  Result<fhir::ResourceText> text = fhir::ResourceText::make(row.rows->schema());
  expect(text.has_value() && text->append(back, *row.rows, 0, row.rescued));
  const Row again = decode(subject, back);
  expect(again.rows != nullptr && again.text == row.text);
}

}  // namespace
}  // namespace lakeflow

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto kSubjects = lakeflow::make_subjects();
  if (size > 0) {
    lakeflow::try_record(kSubjects.at(data[0] % kSubjects.size()), {reinterpret_cast<const char*>(data) + 1, size - 1});
  }
  return 0;
}
