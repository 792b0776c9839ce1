#include "libs/object_store/object_file_system.h"

#include <array>
#include <filesystem>
#include <string_view>

#include <arrow/filesystem/azurefs.h>
#include <arrow/filesystem/filesystem.h>
#include <arrow/filesystem/gcsfs.h>
#include <arrow/filesystem/s3fs.h>

#include "libs/object_store/object_error.h"

namespace lakeflow {
namespace {

constexpr std::int64_t kAttempts = 5;
constexpr double kRetrySeconds = 20;

// The AWS SDK wants to be shut down before the program ends, or aborts then; and can't be started again after that.
class S3Runtime {
 public:
  S3Runtime() {
    arrow::fs::S3GlobalOptions options = arrow::fs::S3GlobalOptions::Defaults();
    options.log_level = arrow::fs::S3LogLevel::Off;
    status_ = arrow::fs::InitializeS3(options);
    // The first file system makes what Arrow needs to shut down; what is made after this object is gone before its destructor runs.
    if (status_.ok()) {
      arrow::fs::S3Options first;
      first.ConfigureAnonymousCredentials();
      first.region = "us-east-1";
      status_ = arrow::fs::S3FileSystem::Make(first).status();
    }
  }
  S3Runtime(const S3Runtime&) = delete;
  S3Runtime& operator=(const S3Runtime&) = delete;
  ~S3Runtime() { static_cast<void>(arrow::fs::EnsureS3Finalized()); }

  const arrow::Status& status() const { return status_; }

 private:
  arrow::Status status_;
};

// Arrow comes with its own TLS library, which does not know where this system keeps its authorities.
std::string authorities(const ObjectStoreOptions& options) {
  if (!options.ca_file.empty()) {
    return options.ca_file;
  }
  for (const char* const path :
       {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"}) {
    std::error_code ignored;
    if (std::filesystem::exists(path, ignored)) {
      return path;
    }
  }
  return {};
}

struct Endpoint {
  std::string scheme;
  std::string authority;
};

Endpoint split(std::string_view url) {
  const std::size_t colon = url.find("://");
  Endpoint endpoint{std::string(url.substr(0, colon)), std::string(url.substr(colon + 3))};
  while (endpoint.authority.ends_with('/')) {
    endpoint.authority.pop_back();
  }
  return endpoint;
}

template <typename Made>
Result<std::shared_ptr<arrow::fs::FileSystem>> judged(arrow::Result<std::shared_ptr<Made>> made, const ObjectStoreOptions& options) {
  if (!made.ok()) {
    return std::unexpected(object_error("use " + options.root, made.status(), options));
  }
  return std::shared_ptr<arrow::fs::FileSystem>(*std::move(made));
}

Result<std::shared_ptr<arrow::fs::FileSystem>> make_s3(const ObjectStoreOptions& options) {
  static const S3Runtime runtime;
  if (!runtime.status().ok()) {
    return std::unexpected(object_error("use S3", runtime.status(), options));
  }
  arrow::fs::S3Options s3;
  if (options.is_anonymous) {
    s3.ConfigureAnonymousCredentials();
  } else if (!options.access_key_id.empty()) {
    s3.ConfigureAccessKey(options.access_key_id, options.secret_access_key, options.session_token);
  } else {
    s3.ConfigureDefaultCredentials();
  }
  s3.region = options.region;
  if (!options.endpoint.empty()) {
    Endpoint endpoint = split(options.endpoint);
    s3.scheme = std::move(endpoint.scheme);
    s3.endpoint_override = std::move(endpoint.authority);
    if (s3.region.empty()) {
      s3.region = "us-east-1";  // what other services than AWS's call their only one
    }
  }
  if (s3.region.empty()) {
    const auto region = arrow::fs::ResolveS3BucketRegion(options.container);
    if (!region.ok()) {
      return std::unexpected(object_error("find the region of " + options.root, region.status(), options));
    }
    s3.region = *region;
  }
  s3.retry_strategy = arrow::fs::S3RetryStrategy::GetAwsStandardRetryStrategy(kAttempts);
  s3.tls_ca_file_path = authorities(options);
  return judged(arrow::fs::S3FileSystem::Make(s3), options);
}

Result<std::shared_ptr<arrow::fs::FileSystem>> make_gcs(const ObjectStoreOptions& options) {
  arrow::fs::GcsOptions gcs = options.is_anonymous               ? arrow::fs::GcsOptions::Anonymous()
                              : !options.service_account.empty() ? arrow::fs::GcsOptions::FromServiceAccountCredentials(options.service_account)
                                                                 : arrow::fs::GcsOptions::Defaults();
  if (!options.endpoint.empty()) {
    Endpoint endpoint = split(options.endpoint);
    gcs.scheme = std::move(endpoint.scheme);
    gcs.endpoint_override = std::move(endpoint.authority);
  }
  gcs.retry_limit_seconds = kRetrySeconds;
  return judged(arrow::fs::GcsFileSystem::Make(gcs), options);
}

Result<std::shared_ptr<arrow::fs::FileSystem>> make_azure(const ObjectStoreOptions& options) {
  arrow::fs::AzureOptions azure;
  azure.account_name = options.account;
  if (!options.endpoint.empty()) {
    const Endpoint endpoint = split(options.endpoint);
    azure.blob_storage_scheme = azure.dfs_storage_scheme = endpoint.scheme;
    azure.blob_storage_authority = azure.dfs_storage_authority = endpoint.authority;
  }
  const arrow::Status configured = options.is_anonymous           ? azure.ConfigureAnonymousCredential()
                                   : !options.account_key.empty() ? azure.ConfigureAccountKeyCredential(options.account_key)
                                   : !options.sas_token.empty()   ? azure.ConfigureSASCredential(options.sas_token)
                                                                  : azure.ConfigureDefaultCredential();
  if (!configured.ok()) {
    return std::unexpected(object_error("use " + options.root, configured, options));
  }
  return judged(arrow::fs::AzureFileSystem::Make(azure), options);
}

}  // namespace

Result<std::shared_ptr<arrow::fs::FileSystem>> make_object_file_system(const ObjectStoreOptions& options) {
  switch (options.kind) {
    case ObjectStoreKind::kS3: return make_s3(options);
    case ObjectStoreKind::kGcs: return make_gcs(options);
    case ObjectStoreKind::kAzure: return make_azure(options);
  }
  return std::unexpected(Error::internal("an object store of no known kind"));
}

}  // namespace lakeflow
