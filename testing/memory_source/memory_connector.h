#pragma once

#include <memory>

#include "sources/interface/lakeflow_connect.h"
#include "sources/interface/registry.h"
#include "testing/memory_source/memory_system.h"

namespace lakeflow {

// The connector `memory`: a source whose every word the tests know. It is registered like any other, but only in tests.
// All its tables have the columns kind, id (the key), updated (the cursor), number, amount, name, details, tags.
// Wherever a pipeline makes it, it reads the given system.
ConnectorEntry memory_connector(std::shared_ptr<MemorySystem> system);

// The same, with a system of all kinds of tables that the connection's options describe (the numbers of MemoryContent and
// MemoryBehaviour, and those of MemorySystem::set_length): for a test whose runs are processes of their own. `without` names a column that
// its tables do not have (yet).
ConnectorEntry memory_connector();

}  // namespace lakeflow
