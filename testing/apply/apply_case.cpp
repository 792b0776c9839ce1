#include "testing/apply/apply_case.h"

#include <algorithm>
#include <fstream>
#include <optional>
#include <sstream>

#include <fmt/format.h>

namespace lakeflow {
namespace {

using Words = std::vector<std::string_view>;

// Split at spaces but inside of quotes, up to a comment.
Words split_words(std::string_view line) {
  Words words;
  std::size_t at = 0;
  while (true) {
    at = line.find_first_not_of(' ', at);
    if (at == std::string_view::npos || line[at] == '#') {
      return words;
    }
    const std::size_t end = line[at] == '"' ? std::min(line.find('"', at + 1), line.size() - 1) + 1 : std::min(line.find(' ', at), line.size());
    words.push_back(line.substr(at, end - at));
    at = end;
  }
}

std::string_view rest_of(std::string_view line, std::string_view word) {
  line.remove_prefix(line.find(word) + word.size());
  return line.substr(std::min(line.find_first_not_of(' '), line.size()));
}

class CaseParser {
 public:
  explicit CaseParser(std::string_view file_name) : file_name_(file_name) {}

  Result<std::vector<ApplyCase>> parse(std::string_view text) {
    std::istringstream lines{std::string(text)};
    for (std::string line; std::getline(lines, line);) {
      ++line_;
      const Words words = split_words(line);
      if (words.empty()) {
        continue;
      }
      if (const Status parsed = parse_line(line, words); !parsed) {
        return std::unexpected(parsed.error().at(place()));
      }
    }
    for (ApplyCase& parsed : cases_) {
      for (ApplyStep& step : parsed.steps) {
        std::ranges::sort(step.rows);
        if ((step.kind == ApplyStep::Kind::kSlice || step.kind == ApplyStep::Kind::kFinish) && step.outcome.empty()) {
          return std::unexpected(Error::user("the step has no outcome: a line -> …").at(step.place));
        }
      }
    }
    return std::move(cases_);
  }

 private:
  std::string place() const { return fmt::format("{}:{}", file_name_, line_); }

  Status parse_line(std::string_view line, const Words& words) {
    const std::string_view word = words.front();
    if (word == "case") {
      cases_.push_back({.name = std::string(rest_of(line, word)), .place = place(), .table = {}, .steps = {}});
      return {};
    }
    if (cases_.empty()) {
      return std::unexpected(Error::user("a line before the first case"));
    }
    PlainTable& table = cases_.back().table;
    if (word == "table") return parse_table(words, table);
    if (word == "columns") return parse_columns(words, table);
    if (word == "keys") return set_names(words, table.keys);
    if (word == "sequence") return set_names(words, table.sequence);
    if (word == "except") return set_names(words, table.track_history_except);
    if (word == "run") return parse_run(words);
    if (word == "forget") return add_step(ApplyStep::Kind::kForget);
    if (word == "slice") return add_step(ApplyStep::Kind::kSlice);
    if (word == "reset") return add_step(ApplyStep::Kind::kReset);
    if (word == "commit") return add_step(ApplyStep::Kind::kCommit);
    if (word == "rollback") return add_step(ApplyStep::Kind::kRollback);
    if (word == "rows") return add_step(ApplyStep::Kind::kRows);
    if (word == "finish") return parse_finish(words);
    if (cases_.back().steps.empty()) {
      return std::unexpected(Error::user(fmt::format("unknown word {}", word)));
    }
    ApplyStep& step = cases_.back().steps.back();
    if (word == "->") {
      step.outcome = rest_of(line, word);
      return {};
    }
    if (step.kind == ApplyStep::Kind::kSlice && (word == "upsert" || word == "delete")) {
      LAKEFLOW_ASSIGN(PlainValues values, parse_values(std::span(words).subspan(1), table));
      step.records.push_back({.is_delete = word == "delete", .values = std::move(values)});
      return {};
    }
    if (step.kind == ApplyStep::Kind::kRows) {
      return parse_row(words, table, step);
    }
    return std::unexpected(Error::user(fmt::format("unknown word {}", word)));
  }

  static Status parse_table(const Words& words, PlainTable& table) {
    const std::optional<IngestionType> type = parse_ingestion_type(words.size() > 1 ? words[1] : "");
    if (!type) {
      return std::unexpected(Error::user("an ingestion type is missing or unknown"));
    }
    table.ingestion_type = *type;
    for (const ScdType scd_type : {ScdType::kType1, ScdType::kType2, ScdType::kAppendOnly}) {
      if (words.size() > 2 && words[2] == scd_type_name(scd_type)) table.scd_type = scd_type;
    }
    return {};
  }

  static Status parse_columns(const Words& words, PlainTable& table) {
    constexpr std::pair<std::string_view, PlainType> kTypes[] = {
        {"text", PlainType::kText}, {"integer", PlainType::kInteger}, {"boolean", PlainType::kBoolean}, {"timestamp", PlainType::kTimestamp}};
    for (const std::string_view word : std::span(words).subspan(1)) {
      const std::size_t colon = std::min(word.find(':'), word.size() - 1);
      const auto type = std::ranges::find(kTypes, word.substr(colon + 1), &std::pair<std::string_view, PlainType>::first);
      if (type == std::end(kTypes)) {
        return std::unexpected(Error::user(fmt::format("the column {} has no type", word)));
      }
      table.columns.push_back({.path = std::string(word.substr(0, colon)), .type = type->second});
    }
    return {};
  }

  static Status set_names(const Words& words, std::vector<std::string>& names) {
    names.assign(words.begin() + 1, words.end());
    return {};
  }

  static Result<PlainValues> parse_values(std::span<const std::string_view> words, const PlainTable& table) {
    if (words.size() != table.columns.size()) {
      return std::unexpected(Error::user(fmt::format("{} values for {} columns", words.size(), table.columns.size())));
    }
    PlainValues values;
    for (std::size_t column = 0; column < words.size(); ++column) {
      LAKEFLOW_ASSIGN(PlainValue value, parse_plain_value(words[column], table.columns[column].type));
      values.push_back(std::move(value));
    }
    return values;
  }

  static Status parse_row(std::span<const std::string_view> words, const PlainTable& table, ApplyStep& step) {
    const std::size_t columns = table.columns.size();
    if (!table.keeps_history() || words.size() != columns + 2) {
      LAKEFLOW_ASSIGN(const PlainValues values, parse_values(words, table));
      if (table.keeps_history()) return std::unexpected(Error::user("the row has no start and no end"));
      step.rows.push_back(plain_text(table, values));
      return {};
    }
    LAKEFLOW_ASSIGN(const PlainValues values, parse_values(words.first(columns), table));
    LAKEFLOW_ASSIGN(const PlainValues start, parse_end(words[columns], table));
    LAKEFLOW_ASSIGN(const PlainValues end, parse_end(words[columns + 1], table));
    step.rows.push_back(fmt::format("{} {} {}", plain_text(table, values), end_text(table, start), end_text(table, end)));
    return {};
  }

  Status parse_run(const Words& words) {
    const std::optional<TimestampMicros> started_at = parse_utc(words.size() == 2 ? words[1] : "");
    if (!started_at) {
      return std::unexpected(Error::user("a run has a time at which it began"));
    }
    LAKEFLOW_TRY(add_step(ApplyStep::Kind::kRun));
    cases_.back().steps.back().started_at = *started_at;
    return {};
  }

  Status add_step(ApplyStep::Kind kind) {
    ApplyStep step;
    step.kind = kind;
    step.place = place();
    cases_.back().steps.push_back(std::move(step));
    return {};
  }

  Status parse_finish(const Words& words) {
    if (words.size() != 2 || (words[1] != "complete" && words[1] != "cut_short")) {
      return std::unexpected(Error::user("a snapshot finishes complete or cut_short"));
    }
    LAKEFLOW_TRY(add_step(ApplyStep::Kind::kFinish));
    cases_.back().steps.back().complete = words[1] == "complete";
    return {};
  }

  std::string_view file_name_;
  int line_ = 0;
  std::vector<ApplyCase> cases_;
};

}  // namespace

Result<std::vector<ApplyCase>> parse_apply_cases(std::string_view text, std::string_view file_name) { return CaseParser(file_name).parse(text); }

Result<std::vector<ApplyCase>> load_apply_cases(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  std::error_code failure;
  for (const auto& entry : std::filesystem::directory_iterator(folder, failure)) {
    if (entry.path().extension() == ".txt") files.push_back(entry.path());
  }
  if (failure || files.empty()) {
    return std::unexpected(Error::user(fmt::format("there are no cases in {}", folder.string())));
  }
  std::ranges::sort(files);
  std::vector<ApplyCase> cases;
  for (const std::filesystem::path& file : files) {
    std::ostringstream text;
    text << std::ifstream(file).rdbuf();
    LAKEFLOW_ASSIGN(std::vector<ApplyCase> parsed, parse_apply_cases(text.view(), file.filename().string()));
    std::ranges::move(parsed, std::back_inserter(cases));
  }
  return cases;
}

}  // namespace lakeflow
