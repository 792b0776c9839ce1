#include "sources/healthcare/hl7v2/repeats/seen_messages.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <openssl/evp.h>

namespace lakeflow::hl7v2 {
namespace {

constexpr std::size_t kLeastSlots = 1024;
// The table grows where it is fuller than this.
constexpr std::size_t kFullAt = 10;  // of 16
constexpr std::uint64_t kPartsForgotten = 16;
// Keeps hashes of contents and of ids apart in one set.
constexpr std::uint64_t kIdMark = 0x9E3779B97F4A7C15U;

static_assert(sizeof(MessageIdentity) == 16 && std::endian::native == std::endian::little);

std::string key_of(std::uint64_t segment) { return fmt::format("{}{:010}", SeenMessages::kKeyPrefix, segment); }

std::string encode(const std::vector<MessageIdentity>& messages) {
  const auto bytes = static_cast<int>(messages.size() * sizeof(MessageIdentity));
  std::string text(static_cast<std::size_t>(4 * ((bytes + 2) / 3) + 1), '\0');
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), reinterpret_cast<const unsigned char*>(messages.data()), bytes);
  text.resize(static_cast<std::size_t>(length));
  return text;
}

// Nothing where the text is none that encode() gave.
std::optional<std::vector<MessageIdentity>> decode(std::string_view text) {
  std::vector<unsigned char> bytes(text.size() / 4 * 3 + 3);
  const int length = EVP_DecodeBlock(bytes.data(), reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (length <= 0) {
    return std::nullopt;
  }
  const int padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  const auto size = static_cast<std::size_t>(length - padding);
  if (size % sizeof(MessageIdentity) != 0) {
    return std::nullopt;
  }
  std::vector<MessageIdentity> messages(size / sizeof(MessageIdentity));
  std::memcpy(messages.data(), bytes.data(), size);
  return messages;
}

std::uint64_t id_key(const MessageIdentity& identity) { return std::max<std::uint64_t>(identity.sender_and_id ^ kIdMark, 1); }

}  // namespace

Status SeenMessages::load(const StateLookup& state, std::string_view table) {
  LAKEFLOW_TRY(state.scan_of(table, kKeyPrefix, [this](std::string_view key, std::string_view value) -> Status {
    std::uint64_t number = 0;
    const std::string_view digits = key.substr(kKeyPrefix.size());
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    std::optional<std::vector<MessageIdentity>> messages = decode(value);
    if (number == 0 || !messages) {
      return std::unexpected(
          Error::user(fmt::format("the entry {} of its state in the destination is no list of messages, as if it had been changed by hand", key),
                      "lakeflow ingest --full-refresh reads all files again into a table that is built anew"));
    }
    segments_.push_back({.number = number, .messages = *std::move(messages)});
    return {};
  }));
  std::ranges::sort(segments_, {}, &Segment::number);
  std::size_t messages = 0;
  for (const Segment& segment : segments_) {
    messages += segment.messages.size();
    next_number_ = segment.number + 1;
  }
  rebuild(std::bit_ceil(std::max(kLeastSlots, messages * 2 * 16 / kFullAt)));
  return {};
}

std::uint32_t SeenMessages::meet(const MessageIdentity& identity) {
  if (slots_.empty()) {
    rebuild(kLeastSlots);
  }
  if (!insert(identity.content)) {
    return kIsCompared | kIsRepeated;
  }
  const bool reuses = identity.sender_and_id != 0 && !insert(id_key(identity));
  remember(identity);
  return kIsCompared | (reuses ? kReusesControlId : 0U);
}

void SeenMessages::remember(const MessageIdentity& identity) {
  if (segments_.empty() || segments_.back().messages.size() >= kSegmentMessages) {
    segments_.push_back({.number = next_number_++, .messages = {}});
  }
  segments_.back().messages.push_back(identity);
  first_changed_ = std::min(first_changed_, segments_.back().number);
  // Those that are to be remembered, and the one that is being filled.
  const std::uint64_t kept = (most_ + kSegmentMessages - 1) / kSegmentMessages + 1;
  if (segments_.size() > kept + kept / kPartsForgotten) {
    forget_oldest(kept);
  }
  if (used_ * 16 > slots_.size() * kFullAt) {
    rebuild(slots_.size() * 2);
  }
}

void SeenMessages::forget_oldest(std::uint64_t kept) {
  while (segments_.size() > kept) {
    forgotten_.push_back(segments_.front().number);
    segments_.pop_front();
  }
  rebuild(slots_.size());
}

bool SeenMessages::insert(std::uint64_t key) {
  // The key is a hash already: its upper bits choose the slot.
  std::size_t slot = key >> static_cast<unsigned>(std::countl_zero(slots_.size()) + 1);
  for (;; slot = (slot + 1) & (slots_.size() - 1)) {
    if (slots_[slot] == key) {
      return false;
    }
    if (slots_[slot] == 0) {
      slots_[slot] = key;
      ++used_;
      return true;
    }
  }
}

void SeenMessages::rebuild(std::size_t slots) {
  slots_.assign(slots, 0);
  used_ = 0;
  for (const Segment& segment : segments_) {
    for (const MessageIdentity& message : segment.messages) {
      insert(message.content);
      if (message.sender_and_id != 0) {
        insert(id_key(message));
      }
    }
  }
}

StateDelta::Entries SeenMessages::delta() {
  StateDelta::Entries entries;
  for (const std::uint64_t number : std::exchange(forgotten_, {})) {
    entries.emplace_back(key_of(number), std::nullopt);
  }
  for (const Segment& segment : segments_) {
    if (segment.number >= first_changed_) {
      entries.emplace_back(key_of(segment.number), encode(segment.messages));
    }
  }
  first_changed_ = UINT64_MAX;
  return entries;
}

}  // namespace lakeflow::hl7v2
