#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace lakeflow {

// From the names of an object's members to their numbers: a perfect hash (hash and displace), made once per schema, so
// that a look-up is one hash and one comparison however many names there are.
class KeyIndex {
 public:
  static constexpr std::uint32_t kNotFound = 0xFFFFFFFF;

  KeyIndex() = default;
  // The names are distinct, and outlive the index.
  explicit KeyIndex(std::span<const std::string_view> names);

  // The place of the name among those given to the constructor.
  std::uint32_t find(std::string_view name) const;

 private:
  struct Slot {
    std::string_view name;
    std::uint32_t number = kNotFound;
  };
  bool place(std::span<const std::string_view> names);
  std::size_t slot_of(std::uint64_t hash, std::uint32_t displacement) const;

  std::uint64_t seed_ = 0;
  std::vector<std::uint32_t> displacements_;
  std::vector<Slot> slots_;
};

// A 64-bit hash of short texts.
std::uint64_t hash_text(std::string_view text, std::uint64_t seed = 0);

}  // namespace lakeflow
