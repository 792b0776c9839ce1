#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace lakeflow {

// What stands where a secret stood.
inline constexpr std::string_view kRemoved = "removed";

// The values of the secrets of a recording, and what was done about them: what stood as a secret in one place (a header, a parameter, a member of
// JSON) is known in any other. A value of fewer than 8 characters, or that is itself a word for secrets ("password"), is not: it would be found in
// texts that have nothing to do with it. Thread-safe.
class SecretValues {
 public:
  // A value that was seen. Says nothing of where, or whether it was taken away.
  void add(std::string_view value);
  // The same of one that was taken away for its name.
  void take(std::string_view value) {
    add(value);
    ++by_name_;
  }

  // The text without the values, as they are, percent-encoded, as JSON has them in a text, and in base64 also as a part of what was encoded
  // ("user:value").
  std::string without(std::string_view text);
  // Of a URL or a form also where they are encoded in another way: a part that holds one is taken away as a whole.
  std::string without_in_url(std::string_view url);
  // As JSON, if it is that, also where its texts are escaped in another way. Bytes stay as they are where nothing is found.
  std::string without_in_body(std::string_view body);

  // How many values are known. It only grows: what was searched when there were as many need not be searched again.
  std::size_t size() const;
  // How many are too short or too plain to be looked for.
  std::size_t passed_over() const;
  std::uint64_t removed_by_name() const { return by_name_; }
  std::uint64_t removed_elsewhere() const { return elsewhere_; }

 private:
  // A way to write a value. In base64 it is the middle of what is written, and all that is written around it goes with it.
  struct Form {
    std::string text;
    bool is_base64 = false;
  };
  void add_form(std::string text, bool is_base64 = false);
  const Form* form_at(std::string_view text) const;  // that the text begins with

  mutable std::shared_mutex mutex_;
  std::unordered_set<std::string> values_;
  std::unordered_set<std::string> passed_over_;
  std::unordered_map<std::uint64_t, std::vector<Form>> forms_;  // by their first eight bytes
  std::atomic<std::uint64_t> by_name_ = 0;
  std::atomic<std::uint64_t> elsewhere_ = 0;
};

}  // namespace lakeflow
