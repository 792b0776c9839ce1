#include "testing/review/example_pipelines.h"

#include <algorithm>
#include <regex>

#include "testing/review/markdown.h"

namespace lakeflow {
namespace {

bool is_yaml(const std::string& path) { return path.ends_with(".yaml") || path.ends_with(".yml"); }

bool is_pipeline(const std::string& text) {
  static const std::regex connection("(^|\\n)connection:");
  static const std::regex objects("(^|\\n)objects:");
  return std::regex_search(text, connection) && std::regex_search(text, objects);
}

bool is_of(const std::string& text, const std::string& connector) {
  return std::regex_search(text, std::regex("\\bconnector:\\s*[\"']?" + connector + "\\b"));
}

}  // namespace

std::vector<ExamplePipeline> shown_configuration(const SourceTree& tree) {
  std::vector<ExamplePipeline> shown;
  for (const SourceFile& file : tree.files) {
    if (file.kind == FileKind::kDocument) {
      for (const CodeBlock& block : code_blocks(file.text)) {
        if (block.language == "yaml" || block.language == "yml" || block.language == "json") {
          shown.push_back({file.path, std::string(block.line - 1, '\n') + block.text});
        }
      }
    } else if ((is_yaml(file.path) || file.path.ends_with(".json")) && file.path != "connector_spec.yaml" && !file.path.starts_with("test/")) {
      shown.push_back({file.path, file.text});
    }
  }
  return shown;
}

std::vector<ExamplePipeline> example_pipelines(const SourceTree& tree, const std::filesystem::path& repository, const std::string& connector) {
  std::vector<ExamplePipeline> examples = shown_configuration(tree);
  std::erase_if(examples, [](const ExamplePipeline& example) { return example.place.ends_with(".json") || !is_pipeline(example.text); });
  std::error_code problem;
  const std::filesystem::path folder = repository / "examples";
  if (!repository.empty() && std::filesystem::is_directory(folder, problem) &&
      !std::filesystem::equivalent(folder, tree.folder / "examples", problem)) {
    if (const auto tree_of_examples = read_source_tree(folder, {})) {
      for (const SourceFile& file : tree_of_examples->files) {
        if (is_yaml(file.path) && is_pipeline(file.text) && is_of(file.text, connector)) {
          examples.push_back({"examples/" + file.path, file.text});
        }
      }
    }
  }
  return examples;
}

}  // namespace lakeflow
