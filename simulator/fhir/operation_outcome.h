#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace lakeflow {

struct ResourceVersion;

// An HTTP answer of a FHIR server, before it has the headers that follow from the rest.
struct FhirAnswer {
  int status = 200;
  std::string body;
  // The one version that the answer is about: gives ETag, Last-Modified and, after a write, Location.
  const ResourceVersion* version = nullptr;
};

// Why a request is refused: becomes an OperationOutcome of severity error.
struct Refusal {
  int status = 400;
  std::string code;         // of http://hl7.org/fhir/issue-type
  std::string diagnostics;  // one sentence, without contents of resources
};

template <typename T>
using Granted = std::expected<T, Refusal>;

inline std::unexpected<Refusal> refuse(int status, std::string code, std::string diagnostics) {
  return std::unexpected(Refusal{.status = status, .code = std::move(code), .diagnostics = std::move(diagnostics)});
}

std::string operation_outcome(std::string_view severity, std::string_view code, std::string_view diagnostics);

FhirAnswer answer_refusal(const Refusal& refusal);

}  // namespace lakeflow
