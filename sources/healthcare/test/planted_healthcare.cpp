#include "sources/healthcare/test/planted_healthcare.h"

#include <memory>
#include <optional>
#include <utility>

#include "sources/healthcare/healthcare_connector.h"
#include "sources/healthcare/lakeflow_connect.h"

namespace lakeflow {
namespace {

using Step = Result<std::variant<RawRecords, End>>;

class PlantedReader final : public RecordReader {
 public:
  PlantedReader(HealthcareMistake mistake, std::unique_ptr<RecordReader> sound) : mistake_(mistake), sound_(std::move(sound)) {}

  Step next() override {
    Step step = ahead_ ? *std::exchange(ahead_, std::nullopt) : sound_->next();
    if (!step && step.error().kind() == ErrorKind::kSource && mistake_ == HealthcareMistake::kTakesErrorsForEnds) {
      return End::kCaughtUp;
    }
    if (!step || std::holds_alternative<End>(*step)) {
      return step;
    }
    RawRecords& raw = std::get<RawRecords>(*step);
    ++pages_;
    if (mistake_ == HealthcareMistake::kDropsAPage && pages_ == 2) {
      raw.records.clear();
    }
    if (mistake_ == HealthcareMistake::kDropsDeletes) {
      std::erase_if(raw.records, [](const RawRecord& record) { return record.operation == Operation::kDelete; });
    }
    if (mistake_ == HealthcareMistake::kOffsetIsAhead) {
      ahead_ = sound_->next();
    }
    return step;
  }

  std::optional<Offset> offset() const override { return sound_->offset(); }
  StateDelta state_delta() override { return sound_->state_delta(); }

 private:
  const HealthcareMistake mistake_;
  const std::unique_ptr<RecordReader> sound_;
  std::optional<Step> ahead_;
  int pages_ = 0;
};

class PlantedHealthcare final : public LakeflowConnect, public DeletesInStream, public OwnDecoder, public RowCount, public WriteBack {
 public:
  PlantedHealthcare(HealthcareMistake mistake, std::unique_ptr<HealthcareConnect> sound) : mistake_(mistake), sound_(std::move(sound)) {}

  Result<std::vector<std::string>> list_tables() override { return sound_->list_tables(); }
  Result<std::shared_ptr<arrow::Schema>> get_table_schema(std::string_view table, const Options& options) override {
    return sound_->get_table_schema(table, options);
  }
  Result<TableMetadata> read_table_metadata(std::string_view table, const Options& options) override {
    return sound_->read_table_metadata(table, options);
  }
  Result<std::unique_ptr<RecordReader>> read_table(std::string_view table, const Offset& start, const Options& options,
                                                   const ReadContext& context) override {
    LAKEFLOW_ASSIGN(std::unique_ptr<RecordReader> reader, sound_->read_table(table, start, options, context));
    return std::make_unique<PlantedReader>(mistake_, std::move(reader));
  }
  bool deletes_in_stream(const TableRequest& table) override { return sound_->deletes_in_stream(table); }
  Result<std::unique_ptr<Decoder>> make_decoder(std::span<const TableRequest> tables) override { return sound_->make_decoder(tables); }
  Result<std::optional<std::uint64_t>> count_rows(const TableRequest& table, const ReadContext& context) override {
    return sound_->count_rows(table, context);
  }
  Result<WritableTable> writable_table(const TableRequest& table) override { return sound_->writable_table(table); }
  Result<std::string> put_record(const TableRequest& table, std::string_view name, int revision, const ReadContext& context) override {
    return sound_->put_record(table, name, revision, context);
  }
  Status delete_record(const TableRequest& table, std::string_view name, const ReadContext& context) override {
    return sound_->delete_record(table, name, context);
  }

 private:
  const HealthcareMistake mistake_;
  const std::unique_ptr<HealthcareConnect> sound_;
};

}  // namespace

ConnectorEntry planted_healthcare(HealthcareMistake mistake) {
  ConnectorEntry entry = healthcare_connector();
  entry.make = [mistake](const Options& options) -> Result<std::unique_ptr<LakeflowConnect>> {
    LAKEFLOW_ASSIGN(std::unique_ptr<HealthcareConnect> sound, HealthcareConnect::make(options));
    return std::make_unique<PlantedHealthcare>(mistake, std::move(sound));
  };
  return entry;
}

std::vector<NamedHealthcareMistake> all_healthcare_mistakes() {
  return {
      {HealthcareMistake::kDropsAPage, "drops_a_page", "brings_all_that_the_source_counts"},
      {HealthcareMistake::kOffsetIsAhead, "offset_is_ahead", "resumes_at_each_offset"},
      {HealthcareMistake::kTakesErrorsForEnds, "takes_errors_for_ends", "survives_errors"},
      {HealthcareMistake::kDropsDeletes, "drops_deletes", "sees_what_is_deleted"},
  };
}

}  // namespace lakeflow
