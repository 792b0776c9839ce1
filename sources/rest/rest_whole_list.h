#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "sources/interface/record_reader.h"
#include "sources/rest/rest_pages.h"
#include "sources/rest/rest_server.h"
#include "sources/rest/rest_table.h"

namespace lakeflow {

// A whole list, each record once. Where pages shifted while they were read, or fewer records came than the server counts, it is walked again, and
// what was missed comes then; after some such walks it is a source error. So nothing speaks against what came when it has ended.
class RestWholeList {
 public:
  struct Page {
    RestPage page;            // without the records that came before
    std::uint64_t known = 0;  // those
  };

  // The list at this path, of which `keys` tell records apart, for the table of this name. Server and list outlive it.
  RestWholeList(RestServer& server, const RestList& list, std::string path, std::vector<std::string> keys, std::string table_name,
                const ReadContext& context);

  // Nothing behind the last page.
  Result<std::optional<Page>> next();
  // Of a list below a record, at its end: there is none, as the record is gone.
  bool is_gone() const { return is_gone_; }

 private:
  Result<Page> without_known(RestPage page);

  RestServer& server_;
  const RestList& list_;
  const std::string path_;
  const std::vector<std::string> keys_;
  const std::string table_name_;
  const ReadContext& context_;
  std::optional<RestPages> pages_;
  std::set<std::string> returned_;  // identities
  int walks_ = 0;
  bool is_gone_ = false;
};

}  // namespace lakeflow
