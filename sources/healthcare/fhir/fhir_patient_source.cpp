#include "sources/healthcare/fhir/fhir_patient_source.h"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/redaction.h"
#include "sources/healthcare/fhir/fhir_paging.h"
#include "sources/healthcare/fhir/fhir_paging_proof.h"
#include "sources/healthcare/fhir/fhir_patient_compartment.h"
#include "sources/healthcare/fhir/fhir_search.h"
#include "sources/healthcare/fhir/fhir_seen_versions.h"
#include "sources/healthcare/fhir/fhir_table_options.h"

namespace lakeflow {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kLongestId = 128;  // FHIR has 64; servers have longer ones
constexpr std::size_t kMostGroups = 1000;
constexpr int kReadings = 5;
constexpr std::string_view kForms =
    "write Group/ID, Patient for all patients that a search finds, or Patient?PARAMETERS; a file of ids is patients_file";

bool is_id(std::string_view text) {
  return !text.empty() && text.size() <= kLongestId &&
         std::ranges::all_of(text, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '.' || c == '_'; });
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r";
  text.remove_prefix(std::min(text.find_first_not_of(kBlank), text.size()));
  return text.substr(0, text.find_last_not_of(kBlank) + 1);
}

Result<FhirPatientSource> parse_place(std::string_view text) {
  constexpr std::string_view kGroup = "Group/";
  constexpr std::string_view kSearch = "Patient?";
  if (text.starts_with(kGroup) && is_id(text.substr(kGroup.size()))) {
    return FhirPatientSource{.kind = FhirPatientSource::Kind::kGroup, .place = std::string(text.substr(kGroup.size()))};
  }
  if (text == "Patient") {
    return FhirPatientSource{.kind = FhirPatientSource::Kind::kSearch, .place = {}};
  }
  if (text.starts_with(kSearch) && text.size() > kSearch.size()) {
    Result<std::string> parameters = encode_search_filter(text.substr(kSearch.size()), "option patients");
    return parameters ? Result<FhirPatientSource>(FhirPatientSource{.kind = FhirPatientSource::Kind::kSearch, .place = *std::move(parameters)})
                      : std::unexpected(std::move(parameters).error());
  }
  return std::unexpected(Error::user("option patients is neither a Group nor a search for patients", std::string(kForms)));
}

Result<std::set<std::string>> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return std::unexpected(Error::user(fmt::format("the file of patients {} can't be read", path), "name one that is there in patients_file"));
  }
  std::set<std::string> patients;
  std::string line;
  for (std::uint64_t number = 1; std::getline(file, line); ++number) {
    std::string_view text = line;
    if (number == 1 && text.starts_with("\xEF\xBB\xBF")) {
      text.remove_prefix(3);
    }
    text = trimmed(text);
    if (text.empty() || text.front() == '#') {
      continue;
    }
    text.remove_prefix(text.starts_with("Patient/") ? std::string_view("Patient/").size() : 0);
    if (!is_id(text)) {
      return std::unexpected(Error::user(fmt::format("the file of patients {} has no id of a patient in line {}", path, number),
                                         "write an id a line, such as 12 or Patient/12; a line that begins with # is left out"));
    }
    patients.emplace(text);
  }
  if (file.bad()) {
    return std::unexpected(Error::user(fmt::format("the file of patients {} can't be read to its end", path)));
  }
  if (patients.empty()) {
    return std::unexpected(Error::user(fmt::format("the file of patients {} holds no id", path), "write an id a line"));
  }
  return patients;
}

const Json* member(const Json& object, const char* name) {
  const auto found = object.is_object() ? object.find(name) : object.end();
  return found == object.end() ? nullptr : &*found;
}

std::string text_of(const Json& object, const char* name) {
  const Json* value = member(object, name);
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

// Takes the members of one Group: patients, and further Groups to ask for.
Status take_members(const Json& group, std::string_view id, std::set<std::string>& patients, std::vector<std::string>& groups) {
  const Json* members = member(group, "member");
  if (members == nullptr || !members->is_array()) {
    const Json* actual = member(group, "actual");
    const bool is_description = actual != nullptr && actual->is_boolean() && !actual->get<bool>();
    return is_description ? Status(std::unexpected(
                                Error::source(fmt::format("Group/{} describes whom it is of, and has no members", id),
                                              "name a Group of actual members, or find the patients by a search: patients: Patient?PARAMETERS")))
                          : Status();
  }
  for (const Json& each : *members) {
    const Json* inactive = member(each, "inactive");
    const Json* entity = member(each, "entity");
    if (entity == nullptr || (inactive != nullptr && inactive->is_boolean() && inactive->get<bool>())) {
      continue;
    }
    const std::string reference = text_of(*entity, "reference");
    for (const std::string& patient : patients_of_references(reference)) {
      if (is_id(patient)) {
        patients.insert(patient);
      }
    }
    constexpr std::string_view kGroup = "Group/";
    const std::size_t at = reference.starts_with(kGroup) ? 0 : reference.find("/Group/");
    if (at != std::string::npos) {
      const std::string_view rest = std::string_view(reference).substr(reference.find(kGroup, at) + kGroup.size());
      if (const std::string_view other = rest.substr(0, rest.find('/')); is_id(other)) {
        groups.emplace_back(other);
      }
    }
  }
  return {};
}

Result<std::set<std::string>> read_group(FhirServer& server, const std::string& first, const std::stop_token& stop) {
  std::set<std::string> patients;
  std::set<std::string> asked;
  std::vector<std::string> groups{first};
  while (!groups.empty()) {
    const std::string id = std::move(groups.back());
    groups.pop_back();
    if (!asked.insert(id).second) {
      continue;
    }
    if (asked.size() > kMostGroups) {
      return std::unexpected(Error::source(fmt::format("Group/{} has more than {} Groups below it", first, kMostGroups)));
    }
    LAKEFLOW_ASSIGN(const HttpResponse answer, server.get(fmt::format("{}/Group/{}", server.base_url(), percent_encode(id)), stop));
    if (answer.status < 200 || answer.status >= 300) {
      const Error refused = server.refusal(answer);
      return std::unexpected(Error::source(fmt::format("the list of patients: {}", refused.message()),
                                           answer.status == 404 || answer.status == 410 ? "name a Group that the server has" : refused.next_step()));
    }
    const Json group = Json::parse(answer.body, nullptr, false);
    if (text_of(group, "resourceType") != "Group") {
      return std::unexpected(Error::source(fmt::format("the list of patients: {} answered with no Group", redact_url(answer.url)),
                                           "is fhir_base_url the base of a FHIR server?"));
    }
    LAKEFLOW_TRY(take_members(group, id, patients, groups));
  }
  return patients;
}

// All pages of one search for patients; what they hold is added.
class PatientSearch {
 public:
  PatientSearch(FhirServer& server, const std::string& parameters, std::int64_t page_size) : server_(server), parameters_(parameters) {
    const FhirSearch search{.further = parameters + (parameters.empty() ? "" : "&") + "_elements=id,meta"};
    first_url_ = search.url(server.base_url(), "Patient", "", page_size);
  }

  Result<std::set<std::string>> read(Logger& log, const std::stop_token& stop) {
    while (!is_whole_) {
      LAKEFLOW_ASSIGN(const bool came_to_its_end, read_once(stop));
      is_whole_ = came_to_its_end && proof_.holds() && !proof_.falls_short();
      if (!is_whole_ && ++readings_ >= kReadings) {
        log.log(LogLevel::kWarning,
                "the search for the patients is not known to be whole, as the server's data change under it: some may be missing "
                "from this run",
                {{"patients", std::to_string(patients_.size())}});
        break;
      }
    }
    return std::move(patients_);
  }

 private:
  // False where the paging expired.
  Result<bool> read_once(const std::stop_token& stop) {
    proof_.begin_reading();
    paging_.begin();
    while (true) {  // ends with the pages, or their links
      const bool is_first = paging_.is_at_first_page();
      Result<std::optional<FhirPage>> answered = server_.get_bundle(is_first ? first_url_ : paging_.next_url(), stop);
      if (!answered && answered.error().kind() != ErrorKind::kInterrupted && is_first) {
        return std::unexpected(Error::source(fmt::format("the list of patients: {}", answered.error().message()),
                                             "where the server does not let patients be searched, name them: patients: Group/ID, or patients_file"));
      }
      LAKEFLOW_ASSIGN(const std::optional<FhirPage> page, std::move(answered));
      if (!page && is_first) {
        return std::unexpected(
            Error::source(fmt::format("{} answered that it is not there (404 or 410)", redact_url(first_url_)), "check fhir_base_url"));
      }
      if (!page) {
        return false;
      }
      if (is_first) {
        LAKEFLOW_TRY(check_filter_was_understood(*page, "Patient", parameters_, "patients"));
      }
      take(*page);
      if (page->answer.next_link.empty()) {
        return true;
      }
      LAKEFLOW_TRY(paging_.follow(*page));
    }
  }

  void take(const FhirPage& page) {
    proof_.take_page(page.answer.total, page.date);
    for (const fhir::BundleEntry& entry : page.answer.entries) {
      if (reason_to_leave_out(entry, "Patient").empty() && !entry.id.empty()) {
        proof_.take_version(SeenVersions::hash_of(entry), parse_utc(entry.last_updated));
        patients_.insert(entry.id);
      }
    }
  }

  FhirServer& server_;
  const std::string& parameters_;
  std::string first_url_;
  FhirPaging paging_;
  PagingProof proof_;
  int readings_ = 0;
  bool is_whole_ = false;
  std::set<std::string> patients_;
};

Result<std::set<std::string>> load(FhirServer& server, const FhirPatientSource& source, std::int64_t page_size, Logger& log,
                                   const std::stop_token& stop) {
  switch (source.kind) {
    case FhirPatientSource::Kind::kFile: return read_file(source.place);
    case FhirPatientSource::Kind::kGroup: return read_group(server, source.place, stop);
    case FhirPatientSource::Kind::kSearch: return PatientSearch(server, source.place, page_size).read(log, stop);
    case FhirPatientSource::Kind::kNone: break;
  }
  return std::unexpected(Error::internal("no list of patients was asked for"));
}

}  // namespace

Result<FhirPatientSource> FhirPatientSource::parse(const Options& connection_options, const Options& table_options) {
  if (const std::optional<std::string> own = table_options.find("patients"); own && !own->empty()) {
    return *own == "none" ? Result<FhirPatientSource>(FhirPatientSource()) : parse_place(*own);
  }
  const std::string place = connection_options.text("patients");
  const std::string file = connection_options.text("patients_file");
  if (!place.empty() && !file.empty()) {
    return std::unexpected(Error::user("patients and patients_file are both set", "take one of them out"));
  }
  if (!file.empty()) {
    return FhirPatientSource{.kind = Kind::kFile, .place = file};
  }
  return place.empty() ? Result<FhirPatientSource>(FhirPatientSource()) : parse_place(place);
}

bool FhirPatientSource::reads_by_patient(std::string_view type) const {
  const bool is_all = kind == Kind::kSearch && place.empty();
  return kind != Kind::kNone && is_of_patient_compartment(type) && !(is_all && type == "Patient");
}

std::string FhirPatientSource::in_words() const {
  switch (kind) {
    case Kind::kGroup: return "Group/" + place;
    case Kind::kSearch: return "a search for Patient";
    case Kind::kFile: return place;
    case Kind::kNone: break;
  }
  return "nowhere";
}

Result<std::vector<std::string>> load_patients(FhirServer& server, const FhirPatientSource& source, std::int64_t page_size, Logger& log,
                                               const std::stop_token& stop) {
  LAKEFLOW_ASSIGN(std::set<std::string> patients, load(server, source, page_size, log, stop));
  if (patients.empty()) {
    log.log(LogLevel::kWarning, "the list of patients is empty: nothing is read", {{"patients", source.in_words()}});
  }
  return std::vector<std::string>(std::make_move_iterator(patients.begin()), std::make_move_iterator(patients.end()));
}

}  // namespace lakeflow
