#include "sources/healthcare/fhir/fhir_paging.h"

#include <fmt/format.h>

#include "base/redaction.h"

namespace lakeflow {
namespace {

constexpr int kExpirations = 3;
constexpr std::uint64_t kLinks = 10'000'000;

}  // namespace

void FhirPaging::begin() {
  next_url_.clear();
  followed_.clear();
}

Status FhirPaging::follow(const FhirPage& page) {
  if (++links_ > kLinks) {
    return std::unexpected(Error::source(fmt::format("{} sends pages without end", redact_url(page.url)), "the server's log may say why"));
  }
  LAKEFLOW_ASSIGN(next_url_, resolve_url(page.url, page.answer.next_link));
  if (!followed_.insert(next_url_).second) {
    return std::unexpected(
        Error::source(fmt::format("{} gives the same next link again", redact_url(page.url)), "the server's paging goes in a circle"));
  }
  return {};
}

Status FhirPaging::expire() {
  if (++expirations_ > kExpirations) {
    return std::unexpected(
        Error::source(fmt::format("{}: its paging expired {} times in a row while it gave nothing more", redact_url(next_url_), kExpirations),
                      "ask for larger pages (page_size), or let the server keep its searches for longer"));
  }
  begin();
  return {};
}

}  // namespace lakeflow
