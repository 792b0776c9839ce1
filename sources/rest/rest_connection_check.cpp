// What `lakeflow check` looks at: each table's first page, and whether the filter is obeyed.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "sources/rest/cursor_value.h"
#include "sources/rest/rest_connector.h"
#include "sources/rest/rest_pages.h"
#include "sources/rest/rest_parent_record.h"
#include "sources/rest/rest_whole_list.h"

namespace lakeflow {
namespace {

std::string subject_of(const RestList& list) { return fmt::format("{} {}", list.method == RestList::Method::kPost ? "POST" : "GET", list.path); }

CheckFinding failure(const RestList& list, const Error& error) {
  return {.passed = false,
          .subject = subject_of(list),
          .message = error.message(),
          .next_step = error.next_step(),
          .kind = error.kind() == ErrorKind::kInterrupted ? ErrorKind::kSource : error.kind()};
}

// A list that is described to come in one answer, of which that is not sure: it has as many records as were asked for, or as a server's page has.
std::string doubt_of_one_answer(const RestList& list, std::size_t records, std::int64_t page_size) {
  const std::string count = fmt::format("{}", records);
  const bool was_asked_for = (!list.paging.size_parameter.empty() && std::cmp_equal(records, page_size)) ||
                             std::ranges::any_of(list.parameters, [&](const auto& parameter) { return parameter.second == count; });
  const bool is_a_servers_page = records == 10 || records == 20 || records == 25 || (records > 0 && records % 50 == 0);
  if (list.paging.style != RestPaging::Style::kNone || !(was_asked_for || is_a_servers_page)) {
    return {};
  }
  return fmt::format("; {} records on the first page and no paging described: is that all?", records);
}

// The members of a record that the description names and that it lacks.
Result<std::vector<std::string>> missing_members(JsonReader& json, const RestTable& table, std::string_view record) {
  std::vector<std::string> places = table.primary_keys;
  if (table.cursor) {
    places.push_back(table.cursor->field);
  }
  std::vector<std::string> missing;
  for (const std::string& place : places) {
    LAKEFLOW_ASSIGN(const auto value, json.find(record, place));
    const bool is_cursor = table.cursor && place == table.cursor->field;
    if (!value || *value == "null" || (is_cursor && !parse_cursor(table.cursor->form, *value))) {
      missing.push_back(place);
    }
  }
  return missing;
}

// Numbers of another unit, as far as the values of a page tell: what lies beyond all times is no cursor, and what lies in January 1970 are seconds
// that are taken for milliseconds. Empty where nothing speaks against the unit.
Result<std::string> wrong_unit(JsonReader& json, const RestCursor& cursor, const RestPage& page) {
  constexpr CursorValue kEndOfFirstMonth = 31LL * 86400 * 1'000'000;
  const bool is_seconds = cursor.form == RestCursor::Form::kEpochSeconds;
  if (!is_seconds && cursor.form != RestCursor::Form::kEpochMilliseconds) {
    return std::string();
  }
  std::size_t beyond = 0;
  std::size_t early = 0;
  for (const std::string_view record : page.records) {
    LAKEFLOW_ASSIGN(const auto text, json.find(record, cursor.field));
    const auto value = text ? parse_cursor(cursor.form, *text) : std::nullopt;
    beyond += text && !value && parse_cursor(RestCursor::Form::kEpochMilliseconds, *text) ? 1U : 0U;
    early += value && *value > 0 && *value < kEndOfFirstMonth ? 1U : 0U;
  }
  if (is_seconds && beyond == page.records.size()) {
    return fmt::format("{} lies beyond the year 9999 if it is epoch seconds: are they milliseconds?", cursor.field);
  }
  if (!is_seconds && early == page.records.size()) {
    return fmt::format("{} lies in January 1970 if it is epoch milliseconds: are they seconds?", cursor.field);
  }
  return std::string();
}

// A day ahead nothing was changed yet: a server that answers with records does not know the filter.
Result<bool> obeys_filter(RestServer& server, const RestTable& table, const std::stop_token& stop) {
  constexpr TimestampMicros kDay = 86400LL * 1'000'000;
  RestPages pages(server, table.list, {filter_parameter(*table.cursor, now_micros() + 2 * kDay)});
  LAKEFLOW_ASSIGN(const auto page, pages.next(stop));
  for (const std::string_view record : page->records) {
    LAKEFLOW_ASSIGN(const auto text, server.json().find(record, table.cursor->field));
    const auto value = text ? parse_cursor(table.cursor->form, *text) : std::nullopt;
    if (value && *value < now_micros() + kDay) {
      return false;
    }
  }
  return true;
}

Result<CheckFinding> look_at(RestServer& server, const RestTable& table, const std::stop_token& stop) {
  RestPages pages(server, table.list, {});
  LAKEFLOW_ASSIGN(const auto page, pages.next(stop));
  CheckFinding finding;
  finding.passed = true;
  finding.subject = subject_of(table.list);
  finding.message = fmt::format("table {}: {} records on the first page{}", table.name, page->records.size(),
                                pages.total() ? fmt::format(", {} in all", *pages.total()) : "");
  finding.message += doubt_of_one_answer(table.list, page->records.size(), server.options().page_size.value_or(table.list.paging.page_size));
  if (!page->records.empty()) {
    LAKEFLOW_ASSIGN(const std::string unit, table.cursor ? wrong_unit(server.json(), *table.cursor, *page) : Result<std::string>(std::string()));
    if (!unit.empty()) {
      finding.passed = false;
      finding.message = fmt::format("table {}: {}", table.name, unit);
      finding.next_step = "say so in its description: cursor.form = kEpochSeconds, kEpochMilliseconds (rest_table.h)";
      finding.kind = ErrorKind::kInternal;
      return finding;
    }
    LAKEFLOW_ASSIGN(const std::vector<std::string> missing, missing_members(server.json(), table, page->records.front()));
    if (!missing.empty()) {
      finding.passed = false;
      finding.message = fmt::format("table {}: the first record has no {} that can be read", table.name, fmt::join(missing, ", "));
      finding.next_step = "are primary_keys, the cursor and records_at of its description right?";
      finding.kind = ErrorKind::kInternal;
      return finding;
    }
  }
  if (table.cursor && !table.cursor->filter.empty() && table.cursor->form != RestCursor::Form::kNumber) {
    LAKEFLOW_ASSIGN(const bool obeys, obeys_filter(server, table, stop));
    if (!obeys) {
      finding.message += fmt::format("; the server ignores {}: each run reads the whole list", table.cursor->filter);
    }
  }
  return finding;
}

// Below the first parents: whether there is a list, and what it names is in a row.
Result<CheckFinding> look_below(RestServer& server, const RestTable& table, const RestTable& parent, const ReadContext& context) {
  constexpr std::size_t kMostParents = 10;
  RestPages parents(server, parent.list, {});
  LAKEFLOW_ASSIGN(const auto page, parents.next(context.stop));
  CheckFinding finding{.passed = true, .subject = subject_of(table.list), .message = {}, .next_step = {}};
  std::size_t looked = 0;
  std::size_t gone = 0;
  std::size_t rows = 0;
  for (const std::string_view record : page->records) {
    if (looked == kMostParents) break;
    LAKEFLOW_ASSIGN(const RestParentRecord known, parent_record(server.json(), table, record));
    RestWholeList list(server, table.list, path_below(table, known), own_keys(table), table.name, context);
    LAKEFLOW_ASSIGN(const auto below, list.next());
    ++looked;
    gone += below->page.is_gone ? 1U : 0U;
    for (const std::string_view child : below->page.records) {
      ++rows;
      LAKEFLOW_ASSIGN(std::string row, row_below(server.json(), table, known, child));
      const std::size_t size = row.size();
      row.append(kPadding, ' ');
      LAKEFLOW_ASSIGN(const std::vector<std::string> missing, missing_members(server.json(), table, std::string_view(row).substr(0, size)));
      if (!missing.empty()) {
        finding.passed = false;
        finding.message = fmt::format("table {}: a record below one of {} has no {}", table.name, parent.name, fmt::join(missing, ", "));
        finding.next_step = "are primary_keys, parent.columns and records_at of its description right?";
        finding.kind = ErrorKind::kInternal;
        return finding;
      }
    }
  }
  if (looked > 0 && gone == looked) {
    const Error nobody = nobody_below(table, looked);
    return CheckFinding{
        .passed = false, .subject = finding.subject, .message = nobody.message(), .next_step = nobody.next_step(), .kind = ErrorKind::kInternal};
  }
  finding.message = fmt::format("table {}: {} records below the first {} of {}", table.name, rows, looked, parent.name);
  return finding;
}

// The list of what was deleted: what its description names must be in one of its first records, though it may be null there.
Result<CheckFinding> look_at_deletes(RestServer& server, const RestTable& table, const std::stop_token& stop) {
  const RestDeletes& deletes = *table.deletes;
  std::vector<RestParameter> filter;
  if (!deletes.cursor.filter.empty() && !deletes.cursor.first.empty()) {
    filter.push_back(first_parameter(deletes.cursor));
  }
  RestPages pages(server, deletes.list, filter);
  LAKEFLOW_ASSIGN(const auto page, pages.next(stop));
  CheckFinding finding;
  finding.passed = true;
  finding.subject = subject_of(deletes.list);
  finding.message = fmt::format("table {}: {} deletions on the first page", table.name, page->records.size());
  finding.message += doubt_of_one_answer(deletes.list, page->records.size(), server.options().page_size.value_or(deletes.list.paging.page_size));
  std::vector<std::string> places{deletes.cursor.field};
  for (const auto& [column, place] : deletes.columns) {
    places.push_back(place);
  }
  std::vector<std::string> missing;
  for (const std::string& place : places) {
    bool is_there = page->records.empty();
    for (const std::string_view record : page->records) {
      LAKEFLOW_ASSIGN(const auto value, server.json().find(record, place));
      is_there |= value.has_value();
    }
    if (!is_there && std::ranges::find(missing, place) == missing.end()) {
      missing.push_back(place);
    }
  }
  if (!missing.empty()) {
    finding.passed = false;
    finding.message = fmt::format("table {}: none of {} deletions has {}", table.name, page->records.size(), fmt::join(missing, ", "));
    finding.next_step = "where does a record of this list have its key and its time? deletes.cursor.field and deletes.columns say so (rest_table.h)";
    finding.kind = ErrorKind::kInternal;
  }
  return finding;
}

}  // namespace

Result<std::vector<CheckFinding>> RestConnector::check_connection(std::span<const TableRequest> tables, const ReadContext& context) {
  std::vector<std::string> names;
  std::ranges::transform(tables, std::back_inserter(names), &TableRequest::table_name);
  if (tables.empty()) {
    LAKEFLOW_ASSIGN(names, list_tables());
  }
  LAKEFLOW_ASSIGN(const std::unique_ptr<RestServer> server, connect(context));
  std::vector<CheckFinding> findings;
  for (const std::string& name : names) {
    const auto table = table_of(name);
    if (!table) {
      continue;
    }
    const auto add = [&](const RestList& list, Result<CheckFinding> finding) -> Status {
      if (!finding && finding.error().kind() == ErrorKind::kInterrupted) {
        return std::unexpected(std::move(finding).error());
      }
      findings.push_back(finding ? *std::move(finding) : failure(list, finding.error()));
      return {};
    };
    if ((*table)->parent) {
      LAKEFLOW_ASSIGN(const RestTable* const parent, table_of((*table)->parent->table));
      LAKEFLOW_TRY(add((*table)->list, look_below(*server, **table, *parent, context)));
      continue;
    }
    LAKEFLOW_TRY(add((*table)->list, look_at(*server, **table, context.stop)));
    if ((*table)->deletes) {
      LAKEFLOW_TRY(add((*table)->deletes->list, look_at_deletes(*server, **table, context.stop)));
    }
  }
  return findings;
}

}  // namespace lakeflow
