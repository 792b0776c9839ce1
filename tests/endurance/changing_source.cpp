#include "tests/endurance/changing_source.h"

#include <fmt/format.h>
#include <httplib.h>

#include <algorithm>
#include <condition_variable>
#include <fstream>
#include <iterator>
#include <mutex>

namespace lakeflow::test {
namespace {

constexpr std::uint64_t kOwnIds = 120;  // ids that the client chooses
constexpr std::chrono::milliseconds kLongestPause{100};
constexpr const char* kJson = "application/fhir+json";

std::string resource_text(const std::string& type, const std::string& id, std::uint64_t change) {
  const std::string identity = id.empty() ? "" : fmt::format(R"("id":"{}",)", id);
  if (type == "Patient") {
    return fmt::format(R"({{"resourceType":"Patient",{}"active":true,"name":[{{"family":"Family{}","given":["Given"]}}],"birthDate":"1970-01-01"}})",
                       identity, change);
  }
  if (type == "Observation") {
    return fmt::format(
        R"({{"resourceType":"Observation",{}"status":"final","code":{{"text":"pulse"}},"valueQuantity":{{"value":{},"unit":"1/min"}}}})", identity,
        change);
  }
  return fmt::format(R"({{"resourceType":"Condition",{}"code":{{"text":"condition {}"}},"subject":{{"reference":"Patient/own-1"}}}})", identity,
                     change);
}

// "http://127.0.0.1:8080/fhir" into where it is and what is asked of it.
std::size_t path_begin(const std::string& url) { return url.find('/', url.find("//") + 2); }

}  // namespace

bool ResourceVersions::had(std::uint64_t number) const {
  return std::ranges::any_of(versions, [&](const Version& version) { return version.number == number && !version.deleted; });
}

bool ResourceVersions::was_deleted_after(std::uint64_t number) const {
  return std::ranges::any_of(versions, [&](const Version& version) { return version.number == number && version.deleted; });
}

const std::vector<std::string>& ChangingSource::types() {
  static const std::vector<std::string> names = {"Patient", "Observation", "Condition"};
  return names;
}

ChangingSource::ChangingSource(std::string fhir_base_url, std::filesystem::path inbox, std::uint64_t seed)
    : host_(fhir_base_url.substr(0, path_begin(fhir_base_url))),
      path_(fhir_base_url.substr(path_begin(fhir_base_url))),
      inbox_(std::move(inbox)),
      dice_(seed) {
  for (const std::string& type : types()) {
    resources_[type];
  }
}

ChangingSource::~ChangingSource() { stop(); }

void ChangingSource::start() {
  thread_ = std::jthread([this](const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    while (!stop.stop_requested()) {
      change_resource();
      if (choose(20) == 0) arrive();
      if (choose(60) == 0) grow();
      if (choose(60) == 0) rename();
      never.wait_for(lock, stop, std::chrono::milliseconds(choose(static_cast<std::uint64_t>(kLongestPause.count()))), [] { return false; });
    }
  });
}

void ChangingSource::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void ChangingSource::change_resource() {
  ++changes_;
  const std::string& type = types()[choose(types().size())];
  const std::uint64_t kind = choose(10);
  if (kind == 0) return create(type);
  const std::string live = some_live_id(type);
  if (kind == 1 && !live.empty()) return remove(type, live);
  // Of its own ids some are not there yet, or not any more.
  put(type, kind < 4 && !live.empty() ? live : fmt::format("own-{}", choose(kOwnIds)));
}

void ChangingSource::put(const std::string& type, const std::string& id) {
  const auto answer = httplib::Client(host_).Put(path_ + "/" + type + "/" + id, resource_text(type, id, changes_), kJson);
  note(type, id, answer ? answer->status : 0, answer ? answer->get_header_value("ETag") : "", false);
}

void ChangingSource::create(const std::string& type) {
  const auto answer = httplib::Client(host_).Post(path_ + "/" + type, resource_text(type, "", changes_), kJson);
  const std::string location = answer ? answer->get_header_value("Location") : "";
  const std::size_t begin = location.find("/" + type + "/");
  const std::size_t end = location.find("/_history");
  if (begin == std::string::npos || end == std::string::npos) {
    failures_.push_back(fmt::format("POST {}: no place in the answer: {}", type, location));
    return;
  }
  const std::size_t id = begin + type.size() + 2;
  note(type, location.substr(id, end - id), answer->status, answer->get_header_value("ETag"), false);
}

void ChangingSource::remove(const std::string& type, const std::string& id) {
  const auto answer = httplib::Client(host_).Delete(path_ + "/" + type + "/" + id);
  note(type, id, answer ? answer->status : 0, "", true);
}

void ChangingSource::note(const std::string& type, const std::string& id, int status, const std::string& entity_tag, bool deleted) {
  if (status < 200 || status > 299) {
    failures_.push_back(fmt::format("{}/{}: status {}", type, id, status));
    return;
  }
  std::vector<ResourceVersions::Version>& versions = resources_[type][id].versions;
  const std::uint64_t number =
      deleted ? versions.back().number : std::strtoull(entity_tag.c_str() + std::min<std::size_t>(3, entity_tag.size()), nullptr, 10);
  if (!deleted && !versions.empty() && number <= versions.back().number) {
    failures_.push_back(fmt::format("{}/{}: version {} after {}", type, id, number, versions.back().number));
  }
  versions.push_back({.number = number, .deleted = deleted});
}

std::string ChangingSource::some_live_id(const std::string& type) {
  const std::map<std::string, ResourceVersions>& known = resources_[type];
  if (known.empty()) return {};
  auto one = std::next(known.begin(), static_cast<std::ptrdiff_t>(choose(known.size())));
  one = std::find_if(one, known.end(), [](const auto& entry) { return entry.second.is_live(); });
  return one == known.end() ? std::string() : one->first;
}

std::string ChangingSource::message() {
  const std::size_t number = messages_.size() + 1;
  const std::string control_id = fmt::format("M{}", number);
  const bool admission = number % 3 == 0;
  const int observations = admission ? 0 : static_cast<int>(choose(4));
  std::string text = fmt::format("MSH|^~\\&|LAB|EAST|EHR|EAST|20240501{:02}{:02}00||{}|{}|P|2.5.1\rPID|1||P{}^^^EAST^MR||Family^Given||19700101|F\r",
                                 number / 60 % 24, number % 60, admission ? "ADT^A01^ADT_A01" : "ORU^R01^ORU_R01", control_id, number % 40);
  text += admission ? "PV1|1|I|WARD^1^2\r" : "OBR|1|||88^Glucose\r";
  for (int i = 1; i <= observations; ++i) {
    text += fmt::format("OBX|{}|NM|88^Glucose||{}|mmol/L|||||F\r", i, number % 90);
  }
  messages_[control_id] = observations;
  return text;
}

// A file appears whole.
void ChangingSource::arrive() {
  const std::filesystem::path file = inbox_ / fmt::format("{:06}.hl7", ++files_);
  const std::filesystem::path part = file.string() + ".part";
  std::ofstream out(part, std::ios::binary);
  for (std::uint64_t count = 1 + choose(6); count > 0; --count) {
    out << message();
  }
  out.close();
  std::filesystem::rename(part, file);
  newest_file_ = file;
}

void ChangingSource::grow() {
  if (newest_file_.empty()) return;
  const std::string more = message();
  std::ofstream(newest_file_, std::ios::binary | std::ios::app).write(more.data(), static_cast<std::streamsize>(more.size()));
}

// It stays the same file: what was read of it is not read again, and it may still grow.
void ChangingSource::rename() {
  if (newest_file_.empty()) return;
  const std::filesystem::path renamed = inbox_ / fmt::format("{:06}_renamed.hl7", ++files_);
  std::filesystem::rename(newest_file_, renamed);
  newest_file_ = renamed;
}

std::uint64_t ChangingSource::choose(std::uint64_t below) { return std::uniform_int_distribution<std::uint64_t>(0, below - 1)(dice_); }

}  // namespace lakeflow::test
