#pragma once

#include <cstdint>
#include <memory>

#include "base/error.h"

namespace arrow {
class RecordBatch;
class Schema;
}  // namespace arrow

namespace lakeflow {

class Console;

enum class RowFormat {
  kTable,      // aligned columns under titles; on a terminal cut to its width
  kRecords,    // a line for each column that has a value, a block for each row: for tables that are too wide
  kJsonLines,  // an object a line
  kCsv,        // RFC 4180 with a header; a null is an empty field, an empty text is ""
};

// Prints rows as they come, to the console's stdout. Memory stays flat: a table settles its widths by the first thousand rows.
class RowPrinter {
 public:
  virtual ~RowPrinter() = default;
  // False once nobody reads the output any more.
  virtual bool print(const arrow::RecordBatch& rows) = 0;
  // What is still to be said. Call it once, after the last row.
  virtual void finish() = 0;
};

// On a terminal kTable becomes kRecords where the first rows do not fit its width and have many columns.
std::unique_ptr<RowPrinter> make_row_printer(RowFormat format, const std::shared_ptr<arrow::Schema>& schema, Console& console);

}  // namespace lakeflow
