#include "sources/rest/rest_whole_list.h"

#include <fmt/format.h>

#include <utility>

#include "sources/rest/page_records.h"

namespace lakeflow {
namespace {

constexpr int kMostWalks = 5;

}  // namespace

RestWholeList::RestWholeList(RestServer& server, const RestList& list, std::string path, std::vector<std::string> keys, std::string table_name,
                             const ReadContext& context)
    : server_(server), list_(list), path_(std::move(path)), keys_(std::move(keys)), table_name_(std::move(table_name)), context_(context) {}

Result<std::optional<RestWholeList::Page>> RestWholeList::next() {
  while (true) {  // ends with kMostWalks at the latest
    if (!pages_) {
      pages_.emplace(server_, list_, path_, std::vector<RestParameter>());
      ++walks_;
    }
    LAKEFLOW_ASSIGN(std::optional<RestPage> page, pages_->next(context_.stop));
    is_gone_ = pages_->is_gone();
    if (page) {
      LAKEFLOW_ASSIGN(Page came, without_known(*std::move(page)));
      return std::optional(std::move(came));
    }
    if (pages_->doubt().empty()) {
      return std::nullopt;
    }
    if (walks_ == kMostWalks) {
      return std::unexpected(
          Error::source(fmt::format("the list of table {} could not be read whole in {} walks over it: {}", table_name_, kMostWalks, pages_->doubt()),
                        "try again when fewer changes are made; an order of the list that does not change, or a cursor, helps"));
    }
    context_.log->log(LogLevel::kInfo, "the list is read again", {{"table", table_name_}, {"why", pages_->doubt()}});
    pages_.reset();
  }
}

Result<RestWholeList::Page> RestWholeList::without_known(RestPage page) {
  Page came{.page = std::move(page)};
  std::vector<std::string_view> records = std::exchange(came.page.records, {});
  for (const std::string_view record : records) {
    if (record.starts_with('{')) {
      LAKEFLOW_ASSIGN(std::string identity, record_identity(server_.json(), record, keys_));
      if (!returned_.insert(std::move(identity)).second) {
        ++came.known;
        continue;
      }
    }
    came.page.records.push_back(record);
  }
  return came;
}

}  // namespace lakeflow
