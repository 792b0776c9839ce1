#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"
#include "libs/http/http_header.h"
#include "simulator/http/http_answer.h"
#include "simulator/recording/secret_values.h"
#include "simulator/relay/http_relay.h"

namespace lakeflow {

// In bodies and headers of a recording, where the origin of the relay stood: http://127.0.0.1:41234.
inline constexpr std::string_view kRecordedOrigin = "http://recorded.invalid";

// A request and its answer as they lie in a file, without secrets: JSON that people can read and change. A body that is JSON stands there as JSON
// (but for numbers that would not come out as they came in), another text as a text, and what is no UTF-8 in base64.
struct RecordedExchange {
  std::string method;
  std::string target;
  std::string request_body;
  std::string request_type;
  HttpAnswer answer;
};

// Takes the secrets away, and the address of the relay. `secrets` is told of those of this exchange, the headers of its request among them, and what
// it knows is taken away wherever it stands.
RecordedExchange without_secrets(const RelayedExchange& exchange, SecretValues& secrets);
// Takes away what became known since.
void remove_values(RecordedExchange& exchange, SecretValues& secrets);

// What requests must have in common to get the same answer: method, path, parameters in any order, body. Secrets aside.
std::string request_identity(const RecordedExchange& exchange);

std::string write_exchange(const RecordedExchange& exchange);
// A user error names what is missing.
Result<RecordedExchange> read_exchange(const std::filesystem::path& file);

}  // namespace lakeflow
