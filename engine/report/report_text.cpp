#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>

#include "engine/report/run_report.h"

namespace lakeflow {
namespace {

// 1234567 as "1,234,567".
std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t place = digits.size(); place > 3; place -= 3) {
    digits.insert(place - 3, ",");
  }
  return digits;
}

// "1 row", "2,000 rows".
std::string counted(std::uint64_t number, std::string_view what) { return fmt::format("{} {}{}", grouped(number), what, number == 1 ? "" : "s"); }

std::string bytes_text(std::uint64_t bytes) {
  constexpr double kStep = 1024;
  double amount = static_cast<double>(bytes);
  const char* unit = "B";
  for (const char* next : {"KB", "MB", "GB", "TB"}) {
    if (amount < kStep) {
      break;
    }
    amount /= kStep;
    unit = next;
  }
  return bytes < 1024 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", amount, unit);
}

void add_count(std::string& line, std::uint64_t count, const char* what) {
  if (count > 0) {
    fmt::format_to(std::back_inserter(line), "{}{} {}", line.empty() ? "" : ", ", grouped(count), what);
  }
}

std::string changes(const TableReport& table) {
  std::string text;
  add_count(text, table.counts.inserted, "inserted");
  add_count(text, table.counts.updated, "updated");
  add_count(text, table.counts.deleted + table.counts.absent, "deleted");
  add_count(text, static_cast<std::uint64_t>(std::max<std::int64_t>(table.counts.merged, 0)), "merged");
  add_count(text, table.counts.unchanged - table.counts.already_gone, "unchanged");
  add_count(text, table.counts.already_gone, "already gone");
  add_count(text, table.counts.superseded, "superseded");
  add_count(text, table.rejected, "rejected");
  add_count(text, table.rescued, "with _rescued_data");
  return text;
}

std::string table_line(const TableReport& table, bool dry_run, std::size_t width, bool with_errors) {
  std::string line = fmt::format("{:<{}}  ", table.source_table, width);
  if (table.error) {
    line += with_errors ? "failed: " + table.error->message() : "failed";
    return line;
  }
  if (dry_run) {
    line += fmt::format("{} would be applied", counted(table.rows_decoded - table.rejected, "row"));
  } else {
    const std::string text = changes(table);
    line += text.empty() ? "nothing new" : text;
    if (table.rows_now) {
      line += fmt::format("; {} has {}", table.destination_table, counted(*table.rows_now, "row"));
    }
  }
  if (!table.column_changes.empty()) {
    line += fmt::format(" ({})", fmt::join(table.column_changes, ", "));
  }
  if (!table.note.empty()) {
    line += " (" + table.note + ")";
  }
  return line;
}

// "2 no_msh_segment, 1 missing_key": what all passes have in one of their counts by code.
std::string reasons(const RunReport& report, std::map<std::string, std::uint64_t> PassReport::* counts) {
  std::map<std::string, std::uint64_t> by_reason;
  for (const PassReport& pass : report.passes) {
    for (const auto& [reason, count] : pass.*counts) {
      by_reason[reason] += count;
    }
  }
  std::string text;
  for (const auto& [reason, count] : by_reason) {
    add_count(text, count, reason.c_str());
  }
  return text;
}

std::string totals_line(const RunReport& report) {
  std::uint64_t bytes = 0;
  std::uint64_t records = 0;
  std::map<std::string, std::uint64_t> left_out;
  for (const PassReport& pass : report.passes) {
    bytes += pass.bytes_read;
    records += pass.records_read;
    left_out["quarantined"] += pass.records_quarantined;
    for (const auto& [reason, count] : pass.records_filtered) {
      left_out[reason] += count;
    }
  }
  // Whoever compares records with rows finds the difference here: what was read again, or is none of the tables' business.
  std::string without;
  for (const auto& [reason, count] : left_out) {
    std::string words = reason;
    std::ranges::replace(words, '_', ' ');
    add_count(without, count, words.c_str());
  }
  return fmt::format("{}{}: {}{}, {}, {} in {:.1f} s", report.dry_run ? "dry run " : "", run_outcome_name(report.outcome), counted(records, "record"),
                     without.empty() ? "" : fmt::format(" ({})", without), counted(report.rows(), "row"), bytes_text(bytes), report.seconds());
}

}  // namespace

std::vector<std::string> summary_lines(const RunReport& report, bool with_errors) {
  std::vector<std::string> lines;
  std::size_t width = 0;
  for (const TableReport& table : report.tables) {
    width = std::max(width, table.source_table.size());
  }
  for (const TableReport& table : report.tables) {
    lines.push_back(table_line(table, report.dry_run, width, with_errors));
    if (with_errors && table.error && !table.error->next_step().empty()) {
      lines.push_back(fmt::format("{:<{}}  {}", "", width, table.error->next_step()));
    }
  }
  if (report.rejects() > 0) {
    lines.push_back(
        fmt::format("{} rejected{}: {}", grouped(report.rejects()), report.dry_run ? "" : ", in quarantine", reasons(report, &PassReport::rejects)));
  }
  if (const std::string remarks = reasons(report, &PassReport::remarks); !remarks.empty()) {
    lines.push_back("worth a look: " + remarks);
  }
  lines.push_back(totals_line(report));
  if (with_errors && report.error) {
    lines.push_back(report.error->message());
    if (!report.error->next_step().empty()) {
      lines.push_back(report.error->next_step());
    }
  }
  return lines;
}

std::string summary_line(const RunReport& report) {
  std::string line;
  const auto add = [&line](const std::string& text) { line += (line.empty() ? "" : "; ") + text; };
  for (const TableReport& table : report.tables) {
    const std::string text = changes(table);
    if (table.error) {
      add(table.source_table + " failed");
    } else if (!text.empty()) {
      add(table.source_table + " " + text);
    }
  }
  if (line.empty()) {
    line = "nothing new";
  }
  if (report.rejects() > 0) {
    add(fmt::format("{} rejected: {}", grouped(report.rejects()), reasons(report, &PassReport::rejects)));
  }
  return fmt::format("{}: {}; {}", run_outcome_name(report.outcome), line,
                     fmt::format("{} in {:.1f} s", counted(report.rows(), "row"), report.seconds()));
}

bool is_quiet(const RunReport& report) {
  const auto changed = [](const TableReport& table) {
    return table.counts.inserted + table.counts.updated + table.counts.deleted + table.counts.absent + table.rescued > 0;
  };
  return report.outcome == RunOutcome::kDone && report.rejects() == 0 && std::ranges::none_of(report.tables, changed);
}

}  // namespace lakeflow
