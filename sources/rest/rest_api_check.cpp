// What can be seen of a description by itself.

#include <arrow/type.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sources/rest/next_place.h"
#include "sources/rest/rest_connector.h"
#include "sources/rest/rest_parent_record.h"
#include "sources/rest/rest_request.h"
#include "sources/rest/schema_text.h"

namespace lakeflow {
namespace {

using Style = RestPaging::Style;

constexpr const char* kPlaces = "names have dots between their parts, and numbers count the elements of a list: filters.0.value";

Error fault(const RestTable& table, const std::string& what, std::string next = "sources/rest/rest_table.h says what each member means") {
  return Error::user(fmt::format("the connector's description of table {} is wrong: {}", table.name, what), std::move(next));
}

bool has_column(const arrow::Schema& schema, std::string_view place) {
  std::string_view name = place.substr(0, place.find('.'));
  std::shared_ptr<arrow::Field> field = schema.GetFieldByName(std::string(name));
  while (field != nullptr && name.size() < place.size()) {
    place.remove_prefix(name.size() + 1);
    name = place.substr(0, place.find('.'));
    const auto* const members = field->type()->id() == arrow::Type::STRUCT ? static_cast<const arrow::StructType*>(field->type().get()) : nullptr;
    field = members == nullptr ? nullptr : members->GetFieldByName(std::string(name));
  }
  return field != nullptr;
}

Status check_get(const RestTable& table, const RestList& list) {
  if (!list.body.empty() || list.only_reads) {
    return std::unexpected(fault(table, "body and only_reads are of a list that is asked for by POST", "set method = RestList::Method::kPost"));
  }
  return {};
}

// Each parameter needs a place of its own in the body.
Status check_post(const RestTable& table, const RestList& list, const RestCursor* cursor) {
  const RestPaging& paging = list.paging;
  if (!list.only_reads) {
    return std::unexpected(fault(table, "its list is asked for by POST, and nobody says that this changes nothing",
                                 "set only_reads = true where that is so: a request is sent again where its answer was lost"));
  }
  if (paging.style == Style::kNextUrl || paging.style == Style::kLinkHeader) {
    return std::unexpected(fault(table, "a list that is asked for by POST has no URL of a next page", "page by number, offset or token"));
  }
  const bool is_object = list.body.empty() || nlohmann::json::parse(list.body, nullptr, false).is_object();
  if (!is_object) {
    return std::unexpected(fault(table, "list.body is no JSON object"));
  }
  std::vector<std::string> places;
  std::ranges::transform(list.parameters, std::back_inserter(places), &std::pair<std::string, std::string>::first);
  const bool filter_is_token = cursor != nullptr && !paging.next_from_record.empty() && cursor->filter == paging.parameter;
  places.insert(places.end(), {paging.parameter, paging.size_parameter, cursor == nullptr || filter_is_token ? std::string() : cursor->filter});
  std::erase(places, "");
  std::vector<RestParameter> parameters;
  for (const std::string& place : places) {
    parameters.push_back(text_parameter(place, place));
  }
  RestList bare = list;
  bare.parameters.clear();
  const auto request = rest_request("", bare, "", parameters);
  if (!request) {
    return std::unexpected(fault(table, request.error().message(), kPlaces));
  }
  const auto flat = nlohmann::json::parse(request->body, nullptr, false).flatten();
  for (const std::string& place : places) {
    if (std::ranges::count(flat, nlohmann::json(place)) != 1 || std::ranges::count(places, place) != 1) {
      return std::unexpected(fault(table, fmt::format("the body has no place of its own for {}", place), kPlaces));
    }
  }
  return {};
}

Status check_list(const RestTable& table, const RestList& list, const RestCursor* cursor) {
  const RestPaging& paging = list.paging;
  if (!list.path.starts_with('/')) {
    return std::unexpected(fault(table, "path does not begin with /"));
  }
  if (paging.page_size < 1) {
    return std::unexpected(fault(table, "page_size is not at least 1"));
  }
  const bool needs_parameter = paging.style == Style::kPageNumber || paging.style == Style::kOffset || paging.style == Style::kToken;
  if (needs_parameter && paging.parameter.empty()) {
    return std::unexpected(fault(table, "paging.parameter is missing"));
  }
  const bool needs_next = paging.style == Style::kNextUrl || (paging.style == Style::kToken && paging.next_from_record.empty());
  if (needs_next && paging.next_at.empty()) {
    return std::unexpected(fault(table, "paging.next_at is missing: where has the answer what the next page is asked for by?"));
  }
  if (!is_next_place(paging.next_at)) {
    return std::unexpected(fault(table, "paging.next_at is no place: one of a list's objects is chosen as in link[relation=next].url"));
  }
  LAKEFLOW_TRY(list.method == RestList::Method::kPost ? check_post(table, list, cursor) : check_get(table, list));
  const bool is_own_list = &list == &table.list;
  const bool is_by_key = !paging.next_from_record.empty() && paging.more_at.empty();
  if (is_by_key && !(is_own_list && table.primary_keys == std::vector{paging.next_from_record})) {
    return std::unexpected(fault(table, "paging.more_at is missing: without it the end is known only where next_from_record is the table's whole key",
                                 "records that share its value could be lost between two pages: name what tells of the end, or another way to page"));
  }
  if (!paging.last_at.empty() && !is_by_key) {
    return std::unexpected(fault(table, "paging.last_at is of lists that are paged by next_from_record without more_at"));
  }
  return {};
}

// What would lose rows below a parent, or leave rows that are no more.
Status check_moving(const RestTable& table, const RestTable& parent) {
  if (!parent.cursor) {
    return std::unexpected(fault(table, fmt::format("moves_with_list is said of {}, which has no cursor that could move", parent.name)));
  }
  if (parent.only_grows) {
    return std::unexpected(fault(table, fmt::format("moves_with_list is said of {}, whose records never change (only_grows)", parent.name)));
  }
  if (parent.deletes) {
    return std::unexpected(fault(table,
                                 fmt::format("moves_with_list is said of {}, whose deletions come in a list of their own: the rows below a "
                                             "record that was deleted would stay",
                                             parent.name),
                                 "leave moves_with_list away: then all lists are read each time, and what is no more goes"));
  }
  const bool has_cursor = std::ranges::any_of(table.parent->columns, [&](const auto& column) { return column.second == parent.cursor->field; });
  return has_cursor ? Status()
                    : std::unexpected(fault(
                          table, fmt::format("the cursor of {} is none of its columns, and orders its rows", parent.name),
                          fmt::format("add it to parent.columns: {{\"{}_{}\", \"{}\"}}", parent.name, parent.cursor->field, parent.cursor->field)));
}

Status check_columns_of_parent(const RestTable& table, const arrow::Schema& schema) {
  for (const auto& [column, member] : table.parent->columns) {
    if (schema.GetFieldIndex(column) < 0) {
      return std::unexpected(fault(table, fmt::format("{}, which it has of its parent, is no column of the schema", column)));
    }
  }
  const std::vector<std::string> in_path = names_in_path(table.list.path);
  if (in_path.empty()) {
    return std::unexpected(fault(table, "it has a parent, and its path has no part in braces", "such as /orders/{order_id}/items"));
  }
  for (const std::string& name : in_path) {
    if (std::ranges::find(table.parent->columns, name, &std::pair<std::string, std::string>::first) == table.parent->columns.end()) {
      return std::unexpected(fault(table, fmt::format("{{{}}} of its path is none of parent.columns", name)));
    }
    if (std::ranges::find(table.primary_keys, name) == table.primary_keys.end()) {
      return std::unexpected(fault(table, fmt::format("{} of its path is no part of its key: rows of two parents could be one", name)));
    }
  }
  return own_keys(table).empty() ? std::unexpected(fault(table, "its key is its parent's alone: what tells the rows below one parent apart?"))
                                 : Status();
}

Status check_parent(const RestApi& api, const RestTable& table) {
  if (!table.parent) {
    return names_in_path(table.list.path).empty()
               ? Status()
               : std::unexpected(fault(table, "its path has a part in braces, and it has no parent", "say of which table: parent (rest_table.h)"));
  }
  const auto parent = std::ranges::find(api.tables, table.parent->table, &RestTable::name);
  if (parent == api.tables.end() || parent->parent) {
    return std::unexpected(fault(table, fmt::format("its parent {} is no table of this API that hangs below none", table.parent->table)));
  }
  if (table.cursor || table.only_grows || table.deletes || !table.deleted_if.empty()) {
    return std::unexpected(
        fault(table, "cursor, only_grows, deletes and deleted_if are of lists that hang below none: one place can't tell how far each list was read",
              "leave them away; where each change of its list moves the parent, say moves_with_list"));
  }
  LAKEFLOW_ASSIGN(const auto schema, parse_schema(table.schema));
  LAKEFLOW_TRY(check_columns_of_parent(table, *schema));
  return table.parent->moves_with_list ? check_moving(table, *parent) : Status();
}

Status check_table(const RestTable& table) {
  const auto schema = parse_schema(table.schema);
  if (!schema) {
    return std::unexpected(fault(table, schema.error().message(), schema.error().next_step()));
  }
  for (const std::string& key : table.primary_keys) {
    if ((*schema)->GetFieldIndex(key) < 0) {
      return std::unexpected(fault(table, fmt::format("its key {} is no column of the schema", key)));
    }
  }
  if (table.cursor && !has_column(**schema, table.cursor->field)) {
    return std::unexpected(fault(table, fmt::format("its cursor {} is no column of the schema", table.cursor->field)));
  }
  if (table.primary_keys.empty() && !table.only_grows) {
    return std::unexpected(fault(table, "it has no primary_keys; only a table that only grows can do without"));
  }
  if (!table.cursor && (table.only_grows || table.deletes || !table.deleted_if.empty())) {
    return std::unexpected(fault(table, "it has no cursor, and only_grows, deletes and deleted_if need one"));
  }
  if (table.deletes && !table.deleted_if.empty()) {
    return std::unexpected(fault(table, "deletes and deleted_if are both there: one tells of what was deleted"));
  }
  if (table.deletes) {
    LAKEFLOW_TRY(check_list(table, table.deletes->list, &table.deletes->cursor));
  }
  return check_list(table, table.list, table.cursor ? &*table.cursor : nullptr);
}

}  // namespace

Status check_rest_api(const RestApi& api) {
  for (std::size_t i = 0; i < api.tables.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (api.tables[i].name == api.tables[j].name) {
        return std::unexpected(fault(api.tables[i], "there are two of them"));
      }
    }
    LAKEFLOW_TRY(check_table(api.tables[i]));
    LAKEFLOW_TRY(check_parent(api, api.tables[i]));
  }
  return {};
}

}  // namespace lakeflow
