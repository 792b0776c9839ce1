#include "testing/memory_source/memory_connector.h"

#include <arrow/type.h>
#include <fmt/format.h>

#include <utility>

#include "base/options.h"
#include "sources/interface/change_signal.h"
#include "testing/memory_source/memory_decoder.h"
#include "testing/memory_source/memory_reader.h"

namespace lakeflow {
namespace {

constexpr std::string_view kSpec = R"(
name: memory
display_name: Memory
description: A source system in the memory of a test.
)";

// The number that an option gives; the check against the spec has seen to its form and default.
std::uint64_t number(const Options& options, std::string_view name) {
  return static_cast<std::uint64_t>(options.integer(name).value_or(std::nullopt).value_or(0));
}

constexpr const char* kNumbers[] = {"seed",
                                    "keys",
                                    "ties",
                                    "bad_per_mille",
                                    "odd_per_mille",
                                    "length",
                                    "grow_by_call",
                                    "grow_to",
                                    "records_per_call",
                                    "records_per_offset",
                                    "records_per_state"};

std::shared_ptr<arrow::Schema> memory_schema(const std::string& without) {
  const auto whole = arrow::schema(
      {arrow::field("kind", arrow::utf8()), arrow::field("id", arrow::utf8()),
       arrow::field("updated", arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")), arrow::field("number", arrow::int64()),
       arrow::field("amount", arrow::decimal128(18, 2)), arrow::field("name", arrow::utf8()),
       arrow::field("details", arrow::struct_({arrow::field("site", arrow::utf8()), arrow::field("flags", arrow::list(arrow::boolean()))})),
       arrow::field("tags", arrow::list(arrow::utf8()))});
  const int hidden = whole->GetFieldIndex(without);
  return hidden < 0 ? whole : whole->RemoveField(hidden).ValueOrDie();
}

class MemoryConnect final : public LakeflowConnect, public SharedPass, public OwnDecoder, public DeletesInStream, public ChangeSignal {
 public:
  explicit MemoryConnect(std::shared_ptr<MemorySystem> system, const std::string& without = {})
      : system_(std::move(system)), schema_(memory_schema(without)) {}

  Result<std::vector<std::string>> list_tables() override {
    std::vector<std::string> names;
    for (const MemoryTable& table : system_->tables()) {
      names.push_back(table.name);
    }
    return names;
  }

  Result<std::shared_ptr<arrow::Schema>> get_table_schema(std::string_view table_name, const Options&) override {
    LAKEFLOW_TRY(find(table_name));
    if (auto error = system_->behaviour(table_name).describe_error) {
      return std::unexpected(*std::move(error));
    }
    return schema_;
  }

  Result<TableMetadata> read_table_metadata(std::string_view table_name, const Options&) override {
    LAKEFLOW_ASSIGN(const MemoryTable* table, find(table_name));
    TableMetadata metadata{.ingestion_type = table->type, .primary_keys = {}, .cursor_field = "updated", .subject_field = {}};
    if (table->type != IngestionType::kAppend) {
      metadata.primary_keys = {"id"};
    }
    if (table->type == IngestionType::kSnapshot) {
      metadata.cursor_field.clear();
    }
    return metadata;
  }

  Result<std::unique_ptr<RecordReader>> read_table(std::string_view table_name, const Offset& start, const Options&,
                                                   const ReadContext& context) override {
    LAKEFLOW_ASSIGN(const MemoryTable* table, find(table_name));
    const MemoryView view = table->type == IngestionType::kSnapshot ? MemoryView::kSnapshot
                            : table->deletes_in_stream              ? MemoryView::kAll
                                                                    : MemoryView::kUpserts;
    return open_memory_reader(system_, *table, view, start, context);
  }

  Result<std::unique_ptr<RecordReader>> read_table_deletes(std::string_view table_name, const Offset& start, const Options&,
                                                           const ReadContext& context) override {
    LAKEFLOW_ASSIGN(const MemoryTable* table, find(table_name));
    return open_memory_reader(system_, *table, MemoryView::kDeletes, start, context);
  }

  std::string pass_group(const TableRequest& request) override {
    const MemoryTable* table = system_->find(request.table_name);
    return table == nullptr ? std::string() : table->pass_group;
  }

  Result<std::unique_ptr<RecordReader>> read_tables(std::span<const TableRequest> tables, const Offset& start, const ReadContext& context) override {
    return read_table(tables.front().table_name, start, tables.front().table_options, context);
  }

  Result<std::unique_ptr<Decoder>> make_decoder(std::span<const TableRequest> tables) override {
    LAKEFLOW_ASSIGN(const MemoryTable* first, find(tables.front().table_name));
    if (first->pass_group.empty()) {
      return nullptr;
    }
    std::vector<std::string> names;
    for (const TableRequest& table : tables) {
      names.push_back(table.table_name);
    }
    return make_memory_decoder(std::move(names), schema_, system_->behaviour(first->name).lossy_decoder);
  }

  std::unique_ptr<ChangeWatch> watch_changes(std::span<const TableRequest>, std::function<void(const std::vector<std::string>&)> on_change,
                                             Logger&) override {
    class Watch final : public ChangeWatch {
     public:
      explicit Watch(std::shared_ptr<MemorySystem> system) : system_(std::move(system)) {}
      ~Watch() override { system_->set_listener(nullptr); }

     private:
      const std::shared_ptr<MemorySystem> system_;
    };
    system_->set_listener(std::move(on_change));
    return std::make_unique<Watch>(system_);
  }

  bool deletes_in_stream(const TableRequest& request) override {
    const MemoryTable* table = system_->find(request.table_name);
    return table != nullptr && table->deletes_in_stream;
  }

 private:
  Result<const MemoryTable*> find(std::string_view name) const {
    if (const MemoryTable* table = system_->find(name); table != nullptr) {
      return table;
    }
    std::vector<std::string> names;
    for (const MemoryTable& table : system_->tables()) {
      names.push_back(table.name);
    }
    const std::optional<std::string> nearest = nearest_name(name, names);
    return std::unexpected(
        Error::user(fmt::format("there is no table {}", name), nearest ? fmt::format("did you mean {}?", *nearest) : std::string()));
  }

  const std::shared_ptr<MemorySystem> system_;
  const std::shared_ptr<arrow::Schema> schema_;
};

}  // namespace

ConnectorEntry memory_connector(std::shared_ptr<MemorySystem> system) {
  return {.spec = ConnectorSpec::parse(kSpec).value(),
          .make = [system = std::move(system)](const Options&) -> Result<std::unique_ptr<LakeflowConnect>> {
            return std::make_unique<MemoryConnect>(system);
          }};
}

ConnectorEntry memory_connector() {
  ConnectorSpec spec = ConnectorSpec::parse(kSpec).value();
  for (const char* name : kNumbers) {
    spec.connection_options.push_back(
        {.name = name, .type = OptionType::kInteger, .required = true, .secret = false, .default_value = {}, .choices = {}, .help = "A number."});
  }
  spec.connection_options.push_back({.name = "without", .default_value = {}, .choices = {}, .help = "A column."});
  const auto make = [](const Options& options) -> Result<std::unique_ptr<LakeflowConnect>> {
    MemoryContent content{.seed = number(options, "seed"), .keys = number(options, "keys"), .ties = number(options, "ties")};
    content.bad_per_mille = number(options, "bad_per_mille");
    content.odd_per_mille = number(options, "odd_per_mille");
    auto system = std::make_shared<MemorySystem>(MemorySystem::all_kinds(), content);
    system->set_length(number(options, "length"), number(options, "grow_by_call"), number(options, "grow_to"));
    for (const MemoryTable& table : system->tables()) {
      system->set_behaviour(table.name, {.records_per_call = number(options, "records_per_call"),
                                         .records_per_offset = number(options, "records_per_offset"),
                                         .records_per_state = number(options, "records_per_state")});
    }
    return std::make_unique<MemoryConnect>(std::move(system), options.text("without"));
  };
  return {.spec = std::move(spec), .make = make};
}

}  // namespace lakeflow
