#include "simulator/recording/secret_values.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <mutex>
#include <utility>

#include <nlohmann/json.hpp>

#include "libs/auth/base64.h"
#include "libs/http/url.h"
#include "simulator/http/request_target.h"

namespace lakeflow {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kShortest = 8;

// Values of demos that are words for what they are: they stand in any text about it.
bool is_word(std::string_view value) {
  static constexpr std::array<std::string_view, 8> kWords = {"password",    "passwords", "authorization", "credential",
                                                             "credentials", "signature", "undefined",     "username"};
  return std::ranges::find(kWords, value) != kWords.end();
}

std::uint64_t first_bytes(std::string_view text) {
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, text.data(), sizeof bytes);
  return bytes;
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

// "%3A" as "%3a".
std::string with_small_escapes(std::string text) {
  for (std::size_t i = 0; i + 2 < text.size(); ++i) {
    if (text[i] == '%') {
      for (const std::size_t digit : {i + 1, i + 2}) {
        text[digit] = text[digit] >= 'A' && text[digit] <= 'F' ? static_cast<char>(text[digit] - 'A' + 'a') : text[digit];
      }
    }
  }
  return text;
}

// Those characters of the base64 that follow from the value alone, where so many bytes stand before it (0 to 2), and any behind it.
std::string middle_of_base64(std::string_view value, std::size_t before) {
  const std::string encoded = base64(std::string(before, 'x') + std::string(value));
  const std::size_t begin = (before * 8 + 5) / 6;
  const std::size_t end = (before + value.size()) * 8 / 6;
  return encoded.substr(begin, end - begin);
}

bool is_base64_letter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || std::string_view("+=-_").contains(c);
}

// A text as JSON writes it, without its quotes.
std::string escaped(std::string_view text) {
  const std::string quoted = Json(std::string(text)).dump(-1, ' ', false, Json::error_handler_t::ignore);
  return quoted.substr(1, quoted.size() - 2);
}

// Each part between the separators, as `part` has it.
template <typename Part>
std::string by_part(std::string_view text, std::string_view separators, const Part& part) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(separators), text.size());
    out += part(text.substr(0, end));
    if (end < text.size()) {
      out += text[end];
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

// Each text in the document as `text` has it, names too.
template <typename Text>
void for_each_text(Json& document, const Text& text) {
  if (document.is_string()) {
    document = text(document.get_ref<const std::string&>());
  } else if (document.is_object()) {
    Json made = Json::object();
    for (auto& [name, value] : document.items()) {
      for_each_text(value, text);
      made[text(name)] = std::move(value);
    }
    document = std::move(made);
  } else if (document.is_array()) {
    for (Json& value : document) {
      for_each_text(value, text);
    }
  }
}

}  // namespace

void SecretValues::add(std::string_view value) {
  if (value.empty() || value == kRemoved) {
    return;
  }
  const std::unique_lock lock(mutex_);
  if (value.size() < kShortest || is_word(value)) {
    passed_over_.emplace(value);
    return;
  }
  if (!values_.emplace(value).second) {
    return;
  }
  const std::string plain(value);
  const std::string percent = percent_encode(plain);
  const std::string json = escaped(plain);
  add_form(plain);
  add_form(percent);
  add_form(with_small_escapes(percent));
  add_form(replaced(percent, "%20", "+"));
  add_form(json);
  add_form(replaced(json, "/", "\\/"));
  for (const std::size_t before : {0U, 1U, 2U}) {
    const std::string middle = middle_of_base64(plain, before);
    add_form(middle, true);
    add_form(replaced(replaced(middle, "+", "-"), "/", "_"), true);
  }
}

void SecretValues::add_form(std::string text, bool is_base64) {
  if (text.size() < kShortest) {
    return;  // bytes that JSON can't have were left out
  }
  std::vector<Form>& forms = forms_[first_bytes(text)];
  if (std::ranges::find(forms, text, &Form::text) == forms.end()) {
    // The longest first: one value may begin another.
    const auto place = std::ranges::find_if(forms, [&](const Form& other) { return other.text.size() < text.size(); });
    forms.insert(place, {.text = std::move(text), .is_base64 = is_base64});
  }
}

const SecretValues::Form* SecretValues::form_at(std::string_view text) const {
  const auto found = forms_.find(first_bytes(text));
  if (found == forms_.end()) {
    return nullptr;
  }
  const auto form = std::ranges::find_if(found->second, [&](const Form& known) { return text.starts_with(known.text); });
  return form == found->second.end() ? nullptr : &*form;
}

std::string SecretValues::without(std::string_view text) {
  const std::shared_lock lock(mutex_);
  std::string out;
  std::size_t copied = 0;
  for (std::size_t at = 0; at + kShortest <= text.size() && !forms_.empty();) {
    const Form* const form = form_at(text.substr(at));
    if (form == nullptr) {
      ++at;
      continue;
    }
    std::size_t begin = at;
    at += form->text.size();
    while (form->is_base64 && begin > copied && is_base64_letter(text[begin - 1])) --begin;
    while (form->is_base64 && at < text.size() && is_base64_letter(text[at])) ++at;
    out.append(text.substr(copied, begin - copied)).append(kRemoved);
    copied = at;
    ++elsewhere_;
  }
  return out.append(text.substr(copied));
}

std::string SecretValues::without_in_url(std::string_view url) {
  return by_part(without(url), "/?&=;#<>\"' ", [&](std::string_view part) {
    const std::string decoded = percent_decode(part);
    return decoded == part || without(decoded) == decoded ? std::string(part) : std::string(kRemoved);
  });
}

std::string SecretValues::without_in_body(std::string_view body) {
  std::string made = without(body);
  Json document = made.contains('\\') ? Json::parse(made, nullptr, false) : Json();
  if (document.is_discarded() && made.contains('\n')) {
    return by_part(made, "\n", [&](std::string_view line) { return without_in_body(line); });
  }
  if (document.is_discarded() || !document.is_structured()) {
    return made;
  }
  const Json before = document;
  for_each_text(document, [&](const std::string& text) { return without(text); });
  return document == before ? made : document.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::size_t SecretValues::size() const {
  const std::shared_lock lock(mutex_);
  return values_.size();
}

std::size_t SecretValues::passed_over() const {
  const std::shared_lock lock(mutex_);
  return passed_over_.size();
}

}  // namespace lakeflow
