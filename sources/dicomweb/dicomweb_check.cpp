#include "sources/dicomweb/dicomweb_check.h"

#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sources/dicomweb/orthanc_api.h"

namespace lakeflow {
namespace {

CheckFinding failed(std::string subject, const Error& error) { return {false, std::move(subject), error.message(), error.next_step(), error.kind()}; }

bool is_stop(const Error& error) { return error.kind() == ErrorKind::kInterrupted; }

// What the server says of itself, and whether its log can be read.
Result<std::vector<CheckFinding>> check_orthanc(DicomwebServer& server, const std::stop_token& stop) {
  OrthancApi api(server);
  const Result<OrthancSystem> system = api.system(stop);
  if (!system) {
    return is_stop(system.error()) ? Result<std::vector<CheckFinding>>(std::unexpected(system.error()))
                                   : std::vector{failed("GET /system", system.error())};
  }
  std::vector<CheckFinding> findings{{true, "GET /system", fmt::format("Orthanc {}", system->version), ""}};
  const Result<std::uint64_t> last = api.last_change(stop);
  const Result<std::uint64_t> count = last ? api.count(DicomLevel::kInstance, stop) : std::unexpected(last.error());
  if (!count) {
    return is_stop(count.error()) ? Result<std::vector<CheckFinding>>(std::unexpected(count.error()))
                                  : (findings.push_back(failed("GET /changes", count.error())), std::move(findings));
  }
  findings.push_back({true, "GET /changes", fmt::format("up to change {}, {} instances", *last, *count), ""});
  return findings;
}

// A server that is an Orthanc, and is read as any other.
CheckFinding look_for_orthanc(DicomwebServer& server, const std::stop_token& stop) {
  const std::string& base = server.options().base_url;
  constexpr std::string_view kRoot = "/dicom-web";
  if (base.ends_with(kRoot)) {
    const std::string root = base.substr(0, base.size() - kRoot.size());
    const Result<HttpResponse> response = server.send({.url = root + "/system"}, stop);
    if (response && response->status == 200 && nlohmann::json::parse(response->body, nullptr, false).contains("DatabaseVersion")) {
      return {true, "server",
              "an Orthanc, read as any DICOMweb server: set orthanc_url to the same address without /dicom-web, to read its changes alone", ""};
    }
  }
  return {true, "server", "DICOMweb, of which nothing more is known", ""};
}

std::string strategy_of(const DicomTable& table) {
  if (!table.of_orthanc) {
    return "snapshot: all is read by each run, twice at least, as pages may shift; what is missing then was deleted; changes between two runs are "
           "not "
           "seen";
  }
  return table.level == DicomLevel::kInstance
             ? "cdc_with_deletes: new instances by the log of changes; deletions by the ids, when the number of instances says so; not seen are "
               "instances that came and went between two runs"
             : "cdc_with_deletes: what new instances came into, by the log of changes; all again, when the number of instances says that some were "
               "deleted; not seen is a record that Orthanc changed by itself (reconstruct), until then";
}

Result<CheckFinding> check_search(DicomwebServer& server, const DicomTable& table, const std::stop_token& stop) {
  const std::string subject = fmt::format("GET /{}", table.name);
  const Result<QidoAnswer> answer = server.search(table, "limit=1", stop);
  if (!answer) {
    return is_stop(answer.error()) ? Result<CheckFinding>(std::unexpected(answer.error())) : failed(subject, answer.error());
  }
  if (answer->records.empty()) {
    return CheckFinding{true, subject, "search answered, with nothing yet", ""};
  }
  const nlohmann::json record = nlohmann::json::parse(answer->records.front().bytes, nullptr, false);
  const nlohmann::json characters = record.value(nlohmann::json::json_pointer("/00080005/Value/0"), nlohmann::json("ISO_IR 192"));
  if (characters != "ISO_IR 192" && characters != "GB18030") {
    return CheckFinding{false, subject,
                        fmt::format("the server answers in {}, which does not hold all names: it drops characters", characters.dump()),
                        R"(let it answer in UTF-8; of an Orthanc: "DefaultEncoding": "Utf8" in its configuration)"};
  }
  return CheckFinding{true, subject, "search answered, in UTF-8", ""};
}

}  // namespace

Result<std::vector<CheckFinding>> check_dicomweb_server(DicomwebServer& server, std::span<const DicomTable> tables, const std::stop_token& stop) {
  std::vector<CheckFinding> findings;
  if (server.options().is_orthanc()) {
    LAKEFLOW_ASSIGN(findings, check_orthanc(server, stop));
  } else {
    findings.push_back(look_for_orthanc(server, stop));
  }
  for (const DicomTable& table : tables) {
    LAKEFLOW_ASSIGN(CheckFinding search, check_search(server, table, stop));
    findings.push_back(std::move(search));
    findings.push_back({true, fmt::format("strategy of {}", table.name), strategy_of(table), ""});
  }
  return findings;
}

}  // namespace lakeflow
