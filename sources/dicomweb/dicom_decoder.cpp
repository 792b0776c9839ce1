#include "sources/dicomweb/dicom_decoder.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/record_batch.h>
#include <arrow/table_builder.h>
#include <simdjson.h>
#include <nlohmann/json.hpp>

#include "base/arrow_error.h"
#include "sources/dicomweb/dicom_time.h"
#include "sources/dicomweb/dicom_values.h"

namespace lakeflow {
namespace {

namespace dom = simdjson::dom;
using Role = DicomColumn::Role;

constexpr std::string_view kCharacterSet = "00080005";
constexpr std::string_view kOffsetFromUtc = "00080201";
constexpr std::array<std::string_view, 3> kUnicode = {"ISO_IR 192", "GB18030", "GBK"};

// The attributes of a record by tag.
using Attributes = std::map<std::string_view, dom::element>;

const dom::element* find(const Attributes& attributes, std::string_view tag) {
  const auto found = attributes.find(tag);
  return found == attributes.end() ? nullptr : &found->second;
}

std::string_view text_of(const Attributes& attributes, std::string_view tag) {
  const dom::element* const sent = find(attributes, tag);
  return sent == nullptr ? std::string_view() : first_dicom_text(*sent);
}

std::string_view end_of(std::string_view path) { return path.substr(path.rfind('/') + 1); }

// What of a record has no place in its row, as a JSON object.
class Rescued {
 public:
  void add(std::string_view name, const dom::element& value) {
    json_ += json_.empty() ? '{' : ',';
    json_ += nlohmann::json(name).dump();
    json_ += ':';
    json_ += simdjson::minify(value);
  }
  Status append_to(arrow::StringBuilder& column) { return from_arrow(json_.empty() ? column.AppendNull() : column.Append(json_ + "}")); }

 private:
  std::string json_;
};

class DicomDecoder final : public Decoder {
 public:
  explicit DicomDecoder(DicomTable table) : table_(std::move(table)) {}

  Result<DecodedRecords> decode(const RawRecords& raw) override {
    LAKEFLOW_ASSIGN(
        std::unique_ptr<arrow::RecordBatchBuilder> rows,
        from_arrow(arrow::RecordBatchBuilder::Make(table_.schema, arrow::default_memory_pool(), static_cast<std::int64_t>(raw.records.size()))));
    arrow::StringBuilder rescued;
    DecodedRecords decoded;
    DecodedTable& table = decoded.tables.emplace_back();
    for (std::uint32_t i = 0; i < raw.records.size(); ++i) {
      const RawRecord& record = raw.records[i];
      Attributes attributes;
      if (record.operation != Operation::kDelete) {
        if (const std::optional<Reject> reject = read(record, i, attributes)) {
          decoded.rejects.push_back(*reject);
          continue;
        }
        const std::string_view characters = text_of(attributes, kCharacterSet);
        if (!characters.empty() && std::ranges::find(kUnicode, characters) == kUnicode.end()) {
          ++decoded.remarks["not_in_unicode"];
        }
      }
      Rescued left;
      LAKEFLOW_TRY(append(*rows, record, raw.origins[record.origin], attributes, left));
      LAKEFLOW_TRY(left.append_to(rescued));
      table.records.push_back(i);
    }
    LAKEFLOW_ASSIGN(table.rows, from_arrow(rows->Flush()));
    LAKEFLOW_ASSIGN(const std::shared_ptr<arrow::Array> texts, from_arrow(rescued.Finish()));
    table.rescued = std::static_pointer_cast<arrow::StringArray>(texts);
    return decoded;
  }

 private:
  std::optional<Reject> read(const RawRecord& record, std::uint32_t number, Attributes& attributes) {
    dom::element root;
    if (const auto failure = parser_.parse(record.bytes.data(), record.bytes.size(), false).get(root); failure != simdjson::SUCCESS) {
      return Reject{number, "invalid_json", simdjson::error_message(failure)};
    }
    dom::object object;
    if (root.get(object) != simdjson::SUCCESS) {
      return Reject{number, "not_an_object", "a record of the DICOM JSON model is an object"};
    }
    for (const dom::key_value_pair member : object) {
      attributes.emplace(member.key, member.value);  // of one name the first
    }
    return std::nullopt;
  }

  Status append(arrow::RecordBatchBuilder& rows, const RawRecord& record, std::string_view origin, const Attributes& attributes, Rescued& left) {
    std::size_t used = 0;
    for (int i = 0; i < rows.num_fields(); ++i) {
      const DicomColumn& column = table_.columns[static_cast<std::size_t>(i)];
      arrow::ArrayBuilder& builder = *rows.GetField(i);
      switch (column.role) {
        case Role::kValue: {
          const dom::element* const sent = find(attributes, column.attribute.tag);
          LAKEFLOW_ASSIGN(const bool fits, append_dicom_values(builder, column.attribute, sent));
          used += sent != nullptr ? 1U : 0U;
          if (!fits) {
            left.add(table_.schema->field(i)->name(), *sent);
          }
          break;
        }
        case Role::kDate:
          LAKEFLOW_TRY(append_or_null(static_cast<arrow::Date32Builder&>(builder), parse_dicom_date(text_of(attributes, column.attribute.tag))));
          break;
        case Role::kLocalTime:
        case Role::kUtcTime: LAKEFLOW_TRY(append_or_null(static_cast<arrow::TimestampBuilder&>(builder), time_of(attributes, column))); break;
        case Role::kRecord:
          LAKEFLOW_TRY(from_arrow(record.operation == Operation::kDelete ? builder.AppendNull()
                                                                         : static_cast<arrow::StringBuilder&>(builder).Append(record.bytes)));
          break;
        case Role::kOrthancId: LAKEFLOW_TRY(from_arrow(static_cast<arrow::StringBuilder&>(builder).Append(end_of(origin)))); break;
        case Role::kReadAt:
          LAKEFLOW_TRY(from_arrow(static_cast<arrow::TimestampBuilder&>(builder).Append(static_cast<std::int64_t>(record.position))));
          break;
      }
    }
    if (used < attributes.size()) {
      for (const auto& [tag, sent] : attributes) {
        if (std::ranges::none_of(table_.columns, [&](const DicomColumn& column) { return column.attribute.tag == tag; })) {
          left.add(tag, sent);
        }
      }
    }
    return {};
  }

  template <typename Builder, typename Value>
  static Status append_or_null(Builder& builder, const std::optional<Value>& value) {
    return from_arrow(value ? builder.Append(*value) : builder.AppendNull());
  }

  static std::optional<std::int64_t> time_of(const Attributes& attributes, const DicomColumn& column) {
    constexpr std::int64_t kDay = std::int64_t{86'400} * 1'000'000;
    const std::optional<std::int32_t> day = parse_dicom_date(text_of(attributes, column.attribute.date));
    const std::optional<std::int64_t> time = parse_dicom_time(text_of(attributes, column.attribute.tag));
    if (!day || !time) {
      return std::nullopt;
    }
    const std::int64_t local = *day * kDay + *time;
    if (column.role == Role::kLocalTime) {
      return local;
    }
    const std::optional<std::int64_t> offset = parse_dicom_offset(text_of(attributes, kOffsetFromUtc));
    return offset ? std::optional(local - *offset) : std::nullopt;
  }

  const DicomTable table_;
  dom::parser parser_;
};

}  // namespace

Result<std::unique_ptr<Decoder>> make_dicom_decoder(DicomTable table) { return std::make_unique<DicomDecoder>(std::move(table)); }

}  // namespace lakeflow
