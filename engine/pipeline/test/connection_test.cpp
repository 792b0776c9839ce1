#include "engine/pipeline/connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lakeflow {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kSpec = R"(
name: ward
connection_options:
  base_url: {type: url, required: true, help: Where the server is.}
  token: {type: text, secret: true}
  inbox: {type: path}
  page_size: {type: integer, default: 100}
table_options:
  category: {type: text}
  codes: {type: path}
  depth: {type: integer, default: 3}
)";

class Ward final : public LakeflowConnect {
 public:
  Result<std::vector<std::string>> list_tables() override { return std::vector<std::string>{"beds"}; }
  Result<std::shared_ptr<arrow::Schema>> get_table_schema(std::string_view, const Options&) override {
    return std::unexpected(Error::user("no such table"));
  }
  Result<TableMetadata> read_table_metadata(std::string_view, const Options&) override { return TableMetadata(); }
  Result<std::unique_ptr<RecordReader>> read_table(std::string_view, const Offset&, const Options&, const ReadContext&) override {
    return std::unexpected(Error::user("no such table"));
  }
};

class ConnectionTest : public ::testing::Test {
 protected:
  ConnectionTest() {
    registry_.add({ConnectorSpec::parse(kSpec).value(), [this](const Options& options) -> Result<std::unique_ptr<LakeflowConnect>> {
                     made_with_ = options;
                     return std::make_unique<Ward>();
                   }});
  }

  static Pipeline pipeline(const std::string& connection, const std::string& configuration = "{}") {
    return parse_pipeline("connection: " + connection +
                              "\ndestination: {kind: duckdb, path: x.duckdb}\nobjects:\n  - table: {source_table: beds, table_configuration: " +
                              configuration + "}\n",
                          "conf/ward.yaml")
        .value();
  }
  Result<std::unique_ptr<LakeflowConnect>> open(const Pipeline& pipeline) const {
    const SecretStore secrets(
        [](const std::string& name) { return name == "LAKEFLOW_SECRET_WARD_TOKEN" ? std::optional<std::string>("hush") : std::nullopt; }, {});
    return open_connection(pipeline, registry_, secrets);
  }
  std::string refusal(const std::string& connection, const std::string& configuration = "{}") const {
    const Result<Pipeline> checked = check_options(pipeline(connection, configuration), registry_);
    return checked ? "none" : checked.error().message() + " -> " + checked.error().next_step();
  }

  ConnectorRegistry registry_;
  Options made_with_;
};

TEST_F(ConnectionTest, TheConnectorGetsSecretsDefaultsAndWholePaths) {
  ASSERT_TRUE(open(pipeline(R"({connector: ward, options: {base_url: "http://x", token: "Bearer {{secrets/ward/token}}", inbox: in/box}})")));
  EXPECT_EQ(made_with_, (Options{{"base_url", "http://x"}, {"token", "Bearer hush"}, {"inbox", "conf/in/box"}, {"page_size", "100"}}));
}

TEST_F(ConnectionTest, PathsThatAreNoneOfThisFolderStay) {
  ASSERT_TRUE(open(pipeline(R"({connector: ward, options: {base_url: "http://x", inbox: "s3://bucket/in"}})")));
  EXPECT_EQ(made_with_.text("inbox"), "s3://bucket/in");
  ASSERT_TRUE(open(pipeline(R"({connector: ward, options: {base_url: "http://x", inbox: "/var/in"}})")));
  EXPECT_EQ(made_with_.text("inbox"), "/var/in");
}

TEST_F(ConnectionTest, TableOptionsAreCheckedAndFilledIn) {
  const Result<Pipeline> checked =
      check_options(pipeline("{connector: ward, options: {base_url: 'http://x'}}", "{category: icu, codes: codes.csv}"), registry_);
  ASSERT_TRUE(checked) << checked.error().message();
  EXPECT_EQ(checked->tables[0].table_options, (Options{{"category", "icu"}, {"codes", "conf/codes.csv"}, {"depth", "3"}}));
}

TEST_F(ConnectionTest, ErrorsNameTheLineOfTheOption) {
  const std::string fine = "{connector: ward, options: {base_url: 'http://x'}}";
  EXPECT_EQ(refusal(fine), "none");
  EXPECT_EQ(refusal("{connector: wrad}"), "conf/ward.yaml:1:13: unknown connector wrad -> did you mean ward?");
  EXPECT_EQ(refusal("{connector: ward}"), "conf/ward.yaml:1:13: connection option base_url is missing -> Where the server is.");
  EXPECT_EQ(refusal("{connector: ward, options: {base_uri: x}}"),
            "conf/ward.yaml:1:41: unknown connection option base_uri -> did you mean base_url?");
  EXPECT_EQ(refusal("{connector: ward, options: {zzz: x}}"),
            "conf/ward.yaml:1:41: unknown connection option zzz -> known options: base_url, token, inbox, page_size");
  EXPECT_THAT(refusal("{connector: ward, options: {base_url: 'http://x', page_size: many}}"),
              HasSubstr("conf/ward.yaml:1:63: connection option page_size is not a whole number"));
  EXPECT_EQ(refusal(fine, "{category: icu, catgory: icu}"), "conf/ward.yaml:4:70: unknown table option catgory -> did you mean category?");
  EXPECT_EQ(refusal(fine, "{category: '{{secrets/ward/token}}'}"),
            "conf/ward.yaml:4:55: table option category refers to a secret -> secrets belong into the options of the connection");
}

TEST_F(ConnectionTest, ASecretInPlainTextIsRefusedUnseen) {
  const Result<std::unique_ptr<LakeflowConnect>> refused = open(pipeline("{connector: ward, options: {base_url: 'http://x', token: s3cr3t}}"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message(), "conf/ward.yaml:1:63: connection option token holds a secret in plain text");
  EXPECT_THAT(refused.error().next_step(),
              AllOf(HasSubstr("{{secrets/connection/token}}"), HasSubstr("LAKEFLOW_SECRET_CONNECTION_TOKEN"), Not(HasSubstr("s3cr3t"))));
}

TEST_F(ConnectionTest, AMissingSecretIsNamedWhereItIsAskedFor) {
  const Result<std::unique_ptr<LakeflowConnect>> missing =
      open(pipeline("{connector: ward, options: {base_url: 'http://x', token: '{{secrets/ward/other}}'}}"));
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().message(), AllOf(HasSubstr("conf/ward.yaml:1:63"), HasSubstr("{{secrets/ward/other}}")));
}

// What stands behind a reference is checked like any other value, and never shown.
TEST_F(ConnectionTest, ASecretOfTheWrongTypeIsNotShown) {
  EXPECT_EQ(refusal("{connector: ward, options: {base_url: '{{secrets/ward/token}}'}}"), "none");
  const Result<std::unique_ptr<LakeflowConnect>> wrong = open(pipeline("{connector: ward, options: {base_url: '{{secrets/ward/token}}'}}"));
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().message(), AllOf(HasSubstr("base_url"), Not(HasSubstr("hush"))));
}

}  // namespace
}  // namespace lakeflow
