#include "tools/lakeflow/ingest_progress.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "tools/lakeflow/console.h"
#include "tools/lakeflow/output/display_text.h"
#include "tools/lakeflow/output/text_table.h"

namespace lakeflow {
namespace {

using namespace std::chrono_literals;
constexpr auto kBetweenPlainLines = 5s;

std::string rate_text(const TableProgress& table) {
  const bool whole = table.finished && table.seconds > 0;
  const double rate = whole ? static_cast<double>(table.rows) / table.seconds : table.rows_per_second;
  return grouped(static_cast<std::uint64_t>(rate)) + "/s";
}

std::string plain_line(const TableProgress& table) {
  std::string line = fmt::format("{}: {} row{}, {}, {}", table.source_table, grouped(table.rows), table.rows == 1 ? "" : "s", rate_text(table),
                                 bytes_text(table.bytes));
  if (table.rejects > 0) {
    line += fmt::format(", {} reject{}", grouped(table.rejects), table.rejects == 1 ? "" : "s");
  }
  return line + (table.finished ? ", ended" : "");
}

}  // namespace

std::string grouped(std::uint64_t number) {
  std::string digits = fmt::format("{}", number);
  for (std::size_t place = digits.size(); place > 3;) {
    place -= 3;
    digits.insert(place, ",");
  }
  return digits;
}

std::string bytes_text(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 5> kUnits = {"B", "KB", "MB", "GB", "TB"};
  double amount = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (amount >= 1024 && unit + 1 < kUnits.size()) {
    amount /= 1024;
    ++unit;
  }
  return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", amount, kUnits.at(unit));
}

IngestProgress::~IngestProgress() { clear(); }

void IngestProgress::clear() { console_.show_live({}); }

void IngestProgress::run_began(const std::string&) {
  drawn_.clear();
  said_at_.clear();
}

void IngestProgress::on_progress(std::span<const TableProgress> tables_of_pass) {
  if (console_.json()) {
    return;
  }
  if (console_.form().messages_are_terminal) {
    redraw(tables_of_pass);
  } else {
    say_now_and_then(tables_of_pass);
  }
}

void IngestProgress::redraw(std::span<const TableProgress> tables_of_pass) {
  for (const TableProgress& table : tables_of_pass) {
    std::vector<std::string> cells = {std::string(table.source_table), grouped(table.rows),    rate_text(table),
                                      bytes_text(table.bytes),         grouped(table.rejects), table.finished ? "ended" : ""};
    const auto drawn = std::ranges::find(drawn_, table.destination_table, [](const auto& line) { return std::string_view(line.first); });
    if (drawn == drawn_.end()) {
      drawn_.emplace_back(table.destination_table, std::move(cells));
    } else {
      drawn->second = std::move(cells);
    }
  }
  TextTable table({{"TABLE"}, {"ROWS", Align::kRight}, {"RATE", Align::kRight}, {"READ", Align::kRight}, {"REJECTS", Align::kRight}, {""}});
  // Only what is on the screen can be drawn again: the titles take two lines, the cursor one.
  const std::size_t height = std::max<std::size_t>(console_.form().height, 5);
  const std::size_t most = std::min(drawn_.size(), height - 3);
  for (const auto& [name, cells] : std::span(drawn_).last(most)) {
    table.add(cells);
  }
  std::vector<std::string> lines;
  std::string text = table.render();
  for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n')) {
    // A line that wraps could not be erased as one.
    lines.push_back(cut_to_width(text.substr(0, end), console_.form().width > 1 ? console_.form().width - 1 : 79));
    text.erase(0, end + 1);
  }
  console_.show_live(std::move(lines));
}

void IngestProgress::say_now_and_then(std::span<const TableProgress> tables_of_pass) {
  const auto now = std::chrono::steady_clock::now();
  for (const TableProgress& table : tables_of_pass) {
    const auto [said, first] = said_at_.try_emplace(std::string(table.destination_table), now);
    if ((table.finished && !one_of_many_) || now - said->second >= kBetweenPlainLines) {
      said->second = now;
      console_.note(plain_line(table));
    }
  }
}

}  // namespace lakeflow
