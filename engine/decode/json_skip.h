#pragma once

namespace lakeflow {

// Levels of objects and arrays that a record may nest.
inline constexpr int kDeepestRecord = 1000;

// Where a value ended that was checked, but not converted.
struct SkippedValue {
  const char* end = nullptr;     // nullptr where it is no JSON
  const char* reason = nullptr;  // then: the code of the reject
  const char* wrong = nullptr;   // and the byte that does not belong there
  bool not_ascii = false;        // there are bytes whose UTF-8 is yet to be checked
};

// The JSON value at `p` (no white space before it), which lies `depth` levels deep in a record that ends at `end` and is
// followed by kPadding readable bytes. Needs no stack of its own however deep the value nests.
SkippedValue skip_json_value(const char* p, const char* end, int depth);

}  // namespace lakeflow
