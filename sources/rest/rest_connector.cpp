#include "sources/rest/rest_connector.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "sources/rest/rest_change_reader.h"
#include "sources/rest/rest_child_change_reader.h"
#include "sources/rest/rest_child_snapshot_reader.h"
#include "sources/rest/rest_position.h"
#include "sources/rest/rest_snapshot_reader.h"
#include "sources/rest/schema_text.h"

namespace lakeflow {
namespace {

IngestionType type_of(const RestTable& table) {
  if (table.parent && table.parent->moves_with_list) {
    return IngestionType::kCdcWithDeletes;
  }
  if (!table.cursor) {
    return IngestionType::kSnapshot;
  }
  if (table.only_grows) {
    return IngestionType::kAppend;
  }
  return table.deletes || !table.deleted_if.empty() ? IngestionType::kCdcWithDeletes : IngestionType::kCdc;
}

// The column that orders the rows of a table below a parent, which is the parent's cursor; empty where there is none.
std::string column_of_parents_cursor(const RestTable& table, const RestTable& parent) {
  for (const auto& [column, member] : table.parent->columns) {
    if (table.parent->moves_with_list && member == parent.cursor->field) {
      return column;
    }
  }
  return {};
}

}  // namespace

RestConnector::RestConnector(RestApi api, RestServerOptions server) : api_(std::move(api)), server_(std::move(server)) {}

Result<const RestTable*> RestConnector::table_of(std::string_view table_name) const {
  std::vector<std::string> names;
  for (const RestTable& table : api_.tables) {
    if (table.name == table_name) {
      return &table;
    }
    names.push_back(table.name);
  }
  const std::optional<std::string> nearest = nearest_name(table_name, names);
  return std::unexpected(Error::user(fmt::format("there is no table {}", table_name),
                                     nearest ? fmt::format("did you mean {}?", *nearest) : fmt::format("tables: {}", fmt::join(names, ", "))));
}

Result<std::unique_ptr<RestServer>> RestConnector::connect(const ReadContext& context) const {
  return RestServer::connect(server_, api_.headers, *context.log);
}

Result<std::vector<std::string>> RestConnector::list_tables() {
  std::vector<std::string> names;
  for (const RestTable& table : api_.tables) {
    names.push_back(table.name);
  }
  return names;
}

Result<std::shared_ptr<arrow::Schema>> RestConnector::get_table_schema(std::string_view table_name, const Options&) {
  LAKEFLOW_ASSIGN(const RestTable* table, table_of(table_name));
  return parse_schema(table->schema);
}

Result<TableMetadata> RestConnector::read_table_metadata(std::string_view table_name, const Options&) {
  LAKEFLOW_ASSIGN(const RestTable* table, table_of(table_name));
  std::string cursor_field = table->cursor ? table->cursor->field : std::string();
  if (table->parent) {
    LAKEFLOW_ASSIGN(const RestTable* parent, table_of(table->parent->table));
    cursor_field = column_of_parents_cursor(*table, *parent);
  }
  return TableMetadata{.ingestion_type = type_of(*table),
                       .primary_keys = table->primary_keys,
                       .cursor_field = std::move(cursor_field),
                       .subject_field = table->subject_field,
                       .description = table->description};
}

Result<std::unique_ptr<RecordReader>> RestConnector::read_table(std::string_view table_name, const Offset& start_offset, const Options&,
                                                                const ReadContext& context) {
  LAKEFLOW_ASSIGN(const RestTable* table, table_of(table_name));
  LAKEFLOW_ASSIGN(std::unique_ptr<RestServer> server, connect(context));
  if (table->parent) {
    return read_below(*table, std::move(server), start_offset, context);
  }
  if (!table->cursor) {
    return std::make_unique<RestSnapshotReader>(std::move(server), *table, context);
  }
  RestChanges changes{.table_name = table->name, .list = &table->list, .cursor = &*table->cursor, .deleted_if = table->deleted_if};
  if (table->only_grows) {
    changes.identity = table->primary_keys;
    changes.repeats_count = table->primary_keys.empty();
  }
  return RestChangeReader::open(std::move(server), std::move(changes), start_offset, context);
}

Result<std::unique_ptr<RecordReader>> RestConnector::read_below(const RestTable& table, std::unique_ptr<RestServer> server,
                                                                const Offset& start_offset, const ReadContext& context) const {
  LAKEFLOW_ASSIGN(const RestTable* parent, table_of(table.parent->table));
  if (!table.parent->moves_with_list) {
    return std::make_unique<RestChildSnapshotReader>(std::move(server), table, *parent, context);
  }
  LAKEFLOW_ASSIGN(std::unique_ptr<RestServer> of_parents, connect(context));
  RestChanges changes{.table_name = parent->name, .list = &parent->list, .cursor = &*parent->cursor, .deleted_if = parent->deleted_if};
  changes.waits_for_its_time = true;
  LAKEFLOW_ASSIGN(auto parents, RestChangeReader::open(std::move(of_parents), std::move(changes), start_offset, context));
  return std::make_unique<RestChildChangeReader>(std::move(server), std::move(parents), table, start_offset.is_start(), context);
}

Result<const RestCursor*> RestConnector::cursor_of(const RestTable& table) const {
  if (!table.parent || !table.parent->moves_with_list) {
    return table.cursor ? &*table.cursor : nullptr;
  }
  LAKEFLOW_ASSIGN(const RestTable* parent, table_of(table.parent->table));
  return &*parent->cursor;
}

Result<std::unique_ptr<RecordReader>> RestConnector::read_table_deletes(std::string_view table_name, const Offset& start_offset,
                                                                        const Options& options, const ReadContext& context) {
  LAKEFLOW_ASSIGN(const RestTable* table, table_of(table_name));
  if (!table->deletes) {
    return LakeflowConnect::read_table_deletes(table_name, start_offset, options, context);
  }
  LAKEFLOW_ASSIGN(std::unique_ptr<RestServer> server, connect(context));
  const RestDeletes& deletes = *table->deletes;
  return RestChangeReader::open(
      std::move(server),
      {.table_name = table->name, .list = &deletes.list, .cursor = &deletes.cursor, .all_deleted = true, .columns = deletes.columns}, start_offset,
      context);
}

bool RestConnector::deletes_in_stream(const TableRequest& request) {
  const auto table = table_of(request.table_name);
  return table && (!(*table)->deleted_if.empty() || ((*table)->parent && (*table)->parent->moves_with_list));
}

Result<std::string> RestConnector::offset_in_words(const TableRequest& request, const Offset& offset, const StateLookup&) {
  LAKEFLOW_ASSIGN(const RestTable* table, table_of(request.table_name));
  LAKEFLOW_ASSIGN(const RestCursor* const cursor, cursor_of(*table));
  const RestCursor::Form form = cursor != nullptr ? cursor->form : RestCursor::Form::kTime;
  LAKEFLOW_ASSIGN(const RestPosition position, RestPosition::parse(offset, form));
  return position.read_up_to ? cursor_text(form, *position.read_up_to) : "an empty list";
}

Result<Offset> RestConnector::offset_at(const TableRequest& request, TimestampMicros time) {
  LAKEFLOW_ASSIGN(const RestTable* table, table_of(request.table_name));
  LAKEFLOW_ASSIGN(const RestCursor* const cursor, cursor_of(*table));
  if (cursor == nullptr || cursor->form == RestCursor::Form::kNumber) {
    return std::unexpected(
        Error::user(fmt::format("table {} has no order of time", table->name),
                    cursor != nullptr ? "give its offset, such as {\"read_up_to\":\"4711\",\"changes\":0}" : "it is read whole each time"));
  }
  return RestPosition{.read_up_to = time}.offset(cursor->form);
}

Result<Offset> RestConnector::parse_offset(const TableRequest& request, std::string_view json) {
  LAKEFLOW_ASSIGN(const RestTable* table, table_of(request.table_name));
  LAKEFLOW_ASSIGN(const RestCursor* const cursor, cursor_of(*table));
  if (cursor == nullptr) {
    return std::unexpected(Error::user(fmt::format("table {} has no offsets", table->name), "it is read whole each time"));
  }
  const auto position = RestPosition::parse(Offset(std::string(json)), cursor->form);
  if (!position) {
    return std::unexpected(
        Error::user(fmt::format("this is no offset of table {}", table->name), R"(it has the form {"read_up_to":"…","changes":0})"));
  }
  return position->offset(cursor->form);
}

Result<std::optional<std::uint64_t>> RestConnector::count_rows(const TableRequest& request, const ReadContext& context) {
  LAKEFLOW_ASSIGN(const RestTable* table, table_of(request.table_name));
  // A list with deletions in it counts them, too, and nobody counts the lists below all parents.
  if (!table->deleted_if.empty() || table->parent) {
    return std::nullopt;
  }
  LAKEFLOW_ASSIGN(const std::unique_ptr<RestServer> server, connect(context));
  RestPages pages(*server, table->list, {});
  LAKEFLOW_TRY(pages.next(context.stop));
  return pages.total();
}

}  // namespace lakeflow
