#include "sources/dicomweb/dicomweb_server.h"

#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/redaction.h"
#include "sources/interface/raw_records.h"

namespace lakeflow {
namespace {

constexpr int kReadingsOfUnreadableJson = 3;  // a body may have been cut

}  // namespace

Error dicomweb_refusal(const HttpResponse& response) {
  Error error = status_error(response);
  if (response.status == 404) {
    return Error::source(error.message(), "is base_url where the server has DICOMweb (of an Orthanc: with the plugin, at /dicom-web)?");
  }
  return error;
}

Result<std::unique_ptr<DicomwebServer>> DicomwebServer::connect(const DicomwebOptions& options, Logger& log) {
  HttpClientOptions http_options = options.http;
  http_options.log = &log;
  LAKEFLOW_ASSIGN(std::unique_ptr<HttpClient> http, HttpClient::make(std::move(http_options)));
  return std::make_unique<DicomwebServer>(options, std::move(http));
}

Result<QidoAnswer> DicomwebServer::search(const DicomTable& table, std::string_view query, const std::stop_token& stop) {
  // One parameter for each, as the standard has it, too: Orthanc's plugin does not see a list whose commas are encoded.
  const std::string url = fmt::format("{}/{}?{}{}includefield={}", options_.base_url, table.name, query, query.empty() ? "" : "&",
                                      fmt::join(table.further_tags, "&includefield="));
  for (int reading = 1;; ++reading) {
    LAKEFLOW_ASSIGN(HttpResponse response, send({.url = url, .headers = {{"Accept", "application/dicom+json"}}}, stop));
    QidoAnswer answer;
    answer.url = redact_url(response.url);
    answer.wire_bytes = response.wire_bytes;
    if (response.status == 204) {
      return answer;
    }
    if (response.status < 200 || response.status >= 300) {
      return std::unexpected(dicomweb_refusal(response));
    }
    answer.has_more = response.header("warning").starts_with("299");
    answer.text = std::make_shared<std::string>(std::move(response.body));
    const std::size_t size = answer.text->size();
    answer.text->append(kPadding, ' ');
    Result<std::vector<QidoRecord>> records = split_qido_records(std::string_view(*answer.text).substr(0, size));
    if (records) {
      answer.records = *std::move(records);
      return answer;
    }
    if (reading == kReadingsOfUnreadableJson) {
      return std::unexpected(Error::source(
          fmt::format("{} answered {} with {} bytes of {}, {}", answer.url, response.status, size,
                      response.headers.contains("content-type") ? response.header("content-type") : "an unnamed type", records.error().message()),
          "is base_url the base of DICOMweb, and not of a page before it?"));
    }
  }
}

}  // namespace lakeflow
