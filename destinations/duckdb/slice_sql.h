#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/error.h"
#include "destinations/interface/apply_plan.h"

namespace lakeflow {

// The SQL that a plan's change rules are made of. A slice's narrow batch has columns key_0 …, sequence_0 …, "delete",
// content_hash and "row"; the target's columns are brought under the same names (`target_columns`), so that one text compares both.
class SliceSql {
 public:
  // A destination must be given what apply_plan.h promises: an internal error where the slice is not so.
  static Result<SliceSql> make(const ApplyPlan& plan, const ChangeSlice& slice);

  // `a.key_0, a.key_1`
  std::string keys(const std::string& alias) const;
  // `a.key_0 = b.key_0 AND …`
  std::string keys_equal(const std::string& a, const std::string& b) const;
  // A sequence as one value, a struct of several columns, which compares as they do: of a slice (or what has its columns), of the target, of
  // a tombstone. It has the type of __START_AT. Null where `has_null_sequence`.
  std::string place(const std::string& alias) const;
  std::string place_of_target() const;
  std::string place_from_text() const;
  std::string has_null_sequence(const std::string& alias) const;
  // From such a value back to `sequence_0, sequence_1`.
  std::string sequences_of_place(const std::string& place) const;
  // `a`'s sequence is after `b`'s, or equal to it; null where either has a null.
  std::string later(const std::string& a, const std::string& b) const;
  std::string same_sequence(const std::string& a, const std::string& b) const;
  // A BIGINT that is the same for equal keys: of a slice, and of the target.
  std::string hash_of_keys(const std::string& alias) const;
  std::string hash_of_target() const;
  // The best row of a key first: for ORDER BY.
  std::string best_first() const;
  // Keys and sequences as texts, as tombstones keep them: `[a.key_0::VARCHAR, …]`. DuckDB's texts of scalars read back unchanged.
  std::string keys_text(const std::string& alias) const;
  std::string sequences_text(const std::string& alias) const;
  // `"id" AS key_0`: the target's keys, each followed by a comma.
  std::string target_keys() const;
  // The sequences of a tombstone, typed again: `sequence[1]::TIMESTAMPTZ AS sequence_0, …`
  std::string sequences_from_text() const;
  // The target's narrow columns: `rowid AS target_row, "id" AS key_0, "meta"."lastUpdated" AS sequence_0, "_content_hash" AS content_hash`
  std::string target_columns() const;

 private:
  std::vector<std::string> key_columns_;       // of the target, quoted
  std::vector<std::string> key_types_;         // of the slice
  std::vector<std::string> sequence_columns_;  // likewise
  std::vector<std::string> sequence_names_;    // as the plan has them, as members of a struct
  std::vector<std::string> sequence_types_;
};

}  // namespace lakeflow
