#include "simulator/fhir/operation_outcome.h"

#include "base/json_text.h"

namespace lakeflow {

std::string operation_outcome(std::string_view severity, std::string_view code, std::string_view diagnostics) {
  std::string body = R"({"resourceType":"OperationOutcome","issue":[{"severity":)";
  append_json_string(body, severity);
  body += R"(,"code":)";
  append_json_string(body, code);
  body += R"(,"diagnostics":)";
  append_json_string(body, diagnostics);
  body += "}]}";
  return body;
}

FhirAnswer answer_refusal(const Refusal& refusal) {
  return {.status = refusal.status, .body = operation_outcome("error", refusal.code, refusal.diagnostics)};
}

}  // namespace lakeflow
