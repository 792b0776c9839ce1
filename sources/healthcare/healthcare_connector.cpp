#include "sources/healthcare/healthcare_connector.h"

#include "sources/healthcare/lakeflow_connect.h"

namespace lakeflow {

ConnectorEntry healthcare_connector() {
  Result<ConnectorSpec> spec = ConnectorSpec::parse(healthcare_connector_spec());
  if (!spec) {
    // The text is part of the program: a test parses it, so this is never seen, but it is not to be a crash either.
    ConnectorSpec unreadable;
    unreadable.name = "healthcare";
    return {std::move(unreadable),
            [error = std::move(spec).error()](const Options&) -> Result<std::unique_ptr<LakeflowConnect>> { return std::unexpected(error); }};
  }
  return {*std::move(spec), [](const Options& options) -> Result<std::unique_ptr<LakeflowConnect>> { return HealthcareConnect::make(options); }};
}

}  // namespace lakeflow
