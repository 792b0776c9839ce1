#include "tools/lakeflow/output/row_printer.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include "base/json_text.h"
#include "tools/lakeflow/console.h"
#include "tools/lakeflow/output/arrow_cells.h"
#include "tools/lakeflow/output/display_text.h"
#include "tools/lakeflow/output/text_table.h"

namespace lakeflow {
namespace {

constexpr std::size_t kRowsThatSettleWidths = 1000;
// Of these many columns and more a terminal that is too narrow shows nothing useful side by side.
constexpr int kManyColumns = 10;

std::string row_count_text(std::uint64_t rows) { return fmt::format("({} row{})\n", rows, rows == 1 ? "" : "s"); }

class RecordPrinter final : public RowPrinter {
 public:
  explicit RecordPrinter(Console& console) : console_(console) {}

  bool print(const arrow::RecordBatch& rows) override {
    std::string out;
    for (std::int64_t row = 0; row < rows.num_rows(); ++row) {
      append_record(out, rows, row);
      if (!console_.print(out)) {
        return false;
      }
      out.clear();
    }
    return true;
  }

  void finish() override { console_.print(row_count_text(count_)); }

 private:
  void append_record(std::string& out, const arrow::RecordBatch& rows, std::int64_t row) {
    out += fmt::format("-- row {}\n", ++count_);
    std::size_t widest = 0;
    for (int column = 0; column < rows.num_columns(); ++column) {
      widest = rows.column(column)->IsNull(row) ? widest : std::max(widest, display_width(rows.column_name(column)));
    }
    const std::size_t width = console_.form().output_is_terminal ? console_.form().width : 0;
    for (int column = 0; column < rows.num_columns(); ++column) {
      if (rows.column(column)->IsNull(row)) {
        continue;
      }
      const std::string name = display_text(rows.column_name(column));
      const std::string padding(widest - std::min(widest, display_width(name)), ' ');
      const std::string line = fmt::format("{}{}  {}", name, padding, display_text(cell_text(*rows.column(column), row, NullMembers::kLeftOut)));
      out += width > 0 ? cut_to_width(line, width) : line;
      out += '\n';
    }
  }

  Console& console_;
  std::uint64_t count_ = 0;
};

class TablePrinter final : public RowPrinter {
 public:
  TablePrinter(const arrow::Schema& schema, Console& console)
      : console_(console), table_(columns_of(schema), console.form().output_is_terminal ? console.form().width : 0) {}

  bool print(const arrow::RecordBatch& rows) override {
    if (records_) {
      return records_->print(rows);
    }
    for (std::int64_t row = 0; row < rows.num_rows(); ++row) {
      std::vector<std::string> cells;
      for (const auto& column : rows.columns()) {
        cells.push_back(cell_text(*column, row, NullMembers::kLeftOut));
      }
      table_.add(std::move(cells));
    }
    count_ += static_cast<std::uint64_t>(rows.num_rows());
    if (console_.form().output_is_terminal && !settled_) {
      held_back_.push_back(rows.Slice(0));
    }
    return table_.rows() < kRowsThatSettleWidths || settle_and_print();
  }

  void finish() override {
    settle_and_print();
    if (records_) {
      records_->finish();
    } else {
      console_.print(row_count_text(count_));
    }
  }

 private:
  static std::vector<TableColumn> columns_of(const arrow::Schema& schema) {
    std::vector<TableColumn> columns;
    for (const auto& field : schema.fields()) {
      columns.push_back({display_text(field->name()), aligns_right(*field->type()) ? Align::kRight : Align::kLeft});
    }
    return columns;
  }

  bool settle_and_print() {
    if (records_) {
      return true;
    }
    const bool too_wide = !held_back_.empty() && held_back_.front()->num_columns() >= kManyColumns && table_.natural_width() > console_.form().width;
    settled_ = true;
    if (!too_wide) {
      held_back_.clear();
      return console_.print(table_.render());
    }
    records_ = std::make_unique<RecordPrinter>(console_);
    return std::ranges::all_of(std::exchange(held_back_, {}), [&](const auto& batch) { return records_->print(*batch); });
  }

  Console& console_;
  TextTable table_;
  std::uint64_t count_ = 0;
  bool settled_ = false;
  std::vector<std::shared_ptr<arrow::RecordBatch>> held_back_;  // while it is open which form they take
  std::unique_ptr<RecordPrinter> records_;
};

class JsonLinesPrinter final : public RowPrinter {
 public:
  explicit JsonLinesPrinter(Console& console) : console_(console) {}

  bool print(const arrow::RecordBatch& rows) override {
    for (std::int64_t row = 0; row < rows.num_rows(); ++row) {
      std::string line = "{";
      for (int column = 0; column < rows.num_columns(); ++column) {
        line += column == 0 ? "" : ",";
        append_json_string(line, rows.column_name(column));
        line += ':';
        append_json_value(line, *rows.column(column), row);
      }
      line += "}\n";
      if (!console_.print(line)) {
        return false;
      }
    }
    return true;
  }

  void finish() override {}

 private:
  Console& console_;
};

class CsvPrinter final : public RowPrinter {
 public:
  CsvPrinter(const arrow::Schema& schema, Console& console) : console_(console) {
    std::string header;
    for (const auto& field : schema.fields()) {
      header += header.empty() ? "" : ",";
      append_field(header, field->name());
    }
    console_.print(header + "\n");
  }

  bool print(const arrow::RecordBatch& rows) override {
    for (std::int64_t row = 0; row < rows.num_rows(); ++row) {
      std::string line;
      for (int column = 0; column < rows.num_columns(); ++column) {
        line += column == 0 ? "" : ",";
        if (!rows.column(column)->IsNull(row)) {
          append_field(line, cell_text(*rows.column(column), row));
        }
      }
      line += '\n';
      if (!console_.print(line)) {
        return false;
      }
    }
    return true;
  }

  void finish() override {}

 private:
  static void append_field(std::string& line, std::string_view text) {
    if (!text.empty() && text.find_first_of("\",\r\n") == std::string_view::npos) {
      line += text;
      return;
    }
    line += '"';
    for (const char c : text) {
      line += c == '"' ? "\"\"" : std::string_view(&c, 1);
    }
    line += '"';
  }

  Console& console_;
};

}  // namespace

std::unique_ptr<RowPrinter> make_row_printer(RowFormat format, const std::shared_ptr<arrow::Schema>& schema, Console& console) {
  switch (format) {
    case RowFormat::kTable: return std::make_unique<TablePrinter>(*schema, console);
    case RowFormat::kRecords: return std::make_unique<RecordPrinter>(console);
    case RowFormat::kJsonLines: return std::make_unique<JsonLinesPrinter>(console);
    case RowFormat::kCsv: return std::make_unique<CsvPrinter>(*schema, console);
  }
  return nullptr;
}

}  // namespace lakeflow
