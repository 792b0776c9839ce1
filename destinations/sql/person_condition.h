#pragma once

#include <optional>
#include <string>

#include "destinations/interface/erasure.h"
#include "destinations/sql/column_type.h"

namespace lakeflow {

// Which rows are about a person (destinations/interface/erasure.h), as conditions of DuckDB's SQL.

// Of a table with these columns; nothing where its rows don't name their person.
std::optional<std::string> person_condition(const ErasedTable& table, const Erasure& erasure, const ColumnType& columns);

// The columns by which rows of one event are known, quoted: the same number for every table that has events.
std::string event_columns(const ErasedTable& table);

// Of `_lakeflow.quarantine`; nothing where nothing is searched.
std::optional<std::string> quarantine_condition(const Erasure& erasure);

// ['a', 'b'], as SQL has it.
std::string text_list(const std::vector<std::string>& texts);

}  // namespace lakeflow
