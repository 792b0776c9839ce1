#pragma once

namespace lakeflow {

// DuckDB ends the process (std::terminate) where it can't take back a commit that failed: a full or broken disk is then told by nothing but
// SIGABRT. After this call such an end is said on stderr, as `error_mark` and `next_mark` introduce an error and what to do about it, and has the
// exit code of a destination's error. What else ends the process by std::terminate still does.
//
// Both marks outlive the process's threads. Called once, before there are any.
void say_last_words(const char* error_mark, const char* next_mark);

}  // namespace lakeflow
