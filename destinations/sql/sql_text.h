#pragma once

#include <string>
#include <string_view>

#include "destinations/interface/apply_plan.h"

namespace lakeflow {

// A name as SQL has it, whatever stands in it: "a ""b""".
std::string quote_identifier(std::string_view name);

// By which names are compared: for DuckDB, and for readers of Parquet, the case of ASCII letters does not count.
std::string lower_name(std::string_view name);

// A dotted path into structs: "meta"."lastUpdated".
std::string quote_path(std::string_view path);

std::string quote_table(const TableName& name);

// A text as a SQL literal: 'it''s'.
std::string quote_text(std::string_view text);

}  // namespace lakeflow
