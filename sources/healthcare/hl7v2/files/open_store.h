#pragma once

#include <memory>

#include "base/error.h"
#include "libs/files/file_store.h"
#include "sources/healthcare/hl7v2/hl7v2_options.h"

namespace lakeflow::hl7v2 {

// Where the files of the options lie: a folder, or objects. Nothing is looked at yet; user errors name options that don't go together.
Result<std::shared_ptr<const FileStore>> open_store(const Hl7Options& options);

}  // namespace lakeflow::hl7v2
