#pragma once

#include <filesystem>

#include "tests/soak/synced_shadow.h"

namespace lakeflow::test {

// What a power cut leaves of what was not synced. A real one may leave anything between.
enum class PowerCut {
  kOnlySynced,    // nothing: names, renames, links, removals and bytes are as of the last syncs
  kNamesStand,    // all names, but files hold their synced bytes: those that never were synced are empty
  kLengthsStand,  // likewise, and files have their lengths: what was not synced reads as zeros
};

// Makes the folder what the power cut leaves of it. Files keep their inodes.
void cut_power(const std::filesystem::path& folder, const SyncedShadow& shadow, PowerCut cut);

}  // namespace lakeflow::test
