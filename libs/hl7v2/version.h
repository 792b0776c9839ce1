#pragma once

#include <cstdint>
#include <string_view>

namespace lakeflow::hl7v2 {

// The versions of the standard that the dictionary has, from 2.1 on, by their number among them. 2.7.1, which corrected examples
// and wording of 2.7, is 2.7 here.
enum class Version : std::uint8_t { k2_1, k2_2, k2_3, k2_3_1, k2_4, k2_5, k2_5_1, k2_6, k2_7, k2_8, k2_8_1, k2_8_2 };
inline constexpr Version kNewestVersion = Version::k2_8_2;

// "2.5.1"
std::string_view version_text(Version version);

struct VersionMatch {
  Version version = kNewestVersion;
  bool is_exact = false;  // false: it stands in for one that the dictionary lacks
};

// The version that MSH-12's first component names. One that is not known is read as the greatest known one before it ("2.3.9" as
// 2.3.1, "2.9" as 2.8.2), one from before 2.1 as 2.1, and what is no version at all as the newest.
VersionMatch find_version(std::string_view version_id);

}  // namespace lakeflow::hl7v2
