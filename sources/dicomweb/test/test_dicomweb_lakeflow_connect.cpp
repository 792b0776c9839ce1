// The connector as its users see it: tables, columns, options; and what it makes of servers that behave oddly.

#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/http/test/scripted_server.h"
#include "sources/dicomweb/dicom_attribute.h"
#include "sources/dicomweb/dicom_time.h"
#include "sources/dicomweb/dicomweb_connector.h"
#include "sources/dicomweb/lakeflow_connect.h"
#include "sources/dicomweb/orthanc_position.h"
#include "sources/dicomweb/orthanc_records.h"
#include "testing/connector/connector_suite.h"

namespace lakeflow {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Result<std::unique_ptr<LakeflowConnect>> make(Options options) {
  const ConnectorEntry entry = dicomweb_connector();
  LAKEFLOW_ASSIGN(const Options checked, entry.spec.check_connection_options(options));
  return entry.make(checked);
}

TEST(DicomwebConnect, HasThreeTables) {
  auto connector = make({{"base_url", "https://pacs.example.org/dicom-web/"}});
  ASSERT_TRUE(connector);
  EXPECT_THAT(*(*connector)->list_tables(), ElementsAre("studies", "series", "instances"));
  EXPECT_EQ((*connector)->get_table_schema("studys", {}).error().next_step(), "did you mean studies?");
}

TEST(DicomwebConnect, TheTypeFollowsFromTheOptions) {
  auto plain = make({{"base_url", "https://pacs.example.org/dicom-web"}});
  auto orthanc = make({{"base_url", "https://pacs.example.org/dicom-web"}, {"orthanc_url", "https://pacs.example.org"}});
  ASSERT_TRUE(plain && orthanc);
  const TableMetadata snapshot = *(*plain)->read_table_metadata("series", {});
  EXPECT_EQ(snapshot.ingestion_type, IngestionType::kSnapshot);
  EXPECT_THAT(snapshot.primary_keys, ElementsAre("series_instance_uid"));
  EXPECT_EQ(snapshot.subject_field, "patient_id");
  const TableMetadata changes = *(*orthanc)->read_table_metadata("series", {});
  EXPECT_EQ(changes.ingestion_type, IngestionType::kCdcWithDeletes);
  EXPECT_THAT(changes.primary_keys, ElementsAre("orthanc_id"));
  EXPECT_EQ(changes.cursor_field, "read_at");
}

TEST(DicomwebConnect, OptionsThatMakeNoSenseAreSaid) {
  const auto message_of = [](Options options) {
    options.set("base_url", "https://pacs.example.org/dicom-web");
    const auto made = make(options);
    return made ? std::string("none") : made.error().message();
  };
  EXPECT_THAT(message_of({{"auth_type", "basic"}, {"username", "u"}}), HasSubstr("password is missing"));
  EXPECT_THAT(message_of({{"token", "t"}}), HasSubstr("token is set, and auth_type none does not use it"));
  EXPECT_THAT(message_of({{"page_size", "0"}}), HasSubstr("page_size is not between 1 and 10000"));
  EXPECT_THAT(message_of({{"orthanc_url", "https://pacs.example.org?x"}}), HasSubstr("orthanc_url has a query"));
}

TEST(DicomwebConnect, AMistypedFieldIsSaidWithItsNearest) {
  auto connector = make({{"base_url", "https://pacs.example.org/dicom-web"}});
  const auto schema = (*connector)->get_table_schema("series", {{"include_fields", "BodyPartExamind"}});
  ASSERT_FALSE(schema);
  EXPECT_EQ(schema.error().next_step(), "did you mean BodyPartExamined?");
}

TEST(DicomAttribute, AColumnIsTheKeywordInSnakeCase) {
  const auto column = [](std::string_view name) { return find_dicom_attribute(name)->column(); };
  EXPECT_EQ(column("StudyInstanceUID"), "study_instance_uid");
  EXPECT_EQ(column("SOPClassUID"), "sop_class_uid");
  EXPECT_EQ(column("KVP"), "kvp");
  EXPECT_EQ(column("TimezoneOffsetFromUTC"), "timezone_offset_from_utc");
  EXPECT_EQ(column("0008103e"), "series_description");
  EXPECT_EQ(column("0009100A"), "tag0009100a");
}

TEST(DicomTime, IsReadByTheStandard) {
  EXPECT_EQ(parse_dicom_date("19700102"), 1);
  EXPECT_EQ(parse_dicom_date("20230229"), std::nullopt);
  EXPECT_EQ(parse_dicom_date("2023-02-01"), std::nullopt);
  EXPECT_EQ(parse_dicom_time("01"), 3'600'000'000);
  EXPECT_EQ(parse_dicom_time("000001.5 "), 1'500'000);
  EXPECT_EQ(parse_dicom_time("2400"), std::nullopt);
  EXPECT_EQ(parse_dicom_time("0101.5"), std::nullopt);
  EXPECT_EQ(parse_dicom_offset("-0530"), -19'800'000'000);
  EXPECT_EQ(parse_dicom_offset("0530"), std::nullopt);
}

// As Orthanc 1.10.1 names them.
TEST(OrthancId, IsTheHashOfPatientIdAndUids) {
  QidoRecord record{.bytes = {}, .study_uid = "1.2.3", .series_uid = "1.2.3.1", .instance_uid = "1.2.3.1.1", .patient_id = "P1"};
  EXPECT_EQ(orthanc_id(DicomLevel::kStudy, record), "ce42f924-f6020bea-aa810144-6941b6f0-88331094");
  EXPECT_EQ(orthanc_id(DicomLevel::kSeries, record), "2a0eb838-6404558c-4edac06d-fde9cedf-c0176221");
  EXPECT_EQ(orthanc_id(DicomLevel::kInstance, record), "952e894d-e5e12c99-5d875580-f221c266-c69a0019");
}

TEST(OrthancPosition, IsTheSameAfterItWasWritten) {
  OrthancPosition position{
      .since = 42, .instances = 7, .read_at = 1'700'000'000'000'001, .seen = {"42:ce42f924"}, .listing = OrthancListing{"a", true}};
  const auto parsed = OrthancPosition::parse(position.offset());
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->offset(), position.offset());
  EXPECT_EQ(position.in_words(), "change 42, a listing is under way, last read at 2023-11-14T22:13:20.000001Z");
  EXPECT_EQ(OrthancPosition::parse(Offset("{}")).error().kind(), ErrorKind::kUser);
}

// A DICOMweb server that holds studies, and pages them as a test wants.
class PagedStudies {
 public:
  explicit PagedStudies(int studies) {
    for (int i = 0; i < studies; ++i) {
      uids_.push_back(fmt::format("1.2.{}", i));
    }
  }
  ScriptedServer::Answer answers() {
    return [this](const httplib::Request& request, httplib::Response& response) {
      const auto number = [&](const char* name, std::size_t otherwise) {
        return request.has_param(name) ? std::stoul(request.get_param_value(name)) : otherwise;
      };
      const std::size_t offset = heeds_offset_ ? std::min(number("offset", 0), uids_.size()) : 0;
      const std::size_t limit = heeds_offset_ ? std::min({number("limit", 1000), most_, uids_.size() - offset}) : uids_.size();
      std::vector<std::string> records;
      for (const std::string& uid :
           std::vector(uids_.begin() + static_cast<std::ptrdiff_t>(offset), uids_.begin() + static_cast<std::ptrdiff_t>(offset + limit))) {
        records.push_back(fmt::format(R"({{"0020000D":{{"vr":"UI","Value":["{}"]}}}})", uid));
      }
      ++pages_;
      if (after_page_) {
        after_page_(pages_, uids_);
      }
      if (records.empty() && no_content_) {
        response.status = 204;
        return;
      }
      response.set_content(fmt::format("[{}]", fmt::join(records, ",")), "application/dicom+json");
    };
  }
  bool heeds_offset_ = true;
  bool no_content_ = true;
  std::size_t most_ = 1000;
  std::function<void(int, std::vector<std::string>&)> after_page_;

 private:
  std::vector<std::string> uids_;
  int pages_ = 0;
};

// The UIDs that one read gives, by how often; and its end.
std::pair<std::map<std::string, int>, std::string> read_all(const std::string& url, const std::string& page_size) {
  auto connector = make({{"base_url", url}, {"page_size", page_size}, {"retry_budget", "1s"}});
  EXPECT_TRUE(connector);
  const ReadContext context;
  auto reader = (*connector)->read_table("studies", Offset(), {}, context);
  EXPECT_TRUE(reader);
  std::map<std::string, int> came;
  while (true) {
    auto step = (*reader)->next();
    if (!step) {
      return {came, step.error().message()};
    }
    if (const End* const end = std::get_if<End>(&*step)) {
      return {came, *end == End::kComplete ? "complete" : "another end"};
    }
    for (const RawRecord& record : std::get<RawRecords>(*step).records) {
      const std::size_t begin = record.bytes.find("1.2.");
      ++came[std::string(record.bytes.substr(begin, record.bytes.find('"', begin) - begin))];
    }
  }
}

TEST(QidoSnapshot, BringsEachRecordOnce) {
  PagedStudies studies(25);
  const ScriptedServer server(studies.answers());
  const auto [came, end] = read_all(server.url(), "10");
  EXPECT_EQ(end, "complete");
  EXPECT_EQ(came.size(), 25U);
  EXPECT_TRUE(std::ranges::all_of(came, [](const auto& uid) { return uid.second == 1; }));
}

TEST(QidoSnapshot, ReadsOnWhereTheServerGivesLessThanWasAskedFor) {
  PagedStudies studies(25);
  studies.most_ = 4;
  studies.no_content_ = false;
  const ScriptedServer server(studies.answers());
  EXPECT_EQ(read_all(server.url(), "10").first.size(), 25U);
}

TEST(QidoSnapshot, EndsWhereTheServerPaysNoHeedToOffsets) {
  PagedStudies studies(25);
  studies.heeds_offset_ = false;
  const ScriptedServer server(studies.answers());
  const auto [came, end] = read_all(server.url(), "10");
  EXPECT_EQ(end, "complete");
  EXPECT_EQ(came.size(), 25U);
}

TEST(QidoSnapshot, LosesNothingWhenADeletionShiftsThePages) {
  PagedStudies studies(25);
  studies.after_page_ = [](int page, std::vector<std::string>& uids) {
    if (page == 1) {
      uids.erase(uids.begin());  // 1.2.10 is at place 9 now, and the second page begins at 10
    }
  };
  const ScriptedServer server(studies.answers());
  const auto [came, end] = read_all(server.url(), "10");
  EXPECT_EQ(end, "complete");
  EXPECT_EQ(came.count("1.2.10"), 1U);
}

TEST(QidoSnapshot, SaysSoWhereTheServerNeverRests) {
  PagedStudies studies(25);
  studies.after_page_ = [](int page, std::vector<std::string>& uids) { uids.insert(uids.begin(), fmt::format("1.2.9{:04}", page)); };
  const ScriptedServer server(studies.answers());
  EXPECT_THAT(read_all(server.url(), "10").second, HasSubstr("each of 8 readings brought records that the ones before had not"));
}

TEST(QidoSnapshot, SaysWhatTheServerSentInsteadOfRecords) {
  const ScriptedServer server(
      [](const httplib::Request&, httplib::Response& response) { response.set_content("<html>Welcome</html>", "text/html"); });
  EXPECT_THAT(read_all(server.url(), "10").second, HasSubstr("answered 200 with 20 bytes of text/html, no JSON array of records"));
}

TEST(DicomwebSuite, PassesOnAServerOfStudies) {
  PagedStudies studies(25);
  const ScriptedServer server(studies.answers());
  EXPECT_THAT(suite_failures(dicomweb_connector(), Options{{"base_url", server.url()}, {"page_size", "10"}}, {"studies"}), IsEmpty());
}

}  // namespace
}  // namespace lakeflow
