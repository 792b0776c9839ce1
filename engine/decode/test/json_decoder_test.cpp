// The cases of test/cases/*.txt: a schema, records, and what must come out of each. Lines:
//   case NAME
//   schema TEXT         (schema_text.h)
//   in RECORD           as it stands; %XX is a byte, %% a percent sign, %(n×TEXT) the text n times
//   row JSON            the row that the record before it gives (row_text.h)
//   rescued JSON        and what is rescued of it; none without this line
//   reject CODE DETAIL  or the reject
// All records of a case are decoded in one batch, and then once more in one: what comes out is the same.

#include "engine/decode/json_decoder.h"

#include <filesystem>
#include <fstream>
#include <ostream>

#include <arrow/array/array_binary.h>
#include <arrow/record_batch.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/decode/test/raw_batch.h"
#include "engine/decode/test/row_text.h"
#include "engine/decode/test/schema_text.h"

namespace lakeflow {
namespace {

struct ExpectedRecord {
  std::string in;
  std::string row;
  std::string rescued;
  std::string reject;
};

struct DecodeCase {
  std::string name;
  std::string schema;
  std::vector<ExpectedRecord> records;
};

std::string unquote(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
    } else if (text[i + 1] == '%') {
      out += text[++i];
    } else if (text[i + 1] == '(') {
      constexpr std::string_view kTimes = "×";
      const std::size_t times = text.find(kTimes, i);
      const std::size_t end = text.find(')', times);
      const std::string part = unquote(text.substr(times + kTimes.size(), end - times - kTimes.size()));
      for (int n = std::stoi(std::string(text.substr(i + 2, times - i - 2))); n > 0; --n) out += part;
      i = end;
    } else {
      out += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
      i += 2;
    }
  }
  return out;
}

std::vector<DecodeCase> read_cases() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(LAKEFLOW_SOURCE_DIR "/engine/decode/test/cases")) {
    files.push_back(entry.path());
  }
  std::ranges::sort(files);
  std::vector<DecodeCase> cases;
  for (const auto& file : files) {
    std::ifstream lines(file);
    for (std::string line; std::getline(lines, line);) {
      const std::size_t space = std::min(line.find(' '), line.size());
      const std::string word = line.substr(0, space);
      const std::string rest = space < line.size() ? line.substr(space + 1) : "";
      if (word.empty() || word == "#") continue;
      if (word == "case") {
        cases.push_back({file.stem().string() + ": " + rest, "", {}});
      } else if (word == "schema") {
        cases.back().schema = rest;
      } else if (word == "in") {
        cases.back().records.push_back({unquote(rest), "", "", ""});
      } else if (word == "row") {
        cases.back().records.back().row = unquote(rest);
      } else if (word == "rescued") {
        cases.back().records.back().rescued = unquote(rest);
      } else if (word == "reject") {
        cases.back().records.back().reject = rest;
      } else {
        throw std::runtime_error(file.string() + ": no such line: " + line);
      }
    }
  }
  return cases;
}

void PrintTo(const DecodeCase& decode_case, std::ostream* out) { *out << decode_case.name; }

class JsonDecoderCase : public testing::TestWithParam<DecodeCase> {};

// What came out for each record, in the words of the cases.
std::vector<ExpectedRecord> outcome_of(Decoder& decoder, const std::vector<std::string>& records) {
  auto decoded = decoder.decode(raw_batch(records));
  if (!decoded) throw std::runtime_error(decoded.error().message());
  const DecodedTable& table = decoded->tables.at(0);
  const auto valid = table.rows->ValidateFull();
  if (!valid.ok()) throw std::runtime_error(valid.ToString());
  if (table.rescued != nullptr && !table.rescued->ValidateFull().ok()) throw std::runtime_error("rescued is no valid array");
  std::vector<ExpectedRecord> outcome(records.size());
  for (std::size_t row = 0; row < table.records.size(); ++row) {
    ExpectedRecord& record = outcome.at(table.records[row]);
    record.row = row_text(*table.rows, static_cast<std::int64_t>(row));
    if (table.rescued != nullptr && table.rescued->IsValid(static_cast<std::int64_t>(row))) {
      record.rescued = table.rescued->GetString(static_cast<std::int64_t>(row));
    }
  }
  for (const Reject& reject : decoded->rejects) {
    outcome.at(reject.record).reject = reject.reason + (reject.detail.empty() ? "" : " " + reject.detail);
  }
  return outcome;
}

TEST_P(JsonDecoderCase, ComesOutAsWritten) {
  const DecodeCase& decode_case = GetParam();
  auto decoder = make_json_decoder(parse_schema(decode_case.schema));
  ASSERT_TRUE(decoder) << decoder.error().message();
  std::vector<std::string> records;
  for (const ExpectedRecord& record : decode_case.records) {
    records.push_back(record.in);
  }
  for (int time = 0; time < 2; ++time) {
    const auto outcome = outcome_of(**decoder, records);
    for (std::size_t i = 0; i < records.size(); ++i) {
      const std::string in = "record: " + records[i].substr(0, 200);
      EXPECT_EQ(outcome[i].row, decode_case.records[i].row) << in;
      EXPECT_EQ(outcome[i].rescued, decode_case.records[i].rescued) << in;
      EXPECT_EQ(outcome[i].reject, decode_case.records[i].reject) << in;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, JsonDecoderCase, testing::ValuesIn(read_cases()), [](const auto& instance) {
  std::string name;
  for (const char c : instance.param.name) {
    name += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  }
  return name;
});

}  // namespace
}  // namespace lakeflow
