#pragma once

#include <memory>

#include "base/error.h"
#include "base/options.h"
#include "sources/healthcare/table_family.h"

namespace lakeflow {

// The tables of HL7 v2 messages in the files of a folder, all append, all filled by one pass over the files: messages and those of
// one message type, a row a message; pid, obx and so on, a row a segment; and rows of orders, observations and their like. Needs the
// connection option storage_path; the options are those of connector_spec.yaml, already checked.
Result<std::unique_ptr<TableFamily>> make_hl7v2_tables(const Options& connection_options);

}  // namespace lakeflow
