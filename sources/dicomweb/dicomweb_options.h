#pragma once

#include <cstdint>
#include <string>

#include "base/error.h"
#include "base/options.h"
#include "libs/http/http_client.h"

namespace lakeflow {

// The options of connector_spec.yaml that say how the server is reached.
struct DicomwebOptions {
  std::string base_url;     // of DICOMweb, without a slash at its end
  std::string orthanc_url;  // of Orthanc's own REST API, likewise; empty: a server of which nothing but DICOMweb is known
  HttpClientOptions http;   // its credentials and limits are shared by all who connect by these options
  std::int64_t page_size = 0;
  std::int64_t delete_check_limit = 0;      // percent
  std::int64_t comparison_interval_us = 0;  // how old the last comparison with Orthanc's ids may be

  bool is_orthanc() const { return !orthanc_url.empty(); }

  // A user error where an option is missing or makes no sense with another (auth_type bearer without token).
  static Result<DicomwebOptions> parse(const Options& connection_options);
};

}  // namespace lakeflow
