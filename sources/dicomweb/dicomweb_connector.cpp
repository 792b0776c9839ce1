#include "sources/dicomweb/dicomweb_connector.h"

#include "sources/dicomweb/lakeflow_connect.h"

namespace lakeflow {

ConnectorEntry dicomweb_connector() {
  Result<ConnectorSpec> spec = ConnectorSpec::parse(dicomweb_connector_spec());
  if (!spec) {
    // The text is part of the program: a test parses it, so this is never seen, but it is not to be a crash either.
    ConnectorSpec unreadable;
    unreadable.name = "dicomweb";
    return {std::move(unreadable),
            [error = std::move(spec).error()](const Options&) -> Result<std::unique_ptr<LakeflowConnect>> { return std::unexpected(error); }};
  }
  return {*std::move(spec), [](const Options& options) -> Result<std::unique_ptr<LakeflowConnect>> { return DicomwebConnect::make(options); }};
}

}  // namespace lakeflow
