#pragma once

namespace lakeflow {

// A named instant at which a test may kill the process, to prove that a run which dies there is resumed
// without loss: "fetch", "decode.record", "apply.staged", "commit.before", "commit.after" …
// Nothing in the product: the function is empty. The tests link an implementation of their own
// (tests/kill/), which kills at the n-th passing of the point that the environment names.
void kill_point(const char* name);

}  // namespace lakeflow
