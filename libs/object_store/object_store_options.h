#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace lakeflow {

enum class ObjectStoreKind { kS3, kGcs, kAzure };

// Where objects lie and who asks for them. What is empty is the provider's default; without any credentials its usual chain is tried
// (environment, configuration files, the machine's role).
struct ObjectStoreOptions {
  ObjectStoreKind kind = ObjectStoreKind::kS3;
  std::string root;       // as the user wrote it, for errors and origins: s3://bucket/prefix
  std::string container;  // the bucket or container
  std::string prefix;     // without slashes at its ends; may be empty

  std::string endpoint;  // an http or https URL of another service that speaks the protocol
  std::string ca_file;   // PEM file of authorities to trust instead of the system's
  bool is_anonymous = false;

  std::string region;             // S3
  std::string access_key_id;      // S3
  std::string secret_access_key;  // S3
  std::string session_token;      // S3
  std::string account;            // Azure
  std::string account_key;        // Azure
  std::string sas_token;          // Azure
  std::string service_account;    // GCS: the JSON text of a key file

  // What no text may repeat.
  std::vector<std::string> secrets() const;
};

// Whether a storage path names objects rather than a folder: s3://, gs://, abfs://, abfss:// (in small letters).
bool is_object_url(std::string_view path);

// Takes the URL apart: s3://bucket/prefix, gs://bucket/prefix, abfs[s]://container@account.dfs.core.windows.net/prefix (or .blob.), and
// abfs[s]://container/prefix with the account given apart. User errors; credentials in a URL are one, and are not repeated.
Result<ObjectStoreOptions> parse_object_url(std::string_view url);

// Whether what the options say fits the kind of store, and the endpoint may be spoken to: http only with allow_http, or on this machine.
// User errors name options as `storage_…`, as connectors have them.
Status check_object_store(const ObjectStoreOptions& options, bool allow_http);

}  // namespace lakeflow
