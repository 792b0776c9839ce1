#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "testing/review/source_tree.h"

namespace lakeflow {

// A whole pipeline that people copy. Empty lines stand before its text, so that lines are those of the file.
struct ExamplePipeline {
  std::string place;  // its file: "README.md"
  std::string text;
};

// Those of the folder's documents and YAML files, and of the folder examples/ of the repository (where there is one) as far as they are of this
// connector. A pipeline is what has the keys connection and objects at its beginnings of lines.
std::vector<ExamplePipeline> example_pipelines(const SourceTree& tree, const std::filesystem::path& repository, const std::string& connector);

// All YAML and JSON that the folder shows to people: blocks in documents, and files, but for connector_spec.yaml.
std::vector<ExamplePipeline> shown_configuration(const SourceTree& tree);

}  // namespace lakeflow
