// What can be seen of a description by itself.

#include <arrow/type.h>
#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

#include "sources/rest/rest_connector.h"
#include "sources/rest/schema_text.h"

namespace lakeflow {
namespace {

using Style = RestPaging::Style;

Error fault(const RestTable& table, const std::string& what, std::string next = "sources/rest/rest_table.h says what each member means") {
  return Error::internal(fmt::format("the description of table {}: {}", table.name, what), std::move(next));
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

Status check_list(const RestTable& table, const RestList& list) {
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
  if (!paging.next_from_record.empty() && paging.more_at.empty()) {
    return std::unexpected(fault(table, "paging.more_at is missing: without it nobody knows the last page"));
  }
  return {};
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
    LAKEFLOW_TRY(check_list(table, table.deletes->list));
  }
  return check_list(table, table.list);
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
  }
  return {};
}

}  // namespace lakeflow
