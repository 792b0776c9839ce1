#include "sources/healthcare/hl7v2/files/open_store.h"

#include "libs/files/local_folder.h"
#include "libs/object_store/object_store.h"

namespace lakeflow::hl7v2 {

Result<std::shared_ptr<const FileStore>> open_store(const Hl7Options& options) {
  if (!options.objects) {
    return std::make_shared<const LocalFolder>(options.storage_path);
  }
  LAKEFLOW_ASSIGN(std::shared_ptr<const FileStore> store, ObjectStore::make(*options.objects, options.allow_http));
  return store;
}

}  // namespace lakeflow::hl7v2
