#pragma once

#include <string_view>
#include <vector>

#include "sources/interface/registry.h"

namespace lakeflow {

// A mistake planted into this very connector, around what is sound of it.
enum class HealthcareMistake {
  kNone,
  kDropsAPage,          // the second one
  kOffsetIsAhead,       // asks for the next page before it says where one goes on from here
  kTakesErrorsForEnds,  // a read that failed says that it is caught up
  kDropsDeletes,
};

ConnectorEntry planted_healthcare(HealthcareMistake mistake);

struct NamedHealthcareMistake {
  HealthcareMistake mistake;
  std::string_view name;
  std::string_view check;  // that is meant for it
};
std::vector<NamedHealthcareMistake> all_healthcare_mistakes();

}  // namespace lakeflow
