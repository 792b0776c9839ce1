#include <vector>

#include "simulator/fhir/fhir_simulator.h"
#include "simulator/http/http_faults.h"

namespace lakeflow {
namespace {

using Value = FaultKind::Value;

constexpr FaultKind kind(std::string_view name, std::string_view help) {
  return {.name = name, .value = Value::kNone, .default_value = "", .choice = "", .help = help};
}

constexpr FaultKind number(std::string_view name, std::string_view default_value, std::string_view help) {
  return {.name = name, .value = Value::kNumber, .default_value = default_value, .choice = "", .help = help};
}

constexpr FaultKind choice(std::string_view name, std::string_view word, std::string_view help) {
  return {.name = name, .value = Value::kChoice, .default_value = "", .choice = word, .help = help};
}

constexpr FaultKind kOfFhir[] = {
    choice("ignore-sort", "silently", "Ignores _sort, and leaves it out of the self link (=silently: keeps it there)."),
    choice("ignore-last-updated", "silently", "Ignores _lastUpdated, and leaves it out of the self link (=silently: keeps it there)."),
    choice("ignore-patient", "silently",
           "Ignores patient=, subject= and their like, and leaves them out of the self link (=silently: keeps them there)."),
    kind("whole-seconds", "Stamps what is written with whole seconds, several writes with the same one."),
    kind("omit-last-updated", "Writes no meta.lastUpdated."),
    number("clock-skew", "", "The server's clock is so many seconds ahead (behind, where negative)."),
    number("late-commit", "3", "A transaction is stamped when it begins and seen so many seconds later."),
    kind("expired-pages", "Answers 410 to the links of pages."),
    kind("live-pages", "Cuts each page from what the search finds by then, so that changes shift pages."),
    kind("delete-under-pages", "Deletes the first resource that a search found before it answers the link of a page of it."),
    choice("no-total", "unless-asked", "Leaves Bundle.total out of searches (=unless-asked: but for those with _total=accurate)."),
    kind("no-counts", "Answers 400 to searches for their count alone (_summary=count)."),
    kind("relative-next", "The next link is relative."),
    kind("foreign-next", "The next link names another host: localhost instead of 127.0.0.1."),
    kind("repeated-next", "The next link leads to the same page again."),
    kind("extra-entries", "Adds entries with search.mode outcome and include to each page."),
    kind("bare-tombstones", "Deletions in a history have no response, and so no time."),
    kind("omit-tombstones", "A history leaves deletions out."),
    choice("no-history", "declared", "Answers 405 to _history, and does not declare history-type (=declared: declares it)."),
    kind("ignore-since", "A history ignores _since."),
    kind("oldest-first-history", "A history begins with its oldest entry."),
    choice("requires-patient", "strict",
           "Refuses searches of what is about patients that name none (patient=, subject= …), and histories by type (=strict: searches for patients "
           "without _id or identifier, too)."),
    number("short-search", "10", "A search gives its first so many resources and no link to more, whatever it counts."),
};

}  // namespace

std::span<const FaultKind> fhir_fault_kinds() {
  static const std::vector<FaultKind> kinds = [] {
    const auto of_http = http_fault_kinds();
    std::vector<FaultKind> all(of_http.begin(), of_http.end());
    all.insert(all.end(), std::begin(kOfFhir), std::end(kOfFhir));
    return all;
  }();
  return kinds;
}

}  // namespace lakeflow
