// Checks of the rows that one reading from the start gives.

#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>

#include <algorithm>
#include <ranges>
#include <set>

#include "base/options.h"
#include "sources/interface/schema_rules.h"
#include "testing/connector/check.h"

namespace lakeflow {
namespace {

constexpr std::size_t kRowsThatProve = 5;  // that a member which all of them have belongs to the table

std::string counted(const std::map<std::string, std::uint64_t>& counts) {
  std::vector<std::string> words;
  for (const auto& [name, count] : counts) {
    words.push_back(fmt::format("{} {}", count, name));
  }
  return some_of(words);
}

// What (nearly) every row has and no column is for.
std::vector<std::string> members_everywhere(const TableReading& reading) {
  const auto upserts = static_cast<std::uint64_t>(std::ranges::count(reading.rows, false, &ReadRow::deleted));
  std::vector<std::string> members;
  for (const auto& [member, rows] : reading.unknown) {
    if (rows * 20 >= upserts * 19) {
      members.push_back(member);
    }
  }
  return members;
}

Finding values_fit_the_schema(TableTrial& trial) {
  const TableReading& reading = trial.full();
  if (auto none = trial.no_rows()) {
    return *std::move(none);
  }
  // Here and there a source sends what no column of the kind can hold; where it is one row in ten, the column is declared wrong.
  std::vector<std::string> often;
  std::vector<std::string> seldom;
  for (const auto& [path, rows] : reading.misfits) {
    (rows * 10 >= reading.rows.size() ? often : seldom).push_back(fmt::format("{} ({} of {} rows)", path, rows, reading.rows.size()));
  }
  if (!often.empty()) {
    return failed("values that do not fit their columns: {}", some_of(often));
  }
  const std::vector<std::string> everywhere = members_everywhere(reading);
  std::map<std::string, std::uint64_t> here_and_there = reading.unknown;
  for (const std::string& member : everywhere) {
    here_and_there.erase(member);
  }
  return passed("{}{}{}{}{}{}{}", count_of(reading.rows.size(), "row"), seldom.empty() ? "" : "; a value did not fit ", some_of(seldom),
                everywhere.empty() ? "" : "; (nearly) every row has what no column is for: ", some_of(everywhere),
                here_and_there.empty() ? "" : "; no column is for ", counted(here_and_there));
}

// Names of the members that the schema leaves out on purpose.
std::set<std::string> left_out(const arrow::Schema& schema) {
  std::set<std::string> names;
  const std::string text = schema.HasMetadata() ? schema.metadata()->Get(std::string(kLeftOutMembers)).ValueOr("") : "";
  for (const auto name : std::views::split(text, ',')) {
    names.emplace(name.begin(), name.end());
  }
  return names;
}

// What was sent is in a column of its name, or in _rescued_data. Where no column has the name of a member that was sent, the decoder has names of its
// own.
Finding keeps_what_was_sent(TableTrial& trial) {
  const TableReading& reading = trial.full();
  if (auto none = trial.no_rows()) {
    return *std::move(none);
  }
  const arrow::Schema& schema = *trial.table().schema;
  const bool columns_are_members = std::ranges::any_of(
      schema.fields(), [&](const auto& field) { return reading.filled.contains(field->name()) && reading.sent.contains(field->name()); });
  if (!columns_are_members) {
    return skipped("no column has the name of a member of the records");
  }
  const std::set<std::string> omitted = left_out(schema);
  std::vector<std::string> lost;
  for (const std::string& member : reading.sent_values) {
    if (schema.GetFieldIndex(member) < 0 && !reading.unknown.contains(member) && !omitted.contains(member)) {
      lost.push_back(member);
    }
  }
  return lost.empty() ? passed("{} in columns or in _rescued_data", count_of(reading.sent_values.size(), "member"))
                      : failed("sent, and neither in a column nor in _rescued_data: {}", some_of(lost));
}

Finding fills_its_columns(TableTrial& trial) {
  const TableReading& reading = trial.full();
  if (auto none = trial.no_rows()) {
    return *std::move(none);
  }
  std::vector<std::string> never;
  std::vector<std::string> never_sent;
  bool columns_are_members = false;  // else a decoder of the connector's own names them
  for (const auto& field : trial.table().schema->fields()) {
    const bool is_filled = reading.filled.contains(field->name());
    const bool is_sent = reading.sent.contains(field->name());
    columns_are_members |= is_filled && is_sent;
    if (!is_filled) {
      never.push_back(field->name());
    }
    if (!is_filled && !is_sent) {
      never_sent.push_back(field->name());
    }
  }
  const auto columns = static_cast<std::size_t>(trial.table().schema->num_fields());
  if (never.size() == columns) {
    return failed("no column has a value in {} rows", reading.rows.size());
  }
  if (never.empty()) {
    return passed("every column has values");
  }
  // An optional member that nobody has yet and one that was left out on purpose are no mistake; two names that are nearly the same are.
  std::string remark;
  if (const auto everywhere = members_everywhere(reading); columns_are_members && !never_sent.empty() && !everywhere.empty()) {
    for (const std::string& column : never_sent) {
      if (const auto member = nearest_name(column, everywhere); member && reading.rows.size() >= kRowsThatProve) {
        return failed("{} never came, and (nearly) every row has {}, which no column is for: is one of them misspelt?", column, *member);
      }
    }
    remark = "; (nearly) every row has what no column is for: " + some_of(everywhere);
  }
  return passed("{} of {} columns have values; never: {}{}", columns - never.size(), columns, fmt::join(never, ", "), remark);
}

// All times of a column near 1970, or far ahead, are numbers of another unit. Here and there a source sends such a time.
Finding times_are_plausible(TableTrial& trial) {
  const TableReading& reading = trial.full();
  if (auto none = trial.no_rows()) {
    return *std::move(none);
  }
  std::vector<std::string> wrong;
  for (const auto& [path, times] : reading.times) {
    if (times.lie_in_first_month()) {
      wrong.push_back(fmt::format("{}: all {} in January 1970 (seconds that are taken for milliseconds?)", path, times.values));
    } else if (times.lie_far_ahead()) {
      wrong.push_back(fmt::format("{}: all {} beyond the year 2200 (milliseconds that are taken for seconds?)", path, times.values));
    }
  }
  if (!wrong.empty()) {
    return failed("times of a wrong unit: {}", some_of(wrong));
  }
  return reading.times.empty() ? skipped("no column has a time") : passed("the times of {}", count_of(reading.times.size(), "column"));
}

Finding every_row_has_its_key(TableTrial& trial) {
  const TableReading& reading = trial.full();
  if (trial.table().metadata.primary_keys.empty()) {
    return skipped("the table has no key");
  }
  if (auto none = trial.no_rows()) {
    return *std::move(none);
  }
  const auto lacking = std::ranges::count_if(reading.rows, &ReadRow::lacks_key);
  return lacking == 0 ? passed("{} rows", reading.rows.size()) : failed("{} of {} rows have a null in their key", lacking, reading.rows.size());
}

Finding every_row_has_its_cursor(TableTrial& trial) {
  const TableReading& reading = trial.full();
  if (trial.table().metadata.cursor_field.empty()) {
    return skipped("the table has no cursor field");
  }
  if (auto none = trial.no_rows()) {
    return *std::move(none);
  }
  const auto lacking = std::ranges::count_if(reading.rows, [](const ReadRow& row) { return row.lacks_sequence && !row.deleted; });
  if (lacking == 0) {
    return passed("{} rows", reading.rows.size());
  }
  // A row that is only appended needs no order.
  return trial.type() == IngestionType::kAppend
             ? passed("{} of {} rows have none, which an append takes", lacking, reading.rows.size())
             : failed("{} of {} rows have a null where their versions are ordered by", lacking, reading.rows.size());
}

Finding keys_are_unique(TableTrial& trial) {
  const TableReading& reading = trial.full();
  if (trial.table().metadata.primary_keys.empty()) {
    return skipped("the table has no key");
  }
  if (auto none = trial.no_rows()) {
    return *std::move(none);
  }
  std::vector<ReadRow> rows = reading.rows;
  std::erase_if(rows, [](const ReadRow& row) { return row.deleted || row.lacks_key; });
  std::ranges::sort(rows);
  std::size_t doubled = 0;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const bool same_key = rows[i].key == rows[i - 1].key;
    switch (trial.type()) {
      case IngestionType::kSnapshot:
      case IngestionType::kAppend: doubled += same_key ? 1U : 0U; break;
      case IngestionType::kCdc:
      case IngestionType::kCdcWithDeletes:  // versions share a key, but not its time, unless they are the same
        doubled += same_key && rows[i].sequence == rows[i - 1].sequence && rows[i].content != rows[i - 1].content ? 1U : 0U;
    }
  }
  if (doubled > 0) {
    return failed("{} of {} rows share the key{} of another one", doubled, rows.size(), trial.type() == IngestionType::kSnapshot ? "" : " and time");
  }
  // Versions of a key are a history, or records that a key which is not whole makes one: nobody can tell, but who knows the source.
  const std::size_t all = rows.size();
  const std::size_t keys = all - std::ranges::size(std::ranges::unique(rows, {}, &ReadRow::key));
  return all > 2 * keys ? passed("{} rows; they have {}, so that {} % are replaced by a later row: are those its versions, or is the key not whole?",
                                 all, count_of(keys, "key"), 100 * (all - keys) / all)
                        : passed("{} rows", all);
}

}  // namespace

std::vector<TableCheckOf> value_checks() {
  return {
      {"values_fit_the_schema", "nulls where values were sent",
       "look at these columns in lakeflow preview: _rescued_data shows what was sent; declare the type that it has (a number that is sent as a text "
       "is one, too: in a description for sources/rest \"price: decimal(18,2) from text\")",
       values_fit_the_schema},
      {"keeps_what_was_sent", "values that nobody finds again: no column has them, and nothing says so",
       "let the decoder give what no column is for as rescued values (decoder.h), or name it in the schema's kLeftOutMembers", keeps_what_was_sent},
      {"fills_its_columns", "columns that no one ever fills", "compare the names of the columns with a record of the source, letter by letter",
       fills_its_columns},
      {"times_are_plausible", "the time of each row: nobody finds it by its day, and the newest is not told",
       "in which unit does the source send these numbers: seconds, milliseconds, microseconds since 1970?", times_are_plausible},
      {"every_row_has_its_key", "rows that go to quarantine", "declare a key that each record has; is its place right?", every_row_has_its_key},
      {"every_row_has_its_cursor", "rows that go to quarantine", "declare a cursor that each record has; is its place right?",
       every_row_has_its_cursor},
      {"keys_are_unique", "rows that overwrite one another", "declare all columns that tell two records apart as primary_keys; or do pages overlap?",
       keys_are_unique}};
}

}  // namespace lakeflow
