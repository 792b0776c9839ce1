#pragma once

#include <string_view>

#include "sources/interface/registry.h"

namespace lakeflow {

// The text of connector_spec.yaml, compiled in.
std::string_view dicomweb_connector_spec();

// The connector as a registry takes it.
ConnectorEntry dicomweb_connector();

}  // namespace lakeflow
