#include "testing/review/review_trial.h"

namespace lakeflow {
namespace {

constexpr const char* kGiveOptions =
    "give documentation_options in connector_spec.yaml, or --set NAME=VALUE, with which it can be made and reaches nothing";

DeclaredTable declared(LakeflowConnect& connector, const std::string& name) {
  DeclaredTable table{.name = name, .schema = nullptr, .metadata = {}, .fault = {}};
  auto schema = connector.get_table_schema(name, {});
  auto metadata = connector.read_table_metadata(name, {});
  if (!schema) {
    table.fault = schema.error().at("get_table_schema");
  } else if (!metadata) {
    table.fault = metadata.error().at("read_table_metadata");
  } else {
    table.schema = *std::move(schema);
    table.metadata = *std::move(metadata);
  }
  return table;
}

}  // namespace

Result<ReviewTrial> ReviewTrial::make(const ReviewRequest& request) {
  ReviewTrial trial{.request = request, .tree = {}, .git = {}, .no_git = {}, .connector = {}, .no_connector = {}, .tables = {}};
  std::vector<std::string> ignored = {"configs/dev_config.json"};  // is there for credentials, and is looked at by checks of its own
  if (auto git = GitHistory::open(request.folder)) {
    LAKEFLOW_ASSIGN(ignored, git->ignored());
    trial.git = *std::move(git);
  } else {
    trial.no_git = git.error();
  }
  LAKEFLOW_ASSIGN(trial.tree, read_source_tree(request.folder, ignored));
  auto connector = request.connector->make(request.connection_options);
  if (!connector) {
    trial.no_connector =
        Error::user(fmt::format("it can't be made with documentation_options of its spec: {}", connector.error().message()), kGiveOptions);
    return trial;
  }
  const auto names = (*connector)->list_tables();
  if (!names) {
    trial.no_connector = Error::user(fmt::format("list_tables with documentation_options of its spec: {}", names.error().message()), kGiveOptions);
    return trial;
  }
  trial.connector = *std::move(connector);
  for (const std::string& name : *names) {
    trial.tables.push_back(declared(*trial.connector, name));
  }
  return trial;
}

ReviewFinding none_of(const std::vector<std::string>& places, std::string_view what, std::string passed_evidence) {
  return places.empty() ? review_passed(std::move(passed_evidence)) : review_failed(count_of(places.size(), what), places);
}

std::string place_in(const SourceFile& file, std::size_t line, std::string_view what) { return fmt::format("{}:{}: {}", file.path, line, what); }

std::vector<std::string> places_of(const SourceTree& tree, FileKind kind, const std::regex& pattern, std::string_view what) {
  std::vector<std::string> places;
  for (const SourceFile& file : tree.files) {
    if (file.kind != kind) {
      continue;
    }
    const bool is_code = kind == FileKind::kCode || kind == FileKind::kTestCode;
    const std::vector<std::string_view> lines = lines_of(is_code ? file.code : file.text);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      std::cmatch found;
      if (lines[i].size() < 2000 && std::regex_search(lines[i].data(), lines[i].data() + lines[i].size(), found, pattern)) {
        places.push_back(place_in(file, i + 1, what.empty() ? found.str() : std::string(what)));
      }
    }
  }
  return places;
}

}  // namespace lakeflow
