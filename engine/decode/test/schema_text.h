#pragma once

#include <memory>
#include <string_view>

#include <arrow/type_fwd.h>

namespace lakeflow {

// A schema from its text, as the cases write it: "id utf8, name list<struct<use utf8, given list<utf8>>>". The types are
// boolean, int64, double, decimal(p,s), utf8, binary, date, timestamp, struct<…>, list<…>, map<…> (of the values), and the
// rules json, record, utc_of(name), list_utc_of(name), text_of(name) and from_text(type). Names that are no plain words stand in "quotes". Behind the
// columns may stand members that are left out: "id utf8 without name, code". Throws on mistakes.
std::shared_ptr<arrow::Schema> parse_schema(std::string_view text);

}  // namespace lakeflow
