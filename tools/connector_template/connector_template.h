#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace lakeflow {

// A file of a connector's folder as it is at first: templates/connector, compiled in.
struct TemplateFile {
  std::string_view path;  // below the folder; NAME in it stands for the connector's name
  std::string_view text;
};
std::span<const TemplateFile> connector_template_files();

struct NewFile {
  std::string path;
  std::string text;
};

// The files of a new connector. In a template %NAME% is its name, %CLASS% that in CamelCase, %TITLE% in words, %UPPER% in capitals; what stands
// between the lines %EACH TABLE% and %END% comes once for each table, with its name for %TABLE%; %FIRST_TABLE%, %TABLE_NAMES% (quoted, with commas)
// and %TABLE_CALLS% ("orders_table(), …") are there for single lines. A user error where a name is not in snake_case, or a table comes twice.
Result<std::vector<NewFile>> new_connector(std::string_view name, const std::vector<std::string>& tables);

}  // namespace lakeflow
