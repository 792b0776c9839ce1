#include "simulator/comparison/listing_comparison.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/clock.h"
#include "libs/http/url.h"
#include "simulator/api/json_place.h"
#include "simulator/comparison/compared_list.h"
#include "simulator/comparison/json_members.h"
#include "simulator/comparison/list_rules.h"
#include "simulator/comparison/page_comparison.h"

namespace lakeflow {
namespace {

using Json = nlohmann::ordered_json;

constexpr TimestampMicros kMonth = TimestampMicros{30} * 24 * 3600 * 1'000'000;
// Of a list: enough to see what its rules do, and little to ask of a source that others work with.
constexpr std::size_t kMostPages = 10;

std::string parameter(const std::string& name, const std::string& value) { return fmt::format("{}={}", percent_encode(name), percent_encode(value)); }

// A value that the filter may have, where no live record gives one.
std::string made_up_value(const FilterRole& filter) {
  if (filter.as != FilterValueKind::kTime) {
    return "1";
  }
  const Json time = write_time(filter.format, now_micros() - kMonth);
  return time.is_string() ? time.get<std::string>() : time.dump();
}

std::string query_of(const ListingQuery::Order& order, const SortRole& sort) {
  if (sort.direction_parameter.empty()) {
    return parameter(sort.parameter, (order.descending ? "-" : "") + order.name);
  }
  return parameter(sort.parameter, order.name) + "&" + parameter(sort.direction_parameter, order.descending ? "desc" : "asc");
}

class ListingComparison {
 public:
  ListingComparison(const ComparedListing& compared, ComparedSource& described, ComparedSource& live)
      : compared_(compared), listing_(compared.listing), described_(described), live_(live) {}

  Result<std::vector<ComparedRequest>> run() {
    LAKEFLOW_TRY(compare_pages());
    for (const FilterRole& filter : listing_.filters) {
      LAKEFLOW_TRY(compare_filter(filter));
    }
    if (!listing_.sort.parameter.empty()) {
      for (const auto& [name, field] : listing_.sort.fields) {
        LAKEFLOW_TRY(compare_order({.field = field, .name = name, .descending = false}));
        LAKEFLOW_TRY(compare_order({.field = field, .name = name, .descending = true}));
      }
    }
    if (!listing_.paging.size_parameter.empty()) {
      LAKEFLOW_TRY(compare_size());
    }
    LAKEFLOW_TRY(compare_unknown_parameter());
    if (!compared_.record_path.empty()) {
      LAKEFLOW_TRY(compare_record());
    }
    return std::move(results_);
  }

 private:
  struct Answers {
    ComparedAnswer ours;
    ComparedList theirs;
    const ComparedAnswer& theirs_first() const { return theirs.answers.front(); }
  };

  Result<Answers> ask(const std::string& query, std::size_t most_pages) {
    LAKEFLOW_ASSIGN(ComparedAnswer ours, described_.get(list_target(listing_, compared_.path, query), false));
    LAKEFLOW_ASSIGN(ComparedList theirs, read_list(live_, listing_, compared_.live_path, query, most_pages));
    return Answers{.ours = std::move(ours), .theirs = std::move(theirs)};
  }

  ComparedRequest& add(std::string what, const ComparedAnswer& ours, const ComparedAnswer& theirs) {
    results_.push_back({.endpoint = compared_.endpoint, .what = std::move(what)});
    if (ours.status != theirs.status) {
      results_.back().differences.push_back(fmt::format("status {}, live {}", ours.status, theirs.status));
    }
    return results_.back();
  }

  void skip(std::string what, std::string why) {
    results_.push_back({.endpoint = compared_.endpoint, .what = std::move(what), .differences = {}, .not_compared = std::move(why)});
  }

  Status compare_pages() {
    LAKEFLOW_ASSIGN(ours_, read_list(described_, listing_, compared_.path, "", kMostPages));
    LAKEFLOW_ASSIGN(theirs_, read_list(live_, listing_, compared_.live_path, "", kMostPages));
    std::optional<RecordList> records = as_records(compared_.shape, theirs_.records());
    obstacle_ = theirs_.has_no_list()       ? "the live first page is no list as it is described"
                : !records                  ? no_key()
                : theirs_.records().empty() ? "the live list is empty"
                                            : "";
    records_ = std::move(records).value_or(RecordList());
    if (ComparedRequest& seen = add("first page", ours_.answers.front(), theirs_.answers.front()); seen.differences.empty()) {
      seen.differences = compare_page(listing_, ours_, theirs_, 0);
    }
    if (listing_.paging.by != PagingRole::By::kNothing) {
      compare_second_page();
    }
    return {};
  }

  void compare_second_page() {
    const bool has_next = ours_.answers.size() > 1;
    const bool live_has_next = theirs_.answers.size() > 1;
    if (theirs_.has_no_list()) {
      skip("page 2", obstacle_);
    } else if (!live_has_next && !theirs_.is_whole) {
      skip("page 2", "the live first page says the next one otherwise than it is described");
    } else if (!has_next || !live_has_next) {
      skip("page 2", fmt::format("the {} first page says no next one: that may lie in how much it holds", has_next ? "live" : "described"));
    } else if (ComparedRequest& seen = add("page 2", ours_.answers[1], theirs_.answers[1]); seen.differences.empty()) {
      seen.differences = compare_page(listing_, ours_, theirs_, 1);
      if (theirs_.pages.size() > 1 && !theirs_.pages[1].empty() && theirs_.pages[1] == theirs_.pages[0]) {
        seen.differences.emplace_back("the live second page is the first one again");
      }
    }
  }

  // By the status, and by which of the live records come.
  Status compare_filter(const FilterRole& filter) {
    const std::string what = "filter " + filter.parameter;
    if (theirs_.has_no_list()) {
      skip(what, obstacle_);
      return {};
    }
    const std::vector<FilterProbe> probes = probe_filter(filter, records_, now_micros());
    if (probes.empty()) {
      LAKEFLOW_ASSIGN(const Answers answers, ask(parameter(filter.parameter, made_up_value(filter)), 1));
      add(what, answers.ours, answers.theirs_first()).not_compared = obstacle_.empty() ? no_two_values(filter.field) : obstacle_;
      return {};
    }
    ComparedRequest request{.endpoint = compared_.endpoint, .what = what};
    for (const FilterProbe& probe : probes) {
      LAKEFLOW_ASSIGN(const Answers answers, ask(parameter(filter.parameter, probe.value), kMostPages));
      const auto kept = as_records(compared_.shape, answers.theirs.records());
      if (answers.theirs_first().status != answers.ours.status) {
        request.differences.push_back(fmt::format("status {}, live {}", answers.ours.status, answers.theirs_first().status));
      } else if (answers.theirs.has_no_list()) {
        request.differences.push_back(fmt::format("{}: {}", probe.where, no_list()));
      } else if (!kept) {
        request.not_compared = no_key();
        break;
      } else if (const auto difference = compare_kept({.role = filter, .value = probe.value}, records_, *kept, answers.theirs.is_whole)) {
        request.differences.push_back(fmt::format("{}: {}", probe.where, *difference));
      }
      if (!request.differences.empty()) {
        break;  // the other values would say the same
      }
      if (!answers.theirs.is_whole) {
        request.not_compared = "what comes fits, but was not read to its end: whether something is missing can't be said";
      }
    }
    results_.push_back(std::move(request));
    return {};
  }

  Status compare_order(const ListingQuery::Order& order) {
    const std::string what = fmt::format("sort by {}{}", order.name, order.descending ? ", descending" : "");
    if (theirs_.has_no_list()) {
      skip(what, obstacle_);
      return {};
    }
    LAKEFLOW_ASSIGN(const Answers answers, ask(query_of(order, listing_.sort), 2));
    ComparedRequest& seen = add(what, answers.ours, answers.theirs_first());
    if (!seen.differences.empty()) {
      return {};
    }
    const auto records = as_records(compared_.shape, answers.theirs.records());
    if (answers.theirs.has_no_list()) {
      seen.differences.push_back(no_list());
    } else if (!records) {
      seen.not_compared = no_key();
    } else if (!has_two_values(order.field, *records)) {
      seen.not_compared = no_two_values(order.field);
    } else if (!is_in_order({order}, *records)) {
      seen.differences.emplace_back("the live records come in another order");
    }
    return {};
  }

  Status compare_size() {
    const std::string what = "size of pages " + listing_.paging.size_parameter;
    if (theirs_.has_no_list()) {
      skip(what, obstacle_);
      return {};
    }
    LAKEFLOW_ASSIGN(const Answers answers, ask(parameter(listing_.paging.size_parameter, "1"), 1));
    ComparedRequest& seen = add(what, answers.ours, answers.theirs_first());
    if (!seen.differences.empty()) {
      return {};
    }
    if (answers.theirs.has_no_list()) {
      seen.differences.push_back(no_list());
    } else if (answers.theirs.records().size() > 1) {
      seen.differences.emplace_back("the live source does not keep to it");
    } else if (theirs_.records().size() < 2) {
      seen.not_compared = "the live list has no two records";
    }
    return {};
  }

  Status compare_unknown_parameter() {
    LAKEFLOW_ASSIGN(const Answers answers, ask("lakeflow_unknown_parameter=1", 1));
    add("an unknown parameter", answers.ours, answers.theirs_first());
    return {};
  }

  Status compare_record() {
    const Json ours = ours_.records();
    if (!obstacle_.empty() || ours.empty()) {
      skip("single record", obstacle_.empty() ? "the description has no record" : obstacle_);
      return {};
    }
    LAKEFLOW_ASSIGN(const ComparedAnswer answer, described_.get(record_target(ours.front()), false));
    LAKEFLOW_ASSIGN(const ComparedAnswer live_answer, live_.get(record_target(theirs_.records().front()), false));
    if (ComparedRequest& seen = add("single record", answer, live_answer); seen.differences.empty()) {
      JsonMembers members;
      JsonMembers live_members;
      add_members(Json::parse(answer.body, nullptr, false), members);
      add_members(Json::parse(live_answer.body, nullptr, false), live_members);
      seen.differences = compare_members(members, live_members);
    }
    return {};
  }

  std::string record_target(const Json& record) const {
    std::string path;
    for (const std::string& part : compared_.record_path) {
      path += "/" + (part.starts_with('{') ? percent_encode(text_at(record, part.substr(1, part.size() - 2))) : part);
    }
    return path;
  }

  std::string no_list() const { return missing_list(listing_); }
  std::string no_key() const { return fmt::format("a live record has no {}, its key", compared_.shape.key); }
  static std::string no_two_values(const std::string& field) { return fmt::format("no two live records that were read differ in {}", field); }

  const ComparedListing& compared_;
  const Listing& listing_;
  ComparedSource& described_;
  ComparedSource& live_;
  ComparedList ours_;
  ComparedList theirs_;
  RecordList records_;    // of the live list
  std::string obstacle_;  // why nothing can be said of them; empty: something can
  std::vector<ComparedRequest> results_;
};

}  // namespace

Result<std::vector<ComparedRequest>> compare_listing(const ComparedListing& compared, ComparedSource& described, ComparedSource& live) {
  return ListingComparison(compared, described, live).run();
}

}  // namespace lakeflow
