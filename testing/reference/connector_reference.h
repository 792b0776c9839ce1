#pragma once

#include <string>

#include "base/error.h"
#include "sources/interface/connector_spec.h"
#include "sources/interface/lakeflow_connect.h"

namespace lakeflow {

// A connector's reference, in Markdown, for its README: what its options are, out of its spec, and what its tables are, out of what it declares.
// The same text whenever the connector declares the same.

// Tables of the options of the connection and of a table: name, type, whether it is required and secret, default, help.
std::string options_reference(const ConnectorSpec& spec);

// The tables by how they are ingested, each with the number of its columns and what a row is; where they are few, the columns too. Of the tables
// without options. Asks the connector for its list, schemas and metadata; what it answers with an error is this function's.
Result<std::string> tables_reference(LakeflowConnect& connector);

// Up to so many tables are shown with their columns.
inline constexpr std::size_t kMostTablesWithColumns = 20;

}  // namespace lakeflow
