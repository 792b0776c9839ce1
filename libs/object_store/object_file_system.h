#pragma once

#include <memory>

#include "base/error.h"
#include "libs/object_store/object_store_options.h"

namespace arrow::fs {
class FileSystem;
}

namespace lakeflow {

// Arrow's file system for the store. Nothing is asked of the service, but the region of a bucket of AWS where
// no region is given. The options have been checked.
Result<std::shared_ptr<arrow::fs::FileSystem>> make_object_file_system(const ObjectStoreOptions& options);

}  // namespace lakeflow
