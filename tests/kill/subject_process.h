#pragma once

#include <filesystem>
#include <string>

#include "tests/kill/kill_order.h"

namespace lakeflow::test {

struct SubjectEnd {
  bool killed = false;  // by SIGKILL
  int exit_code = 0;    // else
};

// Runs kill_subject on folder/clinic.yaml until it ends; its output goes to folder/subject.log. `flag`: what it is told beside, if anything.
SubjectEnd run_subject(const std::filesystem::path& folder, const KillOrder& order, std::string flag = {});

}  // namespace lakeflow::test
