// libFuzzer: bytes as a server's answer, split into entries, links and issues. Every part lies where it says, and is what it says; and each resource
// that came out alone comes out the same in a Bundle of its own.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "libs/fhir/bundle.h"
#include "libs/http/url.h"

namespace lakeflow::fhir {
namespace {

constexpr std::size_t kReadable = 64;  // bytes behind the text (bundle.h)

bool lies_in(std::string_view part, std::string_view whole) {
  return part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size();
}

void expect(bool holds) {
  if (!holds) {
    std::abort();
  }
}

void split_again(const BundleEntry& entry) {
  AnswerParser parser;
  std::string bundle = R"({"resourceType":"Bundle","entry":[{"resource":)";
  bundle += entry.resource;
  bundle += "}]}";
  const std::size_t size = bundle.size();
  bundle.append(kReadable, ' ');
  const Result<Answer> again = parser.parse(std::string_view(bundle).substr(0, size));
  expect(again.has_value() && again->entries.size() == 1);
  const BundleEntry& same = again->entries.front();
  expect(same.resource == entry.resource && same.resource_type == entry.resource_type && same.id == entry.id);
  expect(same.version_id == entry.version_id && same.last_updated == entry.last_updated);
}

void split(std::string_view bytes) {
  std::string text(bytes);
  text.append(kReadable, ' ');
  const std::string_view all = std::string_view(text).substr(0, bytes.size());
  AnswerParser parser;
  const Result<Answer> answer = parser.parse(all);
  if (!answer) {
    expect(answer.error().kind() == ErrorKind::kData);
    return;
  }
  for (const BundleEntry& entry : answer->entries) {
    expect(lies_in(entry.bytes, all) && entry.bytes.starts_with('{') && entry.bytes.ends_with('}'));
    if (entry.resource.empty()) {
      continue;
    }
    expect(lies_in(entry.resource, entry.bytes) && entry.resource.starts_with('{') && entry.resource.ends_with('}'));
    split_again(entry);
  }
  if (!answer->next_link.empty()) {
    const Result<std::string> next = resolve_url("https://fhir.example.org/r4/Patient?_count=2", answer->next_link);
    expect(!next || origin_of(*next));
  }
  expect(issues_text(*answer).empty() == answer->issues.empty());
}

}  // namespace
}  // namespace lakeflow::fhir

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  lakeflow::fhir::split({reinterpret_cast<const char*>(data), size});
  return 0;
}
