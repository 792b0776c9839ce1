#include "testing/review/test/reviewed_ledger.h"

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include <arrow/type.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "testing/review/test/ledger/lakeflow_connect.h"

namespace lakeflow {
namespace {

const std::filesystem::path kSound = std::filesystem::path(LAKEFLOW_SOURCE_DIR) / "testing/review/test/ledger";

// The ledger, but for its fault.
class FaultyLedger final : public LakeflowConnect {
 public:
  FaultyLedger(std::string path, LedgerFault fault) : ledger_(std::move(path)), fault_(fault) {}

  Result<std::vector<std::string>> list_tables() override { return ledger_.list_tables(); }

  Result<std::shared_ptr<arrow::Schema>> get_table_schema(std::string_view table_name, const Options& options) override {
    if (fault_ == LedgerFault::kNoSchema) {
      return std::unexpected(Error::internal("there is no schema yet"));
    }
    if (fault_ == LedgerFault::kNoNearestTable && table_name != "entries") {
      return std::unexpected(Error::user("that can't be"));
    }
    LAKEFLOW_ASSIGN(const auto schema, ledger_.get_table_schema(table_name, options));
    if (fault_ == LedgerFault::kColumnOfMaps) {
      return *schema->AddField(0, arrow::field("tags", arrow::list(arrow::map(arrow::utf8(), arrow::utf8()))));
    }
    if (fault_ == LedgerFault::kNarrowInteger) {
      return *schema->AddField(0, arrow::field("account", arrow::struct_({arrow::field("branch", arrow::int32())})));
    }
    return schema;
  }

  Result<TableMetadata> read_table_metadata(std::string_view table_name, const Options& options) override {
    LAKEFLOW_ASSIGN(TableMetadata metadata, ledger_.read_table_metadata(table_name, options));
    if (fault_ == LedgerFault::kDeclaresDeletesThatItHasNot) {
      metadata.ingestion_type = IngestionType::kCdcWithDeletes;
    }
    return metadata;
  }

  Result<std::unique_ptr<RecordReader>> read_table(std::string_view table_name, const Offset& offset, const Options& options,
                                                   const ReadContext& context) override {
    return ledger_.read_table(fault_ == LedgerFault::kTakesAnyTable ? "entries" : table_name, offset, options, context);
  }

 private:
  LedgerConnect ledger_;
  const LedgerFault fault_;
};

// What the suite finds of the sound ledger.
std::vector<CheckResult> suite_of_sound_ledger(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder.string() + ".ndjson";
  {
    std::ofstream file(path);
    for (int i = 0; i < 250; ++i) {
      file << fmt::format(R"({{"number":{},"booked":"2024-05-01T08:{:02}:00Z","account":{{"name":"rent","place":"Utrecht"}}}})", i, i / 5) << '\n';
    }
  }
  SuiteRequest request;
  const ConnectorSpec spec;
  request.connect = [&](const Options&) { return LedgerConnect::make({{"path", path.string()}}); };
  request.spec = &spec;
  request.tables = {{"entries", {}}};
  auto results = run_connector_suite(request);
  std::filesystem::remove(path);
  return results.value();
}

}  // namespace

ReviewedLedger::ReviewedLedger() {
  static int count = 0;
  folder_ = std::filesystem::temp_directory_path() / fmt::format("lakeflow-review-{}-{}", ::getpid(), ++count);
  std::filesystem::copy(kSound, folder_, std::filesystem::copy_options::recursive);
  static const std::vector<CheckResult> sound = suite_of_sound_ledger(folder_);
  suite_ = sound;
  write(".gitignore", "dev_config.json\nbuild/\n");
  git("init --quiet && git config user.name author && git config user.email author@example.org");
  commit();
}

ReviewedLedger::~ReviewedLedger() { std::filesystem::remove_all(folder_); }

void ReviewedLedger::write(const std::string& path, const std::string& text) {
  std::filesystem::create_directories((folder_ / path).parent_path());
  std::ofstream(folder_ / path, std::ios::binary) << text;
}

void ReviewedLedger::append(const std::string& path, const std::string& text) { write(path, read(path) + text); }

void ReviewedLedger::replace(const std::string& path, const std::string& old_text, const std::string& new_text) {
  std::string text = read(path);
  const std::size_t place = text.find(old_text);
  ASSERT_NE(place, std::string::npos) << path << " has no " << old_text;
  write(path, text.replace(place, old_text.size(), new_text));
}

void ReviewedLedger::remove(const std::string& path) { ASSERT_TRUE(std::filesystem::remove(folder_ / path)) << path; }

void ReviewedLedger::git(const std::string& arguments) {
  ASSERT_EQ(std::system(fmt::format("cd '{}' && git {}", folder_.string(), arguments).c_str()), 0) << arguments;
}

std::string ReviewedLedger::read(const std::string& path) const {
  std::stringstream text;
  text << std::ifstream(folder_ / path, std::ios::binary).rdbuf();
  return text.str();
}

std::vector<ReviewResult> ReviewedLedger::review_folder(const std::filesystem::path& folder) {
  const ConnectorEntry connector{ConnectorSpec::parse(read("connector_spec.yaml")).value(),
                                 [fault = fault_](const Options& options) -> Result<std::unique_ptr<LakeflowConnect>> {
                                   return std::make_unique<FaultyLedger>(options.text("path"), fault);
                                 }};
  ReviewRequest request{.folder = folder, .connector = &connector, .connection_options = connector.spec.documentation_options, .suite = suite_};
  return review_connector(request).value();
}

}  // namespace lakeflow
