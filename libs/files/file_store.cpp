#include "libs/files/file_store.h"

#include <fnmatch.h>

namespace lakeflow {

bool matches(const FileQuery& wanted, const std::string& path) {
  const bool by_path = wanted.pattern.find('/') != std::string::npos;
  const std::size_t slash = path.rfind('/');
  const char* const subject = by_path || slash == std::string::npos ? path.c_str() : path.c_str() + slash + 1;
  return fnmatch(wanted.pattern.c_str(), subject, FNM_PERIOD | (by_path ? FNM_PATHNAME : 0)) == 0;
}

}  // namespace lakeflow
