#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sources/healthcare/hl7v2/declared_segments.h"
#include "sources/healthcare/hl7v2/tables/table_rows.h"

namespace lakeflow::hl7v2 {

// The tables that HL7 v2 messages fill: those of whole messages, and one for each segment of the standard, under its name in lower
// case ("pid"), and for each Z segment that is declared. The segments of batch and file envelopes (BHS, BTS, FHS, FTS) stand in no message and have
// no table.

// The one with a row for each message of any type.
inline constexpr std::string_view kEveryMessageTable = "messages";

// The names, in the order of list_tables().
// `declared`, here and below, may be null.
std::vector<std::string> table_names(const DeclaredSegments* declared = nullptr);

// What a row is, for people: "Patient Identification". Empty where there is no such table. Holds as long as `declared`.
std::string_view table_description(std::string_view table_name, const DeclaredSegments* declared = nullptr);

// The rows of a table of that name, whose memory comes from the pool; null where there is no such table. They don't outlive `declared`.
std::unique_ptr<TableRows> make_table_rows(std::string_view table_name, std::shared_ptr<BufferPool> pool, const DeclaredSegments* declared = nullptr);

}  // namespace lakeflow::hl7v2
