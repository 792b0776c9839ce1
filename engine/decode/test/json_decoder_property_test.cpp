// The decoder against the plain one, on schemas and records made at random (fixed seeds; LAKEFLOW_SOAK=1 makes two hundred times as many),
// with each set of vector instructions that this processor has in turn.

#include <cstdlib>
#include <set>

#include <arrow/array/array_binary.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <hwy/targets.h>

#include "engine/decode/json_decoder.h"
#include "engine/decode/test/plain_decoder.h"
#include "engine/decode/test/plain_json.h"
#include "engine/decode/test/random_record.h"
#include "engine/decode/test/raw_batch.h"
#include "engine/decode/test/row_text.h"
#include "engine/decode/test/schema_text.h"

namespace lakeflow {
namespace {

struct Tally {
  int rows = 0;
  int rescued = 0;
  int rejects = 0;
};

void compare(Decoder& decoder, const arrow::Schema& schema, const std::vector<std::string>& records, Tally& tally) {
  auto decoded = decoder.decode(raw_batch(records));
  ASSERT_TRUE(decoded) << decoded.error().message();
  const DecodedTable& table = decoded->tables.at(0);
  ASSERT_TRUE(table.rows->ValidateFull().ok()) << table.rows->ValidateFull().ToString();
  ASSERT_EQ(table.records.size() + decoded->rejects.size(), records.size());
  std::size_t row = 0;
  std::size_t reject = 0;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const PlainRow expected = decode_plainly(schema, records[i]);
    if (!expected.reject.empty()) {
      ASSERT_LT(reject, decoded->rejects.size()) << records[i];
      ASSERT_EQ(decoded->rejects[reject].record, i) << "accepted, though " << expected.reject << ": " << records[i];
      ASSERT_EQ(decoded->rejects[reject].reason, expected.reject) << records[i];
      ++reject;
      ++tally.rejects;
      continue;
    }
    ASSERT_LT(row, table.records.size()) << records[i];
    ASSERT_EQ(table.records[row], i) << "rejected: " << records[i];
    const auto at = static_cast<std::int64_t>(row);
    ASSERT_EQ(row_text(*table.rows, at), expected.row) << records[i];
    const bool rescued = table.rescued != nullptr && table.rescued->IsValid(at);
    ASSERT_EQ(rescued ? table.rescued->GetString(at) : "", expected.rescued) << records[i];
    if (rescued) {
      const auto object = read_plain_record(expected.rescued, 1000);
      ASSERT_TRUE(object.value) << "no JSON is rescued: " << expected.rescued;
      std::set<std::string> paths;
      for (const auto& member : object.value->members) {
        ASSERT_TRUE(paths.insert(member.key.raw).second) << "a path comes twice, so one value is lost: " << expected.rescued;
      }
    }
    tally.rescued += rescued ? 1 : 0;
    ++tally.rows;
    ++row;
  }
}

TEST(JsonDecoderProperty, AgreesWithThePlainDecoder) {
  const int schemas = std::getenv("LAKEFLOW_SOAK") != nullptr ? 40'000 : 200;
  const std::vector<std::int64_t> targets = hwy::SupportedAndGeneratedTargets();
  Tally tally;
  for (int seed = 0; seed < schemas; ++seed) {
    RandomRecords random(static_cast<std::uint64_t>(seed));
    const std::string text = random.schema_text();
    const std::int64_t target = targets[static_cast<std::size_t>(seed) % targets.size()];
    hwy::SetSupportedTargetsForTest(target);
    SCOPED_TRACE(fmt::format("seed {}, {}, schema {}", seed, hwy::TargetName(target), text));
    const auto schema = parse_schema(text);
    auto decoder = make_json_decoder(schema);
    ASSERT_TRUE(decoder) << decoder.error().message();
    for (int batch = 0; batch < 3; ++batch) {
      std::vector<std::string> records;
      for (int i = 0; i < 40; ++i) {
        records.push_back(random.record(*schema));
      }
      compare(**decoder, *schema, records, tally);
      if (HasFatalFailure()) return;
    }
  }
  hwy::SetSupportedTargetsForTest(0);
  // The records are worth something: there are many of each outcome.
  EXPECT_GT(tally.rows, schemas * 60);
  EXPECT_GT(tally.rescued, schemas * 10);
  EXPECT_GT(tally.rejects, schemas * 5);
}

}  // namespace
}  // namespace lakeflow
