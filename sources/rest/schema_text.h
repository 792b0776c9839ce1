#pragma once

#include <memory>
#include <string_view>

#include "base/error.h"

namespace arrow {
class Schema;
}  // namespace arrow

namespace lakeflow {

// An Arrow schema from a text (YAML), a column a line:
//
//   id: string
//   updated_at: timestamp         # a full time with a zone
//   total: decimal(12,2)          # to the last digit
//   price: decimal(12,2) from text  # "636.65": a number that is sent as a text, or as itself; long and double likewise
//   customer: {id: string, vip: boolean}
//   lines: [{sku: string, quantity: long}]
//   extra: json                   # whatever JSON stands there, as its text
//
// Types: string, long, double, boolean, decimal(precision,scale), timestamp, date, binary, json; a mapping is a struct, a sequence of one type a
// list. What follows a type behind " - " describes the column ("long - the number on the receipt"). A user error names line and column of what is
// none.
Result<std::shared_ptr<arrow::Schema>> parse_schema(std::string_view text);

}  // namespace lakeflow
