#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace lakeflow {

// Something in a line that looks like a credential.
struct FoundCredential {
  std::string_view kind;  // "a private key", "an AWS access key", "a password beside its name"
  std::string value;      // to compare, never to show
};

// What one line of code, configuration or prose holds: private keys, bearer tokens, JSON Web Tokens, keys of AWS, GitHub, Google and Slack, users and
// passwords in URLs, and a literal beside a name such as password, secret, token or key. Nothing for references ({{secrets/…}}, $VARIABLE) and for a
// value that says of itself that it is none: one with the word canary, example, fixture, sample, dummy, fake, placeholder, invented or test in it.
std::optional<FoundCredential> credential_in(std::string_view line);

// A line with this remark is somebody's word that it holds none: "not a credential".
bool is_marked_as_no_credential(std::string_view line);

// A user and a password in a URL, as in credential_in.
std::optional<FoundCredential> userinfo_in(std::string_view line);

}  // namespace lakeflow
