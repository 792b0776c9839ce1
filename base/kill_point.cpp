#include "base/kill_point.h"

namespace lakeflow {

// Alone in its file, so that a test executable's own definition takes its place at link time.
void kill_point(const char*) {}

}  // namespace lakeflow
