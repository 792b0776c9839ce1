#include "sources/healthcare/fhir/fhir_check.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/clock.h"
#include "sources/healthcare/fhir/fhir_capability.h"
#include "sources/healthcare/fhir/fhir_patient_compartment.h"
#include "sources/healthcare/fhir/fhir_patient_probe.h"
#include "sources/healthcare/fhir/fhir_scope.h"
#include "sources/healthcare/fhir/fhir_search.h"

namespace lakeflow {
namespace {

CheckFinding failed(std::string subject, const Error& error) { return {false, std::move(subject), error.message(), error.next_step(), error.kind()}; }

CheckFinding judge_capability(const FhirCapability& capability) {
  const std::string what =
      fmt::format("{}, FHIR {}", capability.software, capability.fhir_version.empty() ? "of no said version" : capability.fhir_version);
  if (!capability.fhir_version.starts_with("4.")) {
    return {false, "GET /metadata", what, "the tables are those of FHIR R4 (4.0.1): name the server's R4 base URL"};
  }
  return {true, "GET /metadata", what, ""};
}

CheckFinding judge_answer(std::string subject, const std::string& type, const FhirTypeSupport& support, const Result<std::optional<FhirPage>>& page) {
  if (!page) {
    return failed(subject, page.error());
  }
  if (!*page) {
    return {false, subject, "the server has no such resource type (404)", fmt::format("leave {} out of the pipeline", type)};
  }
  std::string message = "search answered";
  if (support.search) {
    message += support.by_last_updated ? ", declared with _lastUpdated" : ", declared without _lastUpdated";
  } else {
    message += ", though not declared";
  }
  return {true, subject, std::move(message), ""};
}

// What is known once the server was asked for the first time.
CheckFinding judge_token(const OAuthCredentials& oauth) {
  const std::optional<double> life = oauth.token_life();
  const std::optional<std::string> scope = oauth.granted_scope();
  return {true, "authorization",
          fmt::format("a token {}, {}", life ? fmt::format("for {:.0f} s", *life) : "for a time that was not said",
                      scope ? "scope " + shown_scope(*scope) : "of no said scope"),
          ""};
}

// A server may answer with nothing at all where it should refuse: a table would stay empty, and look whole.
CheckFinding judge_scope(CheckFinding finding, const OAuthCredentials& oauth, const std::string& type) {
  const std::optional<std::string> scope = oauth.granted_scope();
  if (scope && !scope_allows_search(*scope, type)) {
    return {false, finding.subject, fmt::format("the granted scope does not let {} be searched ({})", type, finding.message),
            fmt::format("let the client have system/{0}.rs (SMART 2) or system/{0}.read on the authorization server, and name it in scope", type)};
  }
  return finding;
}

// "1d", "90m", "45s"
std::string in_words(TimestampMicros duration) {
  const std::int64_t seconds = duration / 1'000'000;
  if (seconds == 0) return "with each run";
  if (seconds % 86400 == 0) return fmt::format("every {}d", seconds / 86400);
  if (seconds % 3600 == 0) return fmt::format("every {}h", seconds / 3600);
  if (seconds % 60 == 0) return fmt::format("every {}m", seconds / 60);
  return fmt::format("every {}s", seconds);
}

// What a reader of the table gets to see, and what not.
std::string sight_of(FhirStrategy strategy, const FhirReadOptions& reading) {
  const std::string compared =
      reading.compares_ids ? fmt::format("ids are compared {}", in_words(reading.interval(strategy))) : "ids are never compared";
  switch (strategy) {
    case FhirStrategy::kHistory:
      return fmt::format("every version and deletion after the first load, which shows the newest versions only; {}", compared);
    case FhirStrategy::kSearch:
      return fmt::format("the newest version at each run, so with SCD_TYPE_2 versions between two runs are missing; {}",
                         reading.compares_ids ? compared + " to find deletions" : compared + ": deletions are not seen");
    case FhirStrategy::kCompare:
      return "the whole table is read by each run, what is missing then was deleted; with SCD_TYPE_2 versions between two runs are missing";
    case FhirStrategy::kAuto: break;
  }
  return {};
}

bool lacks_times(const FhirPage& page, std::string_view type) {
  return std::ranges::any_of(page.answer.entries,
                             [type](const fhir::BundleEntry& entry) { return entry.resource_type == type && !parse_utc(entry.last_updated); });
}

// By which strategy the table is read, and why. Its search was answered.
Result<CheckFinding> judge_strategy(FhirServer& server, const CheckedFhirTable& table, const FhirTypeSupport& support, const FhirPage& page,
                                    const std::stop_token& stop) {
  const std::string subject = fmt::format("strategy of {}", table.type);
  const FhirStrategy chosen = table.reading.strategy;
  FhirStrategyFinding found{chosen, table.reading.by_patient    ? "the table is read by patient"
                                    : table.reading.is_filtered ? "the table has a search_filter"
                                                                : "it was chosen"};
  if (chosen == FhirStrategy::kAuto || chosen == FhirStrategy::kHistory) {
    Result<FhirStrategyFinding> asked = find_fhir_strategy(server, table.type, chosen == FhirStrategy::kHistory || support.history, stop);
    if (!asked) {
      return asked.error().kind() == ErrorKind::kInterrupted ? Result<CheckFinding>(std::unexpected(asked.error())) : failed(subject, asked.error());
    }
    if (chosen == FhirStrategy::kHistory && asked->strategy != FhirStrategy::kHistory) {
      return CheckFinding{false, subject, fmt::format("history: the server answers _history with {}", server.last_status()),
                          "take strategy: history out, or set search"};
    }
    found = chosen == FhirStrategy::kAuto ? *std::move(asked) : found;
  }
  std::string message = fmt::format("{}, as {}: {}", fhir_strategy_name(found.strategy), found.why, sight_of(found.strategy, table.reading));
  if (table.reading.by_patient) {
    message += "; not seen is what is about nobody in the list, and deletions among the rows of who left it";
  }
  if (found.strategy != FhirStrategy::kCompare && lacks_times(page, table.type)) {
    return CheckFinding{false, subject,
                        fmt::format("{}, and the server gives resources without meta.lastUpdated", fhir_strategy_name(found.strategy)),
                        "set strategy: compare for this table: it needs no times"};
  }
  return CheckFinding{true, subject, message, ""};
}

// The lists of patients that tables are read by; each is had once.
class CheckedPatients {
 public:
  CheckedPatients(FhirServer& server, std::int64_t page_size, Logger& log) : server_(server), page_size_(page_size), log_(log) {}

  // An error only where a stop was asked for. A finding of it is added where it is a new one.
  Result<std::vector<std::string>> of(const FhirPatientSource& source, std::vector<CheckFinding>& findings, const std::stop_token& stop) {
    const auto known = std::ranges::find(lists_, source, &std::pair<FhirPatientSource, std::vector<std::string>>::first);
    if (known != lists_.end()) {
      return known->second;
    }
    Result<std::vector<std::string>> patients = load_patients(server_, source, page_size_, log_, stop);
    if (!patients && patients.error().kind() == ErrorKind::kInterrupted) {
      return patients;
    }
    if (!patients) {
      findings.push_back(failed("patients", patients.error()));
    } else if (patients->empty()) {
      findings.push_back({false, "patients", fmt::format("none, by {}", source.in_words()), "nothing would be read: is it the right list?"});
    } else {
      findings.push_back({true, "patients", fmt::format("{}, by {}", patients->size(), source.in_words()), ""});
    }
    return lists_.emplace_back(source, std::move(patients).value_or(std::vector<std::string>())).second;
  }

 private:
  FhirServer& server_;
  const std::int64_t page_size_;
  Logger& log_;
  std::vector<std::pair<FhirPatientSource, std::vector<std::string>>> lists_;
};

// A search for one of the first patients that the server does not refuse, as the reader sends it.
Result<std::optional<FhirPage>> search_for_one(FhirServer& server, const std::string& type, std::span<const std::string> patients,
                                               const std::stop_token& stop) {
  constexpr std::size_t kTried = 3;
  Result<std::optional<FhirPage>> page = std::nullopt;
  for (const std::string& patient : patients.first(std::min(patients.size(), kTried))) {
    const FhirSearch search{.further = patient_search(type, patient)};
    page = server.get_bundle(search.url(server.base_url(), type, "_lastUpdated", 1), stop);
    if ((page && *page) || (!page && page.error().kind() == ErrorKind::kInterrupted)) {
      return page;
    }
  }
  return page;
}

}  // namespace

Result<std::vector<CheckFinding>> check_fhir_server(FhirServer& server, std::span<const CheckedFhirTable> tables, std::int64_t page_size, Logger& log,
                                                    const std::stop_token& stop) {
  std::vector<CheckFinding> findings;
  const Result<FhirCapability> capability = FhirCapability::fetch(server, stop);
  if (!capability) {
    if (capability.error().kind() == ErrorKind::kInterrupted) {
      return std::unexpected(capability.error());
    }
    findings.push_back(failed("GET /metadata", capability.error()));
    return findings;
  }
  findings.push_back(judge_capability(*capability));
  if (server.oauth() != nullptr) {
    findings.push_back(judge_token(*server.oauth()));
  }
  CheckedPatients lists(server, page_size, log);
  for (const CheckedFhirTable& table : tables) {
    const FhirTypeSupport support = capability->of(table.type);
    std::string subject = fmt::format("GET /{}", table.type);
    Result<std::optional<FhirPage>> page = std::nullopt;
    if (table.reading.by_patient) {
      LAKEFLOW_ASSIGN(const std::vector<std::string> patients, lists.of(table.patients, findings, stop));
      if (patients.empty()) {
        continue;  // which was said
      }
      subject += fmt::format("?{}", patient_search_parameter(table.type));
      page = search_for_one(server, table.type, patients, stop);
    } else {
      page = server.get_bundle(fmt::format("{}/{}?_count=1", server.base_url(), table.type), stop);
      if (!page) {
        page = std::unexpected(explain_refusal(server, table.type, std::move(page).error(), stop));
      }
    }
    if (!page && page.error().kind() == ErrorKind::kInterrupted) {
      return std::unexpected(page.error());
    }
    CheckFinding finding = judge_answer(std::move(subject), table.type, support, page);
    findings.push_back(server.oauth() != nullptr ? judge_scope(std::move(finding), *server.oauth(), table.type) : std::move(finding));
    if (page && *page) {
      LAKEFLOW_ASSIGN(CheckFinding strategy, judge_strategy(server, table, support, **page, stop));
      findings.push_back(std::move(strategy));
    }
  }
  return findings;
}

}  // namespace lakeflow
