#include "libs/object_store/object_store_options.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace lakeflow {
namespace {

struct Scheme {
  std::string_view text;
  ObjectStoreKind kind;
};
constexpr std::array kSchemes = {Scheme{"s3://", ObjectStoreKind::kS3}, Scheme{"gs://", ObjectStoreKind::kGcs},
                                 Scheme{"abfs://", ObjectStoreKind::kAzure}, Scheme{"abfss://", ObjectStoreKind::kAzure}};

const Scheme* find_scheme(std::string_view path) {
  const auto* const found = std::ranges::find_if(kSchemes, [&](const Scheme& scheme) { return path.starts_with(scheme.text); });
  return found == kSchemes.end() ? nullptr : found;
}

Error credentials_in_url() {
  return Error::user("option storage_path holds credentials, or a query, which are not repeated here",
                     "leave the bucket and the prefix alone in it; give credentials as options that name secrets, such as storage_secret_access_key");
}

std::string_view trim_slashes(std::string_view text) {
  while (text.starts_with('/')) {
    text.remove_prefix(1);
  }
  while (text.ends_with('/')) {
    text.remove_suffix(1);
  }
  return text;
}

bool is_loopback(std::string_view authority) {
  const std::string_view host = authority.starts_with('[') ? authority.substr(0, authority.find(']') + 1) : authority.substr(0, authority.find(':'));
  return host == "localhost" || host == "[::1]" || (host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string_view::npos);
}

std::string_view kind_text(ObjectStoreKind kind) {
  switch (kind) {
    case ObjectStoreKind::kS3: return "s3://";
    case ObjectStoreKind::kGcs: return "gs://";
    case ObjectStoreKind::kAzure: return "abfs://";
  }
  return {};
}

}  // namespace

std::vector<std::string> ObjectStoreOptions::secrets() const {
  std::vector<std::string> found{access_key_id, secret_access_key, session_token, account_key, sas_token, service_account};
  std::erase_if(found, [](const std::string& secret) { return secret.empty(); });
  return found;
}

bool is_object_url(std::string_view path) { return find_scheme(path) != nullptr; }

Result<ObjectStoreOptions> parse_object_url(std::string_view url) {
  const Scheme* const scheme = find_scheme(url);
  if (scheme == nullptr) {
    return std::unexpected(Error::user("option storage_path is no URL of an object store", "s3://, gs:// and abfs:// are known"));
  }
  std::string_view rest = url.substr(scheme->text.size());
  std::string_view authority = rest.substr(0, rest.find('/'));
  const std::size_t at = authority.rfind('@');
  const bool has_password = authority.find(':') != std::string_view::npos;
  if (has_password || rest.find_first_of("?#") != std::string_view::npos ||
      (at != std::string_view::npos && scheme->kind != ObjectStoreKind::kAzure)) {
    return std::unexpected(credentials_in_url());
  }
  ObjectStoreOptions options;
  options.kind = scheme->kind;
  options.root = std::string(url);
  while (options.root.ends_with('/')) {
    options.root.pop_back();
  }
  options.container = std::string(authority.substr(0, at));
  options.prefix = std::string(trim_slashes(rest.substr(authority.size())));
  if (at != std::string_view::npos) {
    const std::string_view host = authority.substr(at + 1);
    if (!host.ends_with(".dfs.core.windows.net") && !host.ends_with(".blob.core.windows.net")) {
      return std::unexpected(Error::user(fmt::format("option storage_path names the account {}, which is none of Azure's public cloud", host),
                                         "write abfs://CONTAINER/PREFIX, and give storage_account and storage_endpoint"));
    }
    options.account = std::string(host.substr(0, host.find('.')));
  }
  if (options.container.empty()) {
    return std::unexpected(
        Error::user(fmt::format("option storage_path names no {}", scheme->kind == ObjectStoreKind::kAzure ? "container" : "bucket"),
                    fmt::format("write {}NAME/PREFIX", scheme->text)));
  }
  return options;
}

Status check_object_store(const ObjectStoreOptions& options, bool allow_http) {
  struct Belonging {
    std::string_view name;
    const std::string& value;
    ObjectStoreKind kind;
  };
  const std::array belongings = {Belonging{"storage_region", options.region, ObjectStoreKind::kS3},
                                 Belonging{"storage_access_key_id", options.access_key_id, ObjectStoreKind::kS3},
                                 Belonging{"storage_secret_access_key", options.secret_access_key, ObjectStoreKind::kS3},
                                 Belonging{"storage_session_token", options.session_token, ObjectStoreKind::kS3},
                                 Belonging{"storage_account", options.account, ObjectStoreKind::kAzure},
                                 Belonging{"storage_account_key", options.account_key, ObjectStoreKind::kAzure},
                                 Belonging{"storage_sas_token", options.sas_token, ObjectStoreKind::kAzure},
                                 Belonging{"storage_service_account", options.service_account, ObjectStoreKind::kGcs}};
  for (const Belonging& belonging : belongings) {
    if (!belonging.value.empty() && belonging.kind != options.kind) {
      return std::unexpected(
          Error::user(fmt::format("option {} is one of {}, and storage_path is {}", belonging.name, kind_text(belonging.kind), options.root)));
    }
  }
  if (options.access_key_id.empty() != options.secret_access_key.empty()) {
    return std::unexpected(Error::user("options storage_access_key_id and storage_secret_access_key belong together, and one is missing"));
  }
  if (!options.account_key.empty() && !options.sas_token.empty()) {
    return std::unexpected(Error::user("options storage_account_key and storage_sas_token are both given", "leave one of them away"));
  }
  if (options.is_anonymous && !options.secrets().empty()) {
    return std::unexpected(Error::user("option storage_anonymous is true, and credentials are given too", "leave one of them away"));
  }
  if (options.kind == ObjectStoreKind::kAzure && options.account.empty()) {
    return std::unexpected(Error::user(fmt::format("no storage account is named for {}", options.root),
                                       "give storage_account, or write abfs://CONTAINER@ACCOUNT.dfs.core.windows.net/PREFIX"));
  }
  if (options.endpoint.empty()) {
    return {};
  }
  const bool is_http = options.endpoint.starts_with("http://");
  std::string_view authority = options.endpoint;
  if (!is_http && !authority.starts_with("https://")) {
    return std::unexpected(Error::user("option storage_endpoint is no http or https URL", "write https://HOST:PORT"));
  }
  authority.remove_prefix(authority.find("//") + 2);
  while (authority.ends_with('/')) {
    authority.remove_suffix(1);
  }
  if (authority.empty() || authority.find_first_of("/?#@") != std::string_view::npos) {
    return std::unexpected(Error::user("option storage_endpoint has more than a host and a port", "write https://HOST:PORT"));
  }
  if (is_http && !allow_http && !is_loopback(authority)) {
    return std::unexpected(Error::user("option storage_endpoint is not encrypted (http), and its host is another machine",
                                       "use https, or set allow_http: true if the network is trusted"));
  }
  return {};
}

}  // namespace lakeflow
