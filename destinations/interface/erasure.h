#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "destinations/interface/apply_plan.h"

namespace lakeflow {

// A table out of which a person's rows are to be taken.
struct ErasedTable {
  TableName table;
  // The column, or dotted path through structs and lists, that names the person a row is about; empty where rows don't.
  std::string subject_field;
  // Who bears one of these there, alone or before a slash ("Patient/7", "Patient/7/_history/2"), is the person.
  std::vector<std::string> subject_values;
  // Columns that all rows of one event (a message) share with each other, beside _source_file: rows that don't name their person are found by
  // those of other tables that do. Empty where there are no events.
  std::vector<std::string> event_fields;
  // A column of bytes that are searched as those of quarantined records are, in rows where the other column is not null. Empty: none.
  std::string unread_bytes_field = {};
  std::string unread_reason_field = {};
};

struct Erasure {
  std::string pipeline;
  std::vector<ErasedTable> tables;
  // What is searched, as a whole word and in any case, in the bytes of quarantined records, here and in tables that tell of them.
  std::vector<std::string> texts;
};

// What was found, and is gone when the transaction is committed.
struct ErasureCounts {
  struct Table {
    TableName table;
    bool is_there = false;
    bool is_reachable = false;  // its rows name their person, or belong to events of which another table does
    std::uint64_t rows = 0;     // versions included, where it keeps history
  };
  std::vector<Table> tables;  // in the order of the erasure's
  std::uint64_t tombstones = 0;
  std::uint64_t quarantined = 0;
};

// For _lakeflow.erasures.
struct ErasureRecord {
  std::string pipeline;
  std::string erased_by;
  std::string reason;
  std::string receipt;  // JSON, without anything that names the person
};

}  // namespace lakeflow
