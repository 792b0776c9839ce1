#include "destinations/parquet/parquet_destination.h"

#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "destinations/parquet/lake.h"
#include "destinations/parquet/lake_backup.h"
#include "destinations/parquet/parquet_transaction.h"
#include "destinations/parquet/partition.h"
#include "destinations/parquet/table_schema.h"
#include "destinations/sql/query_reader.h"
#include "destinations/sql/sql_text.h"

namespace lakeflow {
namespace {

constexpr double kMicrosOfASecond = 1e6;

// Filling the table of the state costs a second where many files were read: only where a query can name it.
bool may_ask_for_state(std::string_view sql) { return lower_name(sql).contains("state"); }

// Spark and Hive take folders whose names begin with _ or . for hidden.
Status check_folder_name(const std::string& name, const ApplyPlan& plan) {
  if (!name.empty() && name.size() <= 200 && name.front() != '.' && name.front() != '_' && name.find('/') == std::string::npos &&
      name.find('\0') == std::string::npos) {
    return {};
  }
  return std::unexpected(Error::user(fmt::format("table {}: its rows land in the folder {}/{}, and readers would not find one of that name",
                                                 plan.target.text(), plan.target.schema, plan.target.table),
                                     "Choose a destination_schema and destination_table that do not begin with _ or . and have no /"));
}

class ParquetDestination final : public Destination {
 public:
  ParquetDestination(std::unique_ptr<Lake> lake, const ParquetOptions& options)
      : writer_(std::move(lake), {.file_bytes = static_cast<std::uint64_t>(options.file_bytes),
                                  .file_age = static_cast<TimestampMicros>(options.file_age_seconds * kMicrosOfASecond)}),
        publish_at_end_(options.publish_at_end) {}
  ParquetDestination(const ParquetDestination&) = delete;
  ParquetDestination& operator=(const ParquetDestination&) = delete;
  ~ParquetDestination() override { std::ignore = close(); }

  Status prepare() { return lake().read_only() ? Status() : prepare_system_tables(writer_); }

  std::string describe() const override { return "Parquet lake " + writer_.lake->name(); }
  Status accepts(const ApplyPlan& plan) const override { return accepts_parquet(plan); }

  Result<std::unique_ptr<Transaction>> begin() override {
    if (lake().read_only()) return std::unexpected(Error::internal(describe() + " was opened for reading only"));
    return ParquetTransaction::begin(writer_);
  }

  Result<std::optional<std::string>> find_state(const StateOwner& owner, std::string_view name) override { return lake().find_state(owner, name); }

  Status scan_state(const StateOwner& owner, std::string_view prefix,
                    const std::function<Status(std::string_view, std::string_view)>& visit) override {
    for (const auto& [name, value] : lake().scan_state(owner, prefix)) LAKEFLOW_TRY(visit(name, value.bytes));
    return {};
  }

  Result<std::shared_ptr<arrow::RecordBatchReader>> query(std::string_view sql) override { return stoppable_query(sql, {}); }
  Result<std::shared_ptr<arrow::RecordBatchReader>> stoppable_query(std::string_view sql, std::stop_token stop) override {
    LAKEFLOW_ASSIGN(std::shared_ptr<Database> database, lake().database(may_ask_for_state(sql)));
    return open_query(std::move(database), sql, std::move(stop));
  }

  Status backup(const std::string& path) override { return back_up_lake(lake(), path); }

  // Rows that stay were staged anew: they get their places, and the files that they came from go.
  Status rewrite() override {
    closed_ = true;
    LAKEFLOW_TRY(writer_.publisher.publish_all());
    return lake().remove_dropped();
  }

  Status close() override {
    if (closed_ || lake().read_only() || writer_.in_transaction) return {};
    closed_ = true;
    if (!publish_at_end_) return {};
    const Status published = writer_.publisher.publish_all();
    if (published) return {};
    return std::unexpected(Error::destination(
        fmt::format("what was committed is safe, but stays staged in {}, as it could not be published: {}", lake().folder().staged().string(),
                    published.error().message()),
        published.error().next_step().empty() ? "The next run tries again" : "Before the next run: " + published.error().next_step()));
  }

 private:
  Lake& lake() const { return *writer_.lake; }

  mutable LakeWriter writer_;
  bool publish_at_end_;
  bool closed_ = false;
};

}  // namespace

Status accepts_parquet(const ApplyPlan& plan) {
  const std::string table = plan.target.text();
  LAKEFLOW_TRY(check_folder_name(plan.target.schema, plan));
  LAKEFLOW_TRY(check_folder_name(plan.target.table, plan));
  if (plan.mode != ApplyMode::kAppend) {
    return std::unexpected(Error::user(
        fmt::format("table {}: its rows replace and delete others by key, and a Parquet lake only appends", table),
        plan.mode == ApplyMode::kChanges ? "Set scd_type: APPEND_ONLY in its table_configuration, which keeps every version, or land it in a duckdb "
                                           "destination"
                                         : "It comes as a whole with each run: land it in a duckdb destination"));
  }
  LAKEFLOW_TRY(check_column_types(plan));
  if (const Status laid_out = check_partition_by(*plan.schema, plan.partition_by); !laid_out) {
    return std::unexpected(laid_out.error().at("table " + table));
  }
  return {};
}

Result<std::unique_ptr<Destination>> open_parquet(const ParquetOptions& options) {
  LAKEFLOW_ASSIGN(std::unique_ptr<Lake> lake, Lake::open(options.path, options.read_only));
  auto destination = std::make_unique<ParquetDestination>(std::move(lake), options);
  LAKEFLOW_TRY(destination->prepare());
  return destination;
}

}  // namespace lakeflow
