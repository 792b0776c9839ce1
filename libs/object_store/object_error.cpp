#include "libs/object_store/object_error.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace lakeflow {
namespace {

struct Symptom {
  std::string_view text;
  ErrorKind kind;
  std::string_view next_step;
};

constexpr std::string_view kCheckCredentials =
    "check the credentials in the options storage_…, and that they may list and read what storage_path names";
constexpr std::string_view kCheckNames = "check storage_path: the bucket or container has to be there";
constexpr std::string_view kCheckEndpoint = "check storage_endpoint and storage_region, and that this machine reaches the service";
constexpr std::string_view kTryAgain = "the service is overloaded or broken for now: run it again later";
constexpr std::string_view kCheckAuthorities =
    "the service's certificate is not trusted: put its authority into the system's, or give ca_file (S3) or the environment's SSL_CERT_FILE (Azure)";

// Words of the three SDKs, the most telling first.
constexpr std::array kSymptoms = {
    Symptom{"NO_SUCH_BUCKET", ErrorKind::kUser, kCheckNames},
    Symptom{"ContainerNotFound", ErrorKind::kUser, kCheckNames},
    Symptom{"The specified bucket does not exist", ErrorKind::kUser, kCheckNames},
    Symptom{"ACCESS_DENIED", ErrorKind::kUser, kCheckCredentials},
    Symptom{"INVALID_ACCESS_KEY_ID", ErrorKind::kUser, kCheckCredentials},
    Symptom{"SIGNATURE_DOES_NOT_MATCH", ErrorKind::kUser, kCheckCredentials},
    Symptom{"INVALID_SIGNATURE", ErrorKind::kUser, kCheckCredentials},
    Symptom{"UNRECOGNIZED_CLIENT", ErrorKind::kUser, kCheckCredentials},
    Symptom{"EXPIRED_TOKEN", ErrorKind::kUser, kCheckCredentials},
    Symptom{"HTTP status: 403", ErrorKind::kUser, kCheckCredentials},
    Symptom{"HTTP status: 401", ErrorKind::kUser, kCheckCredentials},
    Symptom{"HTTP code: 403", ErrorKind::kUser, kCheckCredentials},
    Symptom{"AuthorizationFailure", ErrorKind::kUser, kCheckCredentials},
    Symptom{"AuthenticationFailed", ErrorKind::kUser, kCheckCredentials},
    Symptom{"AuthorizationPermissionMismatch", ErrorKind::kUser, kCheckCredentials},
    Symptom{"Base64", ErrorKind::kUser, kCheckCredentials},
    Symptom{"] 403 ", ErrorKind::kUser, kCheckCredentials},
    Symptom{"] 401 ", ErrorKind::kUser, kCheckCredentials},
    Symptom{"PERMISSION_DENIED", ErrorKind::kUser, kCheckCredentials},
    Symptom{"Permission denied", ErrorKind::kUser, kCheckCredentials},
    Symptom{"UNAUTHENTICATED", ErrorKind::kUser, kCheckCredentials},
    Symptom{"Unauthenticated", ErrorKind::kUser, kCheckCredentials},
    Symptom{"SSL", ErrorKind::kSource, kCheckAuthorities},
    Symptom{"certificate", ErrorKind::kSource, kCheckAuthorities},
    Symptom{"SLOW_DOWN", ErrorKind::kSource, kTryAgain},
    Symptom{"SERVICE_UNAVAILABLE", ErrorKind::kSource, kTryAgain},
    Symptom{"INTERNAL_FAILURE", ErrorKind::kSource, kTryAgain},
    Symptom{"HTTP status: 5", ErrorKind::kSource, kTryAgain},
    Symptom{"] 50", ErrorKind::kSource, kTryAgain},
    Symptom{"NETWORK_CONNECTION", ErrorKind::kSource, kCheckEndpoint},
    Symptom{"curl", ErrorKind::kSource, kCheckEndpoint},
    Symptom{"ould not connect", ErrorKind::kSource, kCheckEndpoint},
    Symptom{"ouldn't resolve", ErrorKind::kSource, kCheckEndpoint},
};

std::string shortened(std::string text, const ObjectStoreOptions& options) {
  for (const std::string& secret : options.secrets()) {
    for (std::size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, at)) {
      text.replace(at, secret.size(), "***");
    }
  }
  // What follows the first line is the service's answer, at any length; what follows a question mark a query, which may be signed.
  text.resize(std::min(text.size(), text.find('\n')));
  text.resize(std::min(text.size(), text.find('?')));
  constexpr std::size_t kEnough = 300;
  if (text.size() > kEnough) {
    text = text.substr(0, kEnough) + "…";
  }
  while (text.ends_with('.') || text.ends_with(' ') || text.ends_with(':')) {
    text.pop_back();
  }
  return text;
}

}  // namespace

Error object_error(std::string_view action, const arrow::Status& status, const ObjectStoreOptions& options) {
  const std::string text = status.message();
  const auto* const symptom = std::ranges::find_if(kSymptoms, [&](const Symptom& known) { return text.find(known.text) != std::string::npos; });
  const bool is_known = symptom != kSymptoms.end();
  return Error(is_known ? symptom->kind : ErrorKind::kSource, fmt::format("cannot {}: {}", action, shortened(text, options)),
               std::string(is_known ? symptom->next_step : kCheckEndpoint));
}

}  // namespace lakeflow
