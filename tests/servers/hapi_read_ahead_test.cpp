// Several windows of time at once, from a real FHIR server: the same as one page after the other, also while it is written to.

#include <map>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "sources/healthcare/test/fhir_reading.h"
#include "tests/servers/example_resources.h"
#include "tests/servers/hapi_fixture.h"

namespace lakeflow {
namespace {

using testing::HasSubstr;

constexpr int kTransactions = 40;
constexpr int kEntries = 125;

class HapiReadAhead : public HapiTest {
 protected:
  Json basic(int transaction, int entry) const {
    return {{"resourceType", "Basic"}, {"id", fmt::format("b-{}-{}", transaction, entry)}, {"code", {{"text", "one of many"}}}};
  }

  // `meanwhile` is called with the number of each page.
  Reading read(int parallel_requests, const std::function<void(int)>& meanwhile) {
    const ConnectorEntry entry = healthcare_connector();
    const auto options = entry.spec.check_connection_options(
        {{"fhir_base_url", hapi_url()}, {"page_size", "50"}, {"strategy", "search"}, {"parallel_requests", std::to_string(parallel_requests)}});
    auto connector = entry.make(*options);
    EXPECT_TRUE(connector);
    ReadContext context;
    context.log = &log_;
    auto reader = (*connector)->read_table("Basic", {}, {}, context);
    EXPECT_TRUE(reader);
    Reading reading;
    for (int page = 1; !reading.end && FhirWorld::step(**reader, reading); ++page) {
      meanwhile(page);
    }
    EXPECT_FALSE(reading.error) << reading.error->message();
    return reading;
  }

  RememberingLogger log_;
};

TEST_F(HapiReadAhead, GivesWhatOnePageAfterTheOtherGives) {
  for (int transaction = 0; transaction < kTransactions; ++transaction) {
    std::vector<Json> entries;
    for (int entry = 0; entry < kEntries; ++entry) {
      entries.push_back(basic(transaction, entry));
    }
    const auto loaded = hapi().post("", transaction_of(entries));
    ASSERT_EQ(loaded.status, 200) << loaded.text;
  }
  const Reading one_by_one = read(1, [](int) {});
  EXPECT_EQ(one_by_one.distinct().size(), std::size_t{kTransactions * kEntries});
  const Reading ahead = read(4, [](int) {});
  EXPECT_THAT(log_.text(), HasSubstr("pages are asked for ahead"));
  EXPECT_EQ(ahead.distinct(), one_by_one.distinct());
  EXPECT_EQ(ahead.versions.size(), one_by_one.versions.size());

  // Some that were returned and some that were not change while it is read.
  std::set<std::string> changed;
  const Reading disturbed = read(4, [&](int page) {
    if (page % 7 == 0 && changed.size() < 20) {
      for (const int transaction : {page % kTransactions, kTransactions - 1}) {
        Json resource = basic(transaction, page % kEntries);
        resource["code"]["text"] = "changed";
        EXPECT_EQ(hapi().put("Basic/" + resource["id"].get<std::string>(), resource.dump()).status, 200);
        changed.insert(resource["id"]);
      }
    }
  });
  std::map<std::string, std::string> newest;
  for (const std::string& version : disturbed.versions) {
    newest[version.substr(0, version.find('/'))] = version;
  }
  EXPECT_EQ(newest.size(), std::size_t{kTransactions * kEntries});
  EXPECT_GE(changed.size(), 10U);
  for (const std::string& id : changed) {
    EXPECT_EQ(newest[id], id + "/2");
  }
}

}  // namespace
}  // namespace lakeflow
