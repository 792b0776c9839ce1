#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/logging.h"
#include "libs/http/http_client.h"
#include "sources/dicomweb/dicom_table.h"
#include "sources/dicomweb/dicomweb_options.h"
#include "sources/dicomweb/qido_answer.h"

namespace lakeflow {

// A DICOMweb server as one reader sees it. Used by one thread at a time.
class DicomwebServer {
 public:
  // The log outlives it.
  static Result<std::unique_ptr<DicomwebServer>> connect(const DicomwebOptions& options, Logger& log);
  DicomwebServer(DicomwebOptions options, std::unique_ptr<HttpClient> http) : options_(std::move(options)), http_(std::move(http)) {}

  const DicomwebOptions& options() const { return options_; }

  // Searches the table's level. `query`: further parameters, percent-encoded, without an ampersand before them. An answer without content (204) has
  // no records. Errors are source errors: another status, or what is no DICOM JSON.
  Result<QidoAnswer> search(const DicomTable& table, std::string_view query, const std::stop_token& stop);

  Result<HttpResponse> send(HttpRequest request, const std::stop_token& stop) { return http_->send(request, stop); }

 private:
  DicomwebOptions options_;
  std::unique_ptr<HttpClient> http_;
};

// The error of an answer that is no success (http_client.h), with what it may have to do with DICOMweb.
Error dicomweb_refusal(const HttpResponse& response);

}  // namespace lakeflow
