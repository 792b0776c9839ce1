#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "libs/auth/signing_key.h"
#include "libs/auth/token_answer.h"
#include "libs/http/http_client.h"

namespace lakeflow {

// How an OAuth 2.0 client gets its tokens (grant client_credentials, RFC 6749 §4.4).
struct OAuthOptions {
  enum class Proof {
    kSecretInHeader,  // HTTP Basic (RFC 6749 §2.3.1)
    kSecretInBody,
    kSignature,  // private_key_jwt: SMART Backend Services
  };
  Proof proof = Proof::kSecretInHeader;
  std::string client_id;
  std::string client_secret;      // of the first two
  std::optional<SigningKey> key;  // of kSignature
  // What is asked for. Empty: nothing is said, which means what is registered; of kSignature: system/*.rs where the server says that it
  // knows SMART 2 (permission-v2), else system/*.read.
  std::string scope;

  // The token endpoint, where the user names it: its host is then trusted like the server's own. Else the base of a FHIR server, whose SMART
  // configuration names it. That is believed where it came over https (or from this machine) or names the server's own origin; a token endpoint
  // elsewhere must be https itself and must not have a private address.
  std::string token_url;
  std::string smart_base_url;

  HttpClientOptions http;  // how servers are reached; its origins, credentials and log are not looked at
  std::function<std::chrono::steady_clock::time_point()> now = &std::chrono::steady_clock::now;
};

// An access token that is renewed ahead of its end: by a fifth of its life, by a minute at most. Where no life is said, after four minutes. Where
// a renewal fails while the old token holds, the old one is kept, the log is told, and it is tried again a little later.
class OAuthCredentials final : public Credentials {
 public:
  using Clock = std::chrono::steady_clock;

  explicit OAuthCredentials(OAuthOptions options) : options_(std::move(options)) {}

  Result<Credential> next(Logger& log, const std::stop_token& stop) override;
  bool renew(const Credential& refused) override;

  // What the last token allows; nothing where there is none yet, or where no scope was asked for and none was told.
  std::optional<std::string> granted_scope() const;
  // What was asked for.
  std::string asked_scope() const;
  // Of the last token as it was given; nothing where it was not said.
  std::optional<double> token_life() const;

 private:
  struct Held {
    AccessToken token;
    Credential credential;
    Clock::time_point renew_at;
    Clock::time_point ends_at;
  };

  Result<Held> ask(Logger& log, const std::stop_token& stop);
  Status discover(Logger& log, const std::stop_token& stop);
  Result<std::string> request_body(const std::string& scope) const;
  std::string scope_to_ask_for() const;
  void tell(const AccessToken& token, Logger& log) const;

  const OAuthOptions options_;
  mutable std::mutex mutex_;
  std::string endpoint_;  // once known
  std::string default_scope_;
  std::optional<Held> held_;
};

}  // namespace lakeflow
