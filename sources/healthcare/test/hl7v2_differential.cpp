#include "sources/healthcare/test/hl7v2_differential.h"

#include <algorithm>
#include <map>
#include <memory>
#include <vector>

#include <arrow/array/array_binary.h>
#include <arrow/record_batch.h>
#include <fmt/format.h>

#include "base/buffer_pool.h"
#include "sources/healthcare/hl7v2/tables/decoder.h"
#include "sources/healthcare/hl7v2/tables/table_catalog.h"
#include "sources/healthcare/test/hl7v2_plain_rows.h"
#include "sources/healthcare/test/hl7v2_row_text.h"

namespace lakeflow::hl7v2 {
namespace {

std::string lower_case(std::string name) {
  std::ranges::transform(name, name.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return name;
}

// What the plain decoder does not know.
const std::vector<std::string> kLeftOut = {"_record_id",
                                           "message_datetime_utc",
                                           "group_path",
                                           "parent_segment",
                                           "parent_segment_index",
                                           "patient_segment_index",
                                           "observation_value_number",
                                           "observation_value_coded",
                                           "observation_value_time",
                                           "observation_value_attached",
                                           "observation_value_parts"};

}  // namespace

Differential::Differential(std::vector<std::string> segments) : segments_(std::move(segments)) {
  std::vector<std::unique_ptr<TableRows>> tables;
  const auto pool = BufferPool::make();
  for (const std::string& segment : segments_) {
    tables.push_back(make_table_rows(lower_case(segment), pool));
  }
  Hl7Options options;
  options.storage_path = "/folder";
  decoder_ = std::make_unique<Hl7Decoder>(options, std::move(tables));
}

std::string Differential::first_difference(std::span<const std::string> messages) {
  auto text = std::make_shared<std::string>();
  std::vector<std::pair<std::size_t, std::size_t>> places;
  for (const std::string& message : messages) {
    places.emplace_back(text->size(), message.size());
    *text += message;
  }
  text->append(kPadding, '|');
  RawRecords raw;
  raw.buffer = text;
  raw.origins = {"/folder/file.hl7"};
  for (const auto& [position, size] : places) {
    raw.records.push_back({.bytes = std::string_view(*text).substr(position, size), .position = position});
  }

  std::map<std::string, std::vector<std::string>> expected;
  std::size_t rejects = 0;
  for (const RawRecord& record : raw.records) {
    PlainMessage plain = plain_rows(record.bytes, segments_, record.position);
    rejects += plain.is_readable && !plain.is_damaged ? 0U : 1U;
    for (auto& [segment, rows] : plain.rows) {
      std::ranges::move(rows, std::back_inserter(expected[segment]));
    }
  }
  // Twice: the second time in memory that comes back.
  for (int round = 0; round < 2; ++round) {
    const auto decoded = decoder_->decode(raw);
    if (!decoded) {
      return decoded.error().message();
    }
    if (decoded->rejects.size() != rejects) {
      return fmt::format("{} rejects, not {}", decoded->rejects.size(), rejects);
    }
    for (std::size_t t = 0; t < segments_.size(); ++t) {
      const DecodedTable& table = decoded->tables[t];
      if (const auto checked = table.rows->ValidateFull(); !checked.ok()) {
        return fmt::format("{}: {}", segments_[t], checked.ToString());
      }
      const std::vector<std::string>& rows = expected[segments_[t]];
      if (static_cast<std::size_t>(table.rows->num_rows()) != rows.size()) {
        return fmt::format("{}: {} rows, not {}", segments_[t], table.rows->num_rows(), rows.size());
      }
      for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto row = static_cast<std::int64_t>(i);
        std::string found = row_text(*table.rows, row, kLeftOut);
        // What typed values do not fit is rescued, too: of a field that varies the plain one does not tell.
        const bool varies = found.contains(R"("value_type")");
        if (!varies && table.rescued != nullptr && table.rescued->IsValid(row)) {
          found.insert(found.size() - 1, fmt::format("{}\"_rescued_data\":{}", found == "{}" ? "" : ",", table.rescued->GetView(row)));
        }
        const std::string& wanted = varies ? rows[i].substr(0, found.size() - 1) + "}" : rows[i];
        if (found != wanted) {
          return fmt::format("{} row {}:\n  decoded {}\n  plain   {}", segments_[t], i, found, rows[i]);
        }
      }
    }
  }
  return "";
}

}  // namespace lakeflow::hl7v2
