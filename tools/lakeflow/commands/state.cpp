#include "engine/state/table_state.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/ingest/committed_state.h"
#include "tools/builtin/builtin.h"
#include "tools/lakeflow/commands/all_commands.h"
#include "tools/lakeflow/confirmation.h"
#include "tools/lakeflow/console.h"
#include "tools/lakeflow/output/text_table.h"
#include "tools/lakeflow/pipeline_session.h"

namespace lakeflow {
namespace {

using Json = nlohmann::ordered_json;

Parameter table_parameter() { return {.name = "table", .help = "The source table", .form = Parameter::Form::kPositional, .required = true}; }

Parameter into_parameter() { return {.name = "into", .help = "Its destination table, where it goes to several: schema.table"}; }

StateOwner owner_of(const Pipeline& pipeline, const PipelineTable& table) { return {pipeline.name, table.source_table, table.destination.text()}; }

// The one entry of the pipeline that is meant.
Result<const PipelineTable*> chosen_table(const Pipeline& pipeline, const Arguments& arguments) {
  const std::string name = arguments.text("table");
  const std::optional<std::string> into = arguments.find("into");
  std::vector<const PipelineTable*> meant;
  std::vector<std::string> names;
  for (const PipelineTable& table : pipeline.tables) {
    names.push_back(table.source_table);
    if (table.source_table == name && (!into || *into == table.destination.text())) {
      meant.push_back(&table);
    }
  }
  if (meant.empty()) {
    const std::optional<std::string> nearest = nearest_name(name, names);
    return std::unexpected(Error::user(fmt::format("pipeline {} has no table {}{}", pipeline.name, name, into ? " into " + *into : ""),
                                       nearest ? fmt::format("did you mean {}?", *nearest) : "lakeflow state show lists its tables"));
  }
  if (meant.size() > 1) {
    return std::unexpected(Error::user(fmt::format("table {} goes to several destination tables", name), "say which with --into schema.table"));
  }
  return meant.front();
}

Json offset_json(const Offset& offset) { return offset.is_start() ? Json() : Json::parse(offset.json(), nullptr, false); }

std::string offset_text(const Offset& offset) { return offset.is_start() ? "the beginning" : offset.json(); }

Result<int> run_state_show(const Arguments& arguments, Session& session) {
  LAKEFLOW_ASSIGN(const Pipeline pipeline, open_pipeline(arguments, session));
  LAKEFLOW_ASSIGN(const std::unique_ptr<Destination> destination, open_destination(pipeline, true));
  TextTable shown({{"TABLE"}, {"LANDS IN"}, {"OFFSET"}, {"OF DELETES"}, {"KEYS", Align::kRight}, {"FULL REFRESH"}}, 0);
  Json tables = Json::array();
  for (const PipelineTable& table : pipeline.tables) {
    LAKEFLOW_ASSIGN(const TableState state, read_table_state(*destination, owner_of(pipeline, table)));
    shown.add({table.source_table, table.destination.text(), offset_text(state.offset),
               state.deletes_offset.is_start() ? "-" : state.deletes_offset.json(), fmt::format("{}", state.keys),
               state.refresh_run ? "under way since run " + *state.refresh_run : "-"});
    tables.push_back({{"source_table", table.source_table},
                      {"destination_table", table.destination.text()},
                      {"offset", offset_json(state.offset)},
                      {"deletes_offset", offset_json(state.deletes_offset)},
                      {"keys", state.keys},
                      {"full_refresh_since_run", state.refresh_run ? Json(*state.refresh_run) : Json()}});
  }
  session.console.print(session.console.json() ? Json{{"pipeline", pipeline.name}, {"tables", tables}}.dump(2) + "\n" : shown.render());
  return kExitDone;
}

// The offset that --offset or --since names.
Result<Offset> wanted_offset(const Arguments& arguments, LakeflowConnect& source, const PipelineTable& table) {
  const std::optional<std::string> json = arguments.find("offset");
  const std::optional<std::string> since = arguments.find("since");
  if (json.has_value() == since.has_value()) {
    return std::unexpected(Error::user("one of --offset and --since must be given", "--since 2024-05-01T00:00:00Z"));
  }
  auto* by_hand = dynamic_cast<OffsetByHand*>(&source);
  if (by_hand == nullptr) {
    return std::unexpected(Error::user("the offsets of this connector can't be set", "lakeflow state reset begins at the beginning"));
  }
  const TableRequest request{table.source_table, table.table_options};
  if (json) {
    return by_hand->parse_offset(request, *json);
  }
  const std::optional<TimestampMicros> time = parse_utc(*since);
  if (!time) {
    return std::unexpected(Error::user("--since is no time with a zone", "write it as 2024-05-01T00:00:00Z or 2024-05-01T02:00:00+02:00"));
  }
  return by_hand->offset_at(request, *time);
}

// What the user must know before he says yes: rows that come again are added again where nothing compares them.
Result<std::string> consequence(LakeflowConnect& source, const PipelineTable& table) {
  LAKEFLOW_ASSIGN(const TableMetadata metadata, source.read_table_metadata(table.source_table, table.table_options));
  const bool appends = table.scd_type == ScdType::kAppendOnly || (metadata.ingestion_type == IngestionType::kAppend && !table.scd_type);
  return std::string(appends
                         ? ": rows that are read again are ADDED AGAIN to this append table (lakeflow ingest --full-refresh builds it anew instead)"
                         : ": rows that are read again are compared with those that stand");
}

Result<int> change_state(const Arguments& arguments, Session& session, bool to_the_beginning) {
  LAKEFLOW_ASSIGN(const Pipeline pipeline, open_pipeline(arguments, session));
  LAKEFLOW_ASSIGN(const PipelineTable* const table, chosen_table(pipeline, arguments));
  LAKEFLOW_ASSIGN(const std::unique_ptr<LakeflowConnect> source, open_source(pipeline, arguments, session));
  Offset offset;
  if (!to_the_beginning) {
    LAKEFLOW_ASSIGN(offset, wanted_offset(arguments, *source, *table));
  }
  LAKEFLOW_ASSIGN(const std::string told, consequence(*source, *table));
  LAKEFLOW_ASSIGN(const std::unique_ptr<Destination> destination, open_destination(pipeline, false));
  const StateOwner owner = owner_of(pipeline, *table);
  LAKEFLOW_ASSIGN(const TableState before, read_table_state(*destination, owner));
  const std::string what = fmt::format("{} into {} is at {} and will be read from {}{}", table->source_table, table->destination.text(),
                                       offset_text(before.offset), offset_text(offset), told);
  LAKEFLOW_TRY(confirm(arguments, session.console, what));
  LAKEFLOW_TRY(set_table_offset(*destination, owner, offset, {.user = user_name(), .reason = arguments.text("reason")}));
  if (session.console.json()) {
    session.console.print(Json{{"source_table", table->source_table},
                               {"destination_table", table->destination.text()},
                               {"old_offset", offset_json(before.offset)},
                               {"offset", offset_json(offset)}}
                              .dump() +
                          "\n");
  } else {
    session.console.print(fmt::format("{}: the next run reads from {}\n", table->source_table, offset_text(offset)));
  }
  LAKEFLOW_TRY(destination->close());
  return kExitDone;
}

// What a table's state needs to be for the file to be read again; nothing for a table that has read no files.
Result<std::optional<TableReread>> plan_reread(ReadAgainByHand& source, Destination& destination, const StateOwner& owner, const TableRequest& table,
                                               const std::string& file) {
  LAKEFLOW_ASSIGN(const TableState state, read_table_state(destination, owner));
  if (state.keys == 0) {
    return std::nullopt;
  }
  const CommittedState committed(destination, owner, false);
  LAKEFLOW_ASSIGN(std::optional<ReadAgain> again, source.read_again(table, file, state.offset, committed));
  return again ? std::optional(TableReread{owner, *std::move(again)}) : std::nullopt;
}

// For all tables of the pipeline that have read it: one that stood apart from then on would be read apart for ever.
Result<int> run_state_reread(const Arguments& arguments, Session& session) {
  LAKEFLOW_ASSIGN(const Pipeline pipeline, open_pipeline(arguments, session));
  LAKEFLOW_ASSIGN(const std::unique_ptr<LakeflowConnect> source, open_source(pipeline, arguments, session));
  auto* const by_hand = dynamic_cast<ReadAgainByHand*>(source.get());
  if (by_hand == nullptr) {
    return std::unexpected(Error::user("this connector reads no files that could be read again", "lakeflow state reset begins at the beginning"));
  }
  LAKEFLOW_ASSIGN(const std::unique_ptr<Destination> destination, open_destination(pipeline, false));
  const std::string file = arguments.text("file");
  std::vector<TableReread> rereads;
  std::optional<Error> refusal;
  for (const PipelineTable& table : pipeline.tables) {
    Result<std::optional<TableReread>> reread =
        plan_reread(*by_hand, *destination, owner_of(pipeline, table), {table.source_table, table.table_options}, file);
    if (!reread) {
      refusal = std::move(reread).error();
    } else if (*reread) {
      rereads.push_back(**std::move(reread));
    }
  }
  if (rereads.empty()) {
    return std::unexpected(refusal.value_or(Error::user("no table of this pipeline has read a file yet", "lakeflow status shows what was read")));
  }
  const std::string name = rereads.front().again.part;
  const std::string tables = rereads.size() == 1 ? rereads.front().owner.source_table : fmt::format("{} tables", rereads.size());
  LAKEFLOW_TRY(confirm(
      arguments, session.console,
      fmt::format("{} will be read again, as {}, into {}: the rows that it gave stay, and the new ones come beside them", file, name, tables)));
  LAKEFLOW_TRY(put_rereads(*destination, rereads, {.user = user_name(), .reason = arguments.text("reason")}));
  if (session.console.json()) {
    Json shown = Json::array();
    for (const TableReread& reread : rereads) {
      shown.push_back(
          {{"source_table", reread.owner.source_table}, {"destination_table", reread.owner.destination_table}, {"file", reread.again.part}});
    }
    session.console.print(shown.dump() + "\n");
  } else {
    session.console.print(fmt::format("the next run reads {} again, as {}, into {}\n", file, name, tables));
  }
  LAKEFLOW_TRY(destination->close());
  return kExitDone;
}

}  // namespace

Command state_reread_command() {
  return {.name = "state reread",
          .summary = "Let the next run read one file again: it was written anew, or edited",
          .description =
              "The rows that it gave stay; the new ones come beside them, with keys of their own and a _source_file that ends in the\n"
              "file's number (a.hl7#2). What was changed, by whom and why is kept in _lakeflow.state_changes.",
          .examples = {"lakeflow state reread clinic.yaml 2024/adt.hl7 --reason 'the laboratory sent it again'"},
          .parameters = {pipeline_parameter(),
                         {.name = "file", .help = "Its path, as in _source_file", .form = Parameter::Form::kPositional, .required = true},
                         reason_parameter(),
                         yes_parameter(),
                         secrets_parameter()},
          .run = run_state_reread};
}

Command state_show_command() {
  return {.name = "state show",
          .summary = "Show the offsets that the next run goes on from, as the connector wrote them",
          .description = "`lakeflow status` tells the same in words.",
          .examples = {"lakeflow state show clinic.yaml"},
          .parameters = {pipeline_parameter()},
          .run = run_state_show};
}

Command state_set_command() {
  return {.name = "state set",
          .summary = "Let the next run read a table from another place: a backfill",
          .description = "The rows stay. What was changed, by whom and why is kept in _lakeflow.state_changes.",
          .examples = {"lakeflow state set clinic.yaml Patient --since 2024-05-01T00:00:00Z --reason 'the server was restored'"},
          .parameters = {pipeline_parameter(),
                         table_parameter(),
                         {.name = "since", .help = "From what changed at this time on"},
                         {.name = "offset", .help = "From this offset on: JSON, as `state show` shows it"},
                         into_parameter(),
                         reason_parameter(),
                         yes_parameter(),
                         secrets_parameter()},
          .run = [](const Arguments& arguments, Session& session) { return change_state(arguments, session, false); }};
}

Command state_reset_command() {
  return {.name = "state reset",
          .summary = "Let the next run read a table from the beginning",
          .description =
              "The rows stay; `lakeflow ingest --full-refresh` builds the table anew. What was changed, by whom and why is kept in\n"
              "_lakeflow.state_changes.",
          .examples = {"lakeflow state reset clinic.yaml Patient --reason 'rows were deleted by hand'"},
          .parameters = {pipeline_parameter(), table_parameter(), into_parameter(), reason_parameter(), yes_parameter(), secrets_parameter()},
          .run = [](const Arguments& arguments, Session& session) { return change_state(arguments, session, true); }};
}

}  // namespace lakeflow
