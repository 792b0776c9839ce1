#include "testing/reference/connector_reference.h"

#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sources/interface/schema_rules.h"

namespace lakeflow {
namespace {

using testing::HasSubstr;
using testing::Not;

struct Declared {
  std::string name;
  TableMetadata metadata;
  std::shared_ptr<arrow::Schema> schema;
};

// A connector that declares tables and reads none.
class DeclaringConnector final : public LakeflowConnect {
 public:
  explicit DeclaringConnector(std::vector<Declared> tables) : tables_(std::move(tables)) {}
  Result<std::vector<std::string>> list_tables() override {
    std::vector<std::string> names;
    std::ranges::transform(tables_, std::back_inserter(names), &Declared::name);
    return names;
  }
  Result<std::shared_ptr<arrow::Schema>> get_table_schema(std::string_view name, const Options&) override { return find(name).schema; }
  Result<TableMetadata> read_table_metadata(std::string_view name, const Options&) override { return find(name).metadata; }
  Result<std::unique_ptr<RecordReader>> read_table(std::string_view, const Offset&, const Options&, const ReadContext&) override {
    return std::unexpected(Error::internal("nothing is read"));
  }

 private:
  const Declared& find(std::string_view name) const { return *std::ranges::find(tables_, name, &Declared::name); }
  const std::vector<Declared> tables_;
};

TableMetadata append(std::string description = {}) {
  return {.ingestion_type = IngestionType::kAppend,
          .primary_keys = {},
          .cursor_field = "time",
          .subject_field = {},
          .description = std::move(description)};
}

std::shared_ptr<arrow::Schema> schema() {
  const auto described = arrow::key_value_metadata({std::string(kDescription)}, {"When | where it happened"});
  return arrow::schema({arrow::field("id", arrow::int64()), arrow::field("time", arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"), true, described),
                        arrow::field("lines", arrow::list(arrow::struct_({arrow::field("amount", arrow::decimal128(38, 9))})))});
}

TEST(ConnectorReference, HasARowForEachOption) {
  const ConnectorSpec spec = ConnectorSpec::parse(R"(
name: orders
connection_options:
  base_url: {type: url, required: true, help: Where it is.}
  token: {type: text, secret: true, help: What lets one in.}
  order: {type: choice, choices: [up, down], default: up, help: One | the other.}
table_options:
  depth: {type: integer, help: How deep.}
)")
                                 .value();
  EXPECT_EQ(options_reference(spec), R"(
#### Connection options

| Option | Type | Default | What it does |
|---|---|---|---|
| `base_url` | url, required |  | Where it is. |
| `token` | text, secret |  | What lets one in. |
| `order` | `up`, `down` | `up` | One \| the other. |

#### Table options

| Option | Type | Default | What it does |
|---|---|---|---|
| `depth` | integer |  | How deep. |

)");
  EXPECT_EQ(options_reference(ConnectorSpec()), "\nIt has no options.\n\n");
}

TEST(ConnectorReference, IsMadeWithOptionsThatTheSpecChecks) {
  const auto spec = [](const std::string& value) {
    return ConnectorSpec::parse("name: orders\nconnection_options:\n  base_url: {type: url}\ndocumentation_options: {base_url: " + value + "}\n");
  };
  EXPECT_EQ(spec("https://orders.example.org").value().documentation_options, (Options{{"base_url", "https://orders.example.org"}}));
  EXPECT_EQ(spec("here").error().message(),
            "connector_spec.yaml: documentation_options: connection option base_url is not an http:// or https:// URL");
}

TEST(ConnectorReference, ShowsTheColumnsOfFewTables) {
  const TableMetadata codes{.ingestion_type = IngestionType::kSnapshot, .primary_keys = {"id", "time"}, .cursor_field = {}, .subject_field = {}};
  DeclaringConnector connector({{"orders", append("An order"), schema()}, {"codes", codes, arrow::schema({arrow::field("id", arrow::utf8())})}});
  EXPECT_EQ(tables_reference(connector).value(), R"(
1 table: `append`, cursor `time`

| Table | Columns | A row is |
|---|---:|---|
| `orders` | 3 | An order |

1 table: `snapshot`, key `id`, `time`

| Table | Columns |
|---|---:|
| `codes` | 1 |

<details><summary>Columns of orders</summary>

| Column | Type | What it is |
|---|---|---|
| `id` | long |  |
| `time` | timestamp | When \| where it happened |
| `lines` | array<struct> |  |
| `lines.amount` | decimal(38,9) |  |

</details>

<details><summary>Columns of codes</summary>

| Column | Type |
|---|---|
| `id` | string |

</details>

)");
}

TEST(ConnectorReference, NamesManyTablesWithoutTheirColumns) {
  std::vector<Declared> tables;
  for (std::size_t i = 0; i <= kMostTablesWithColumns; ++i) {
    tables.push_back({"table_" + std::to_string(i), append(), schema()});
  }
  DeclaringConnector connector(std::move(tables));
  const std::string text = tables_reference(connector).value();
  EXPECT_THAT(text, HasSubstr("21 tables: `append`, cursor `time`"));
  EXPECT_THAT(text, HasSubstr("| `table_20` | 3 |"));
  EXPECT_THAT(text, Not(HasSubstr("Columns of")));
}

}  // namespace
}  // namespace lakeflow
