#pragma once

#include <string>
#include <string_view>

#include <arrow/status.h>

#include "base/error.h"
#include "libs/object_store/object_store_options.h"

namespace lakeflow {

// What a failed call means. `action` is "list s3://bucket/in"; "read s3://bucket/in/a.hl7". Where the store refuses or lacks what was asked for, it
// is a user error; where it can't be reached, is overloaded or broken, a source error. The provider's own words are shortened, and what the options
// hold as secret is taken out of them.
Error object_error(std::string_view action, const arrow::Status& status, const ObjectStoreOptions& options);

}  // namespace lakeflow
