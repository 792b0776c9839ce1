#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sources/interface/registry.h"

namespace lakeflow {

// A mistake that authors of connectors over HTTP make, planted into one that is sound without it.
enum class HttpMistake {
  kNone,
  kSkipsAPageOnAnError,     // a page that the source could not give is left out
  kGivesUpInSilence,        // after a few attempts it says that it is done
  kTakesAResetForTheEnd,    // so does a loop that reads while there is an answer
  kTakesWhatCame,           // rows are looked for in what came of an answer, and the next page is asked for
  kTakesAPageForNoRows,     // 200 with something else than rows is an empty page
  kTakesARefusalForTheEnd,  // 401 is no error
  kAsksAtOnce,              // whatever Retry-After says
  kFollowsWithItsKey,       // redirects, with all headers
};

// A source over HTTP on loopback: 60 rows, seven a page, for who has the key.
class PlantedHttpSource {
  class Implementation;

 public:
  PlantedHttpSource();
  ~PlantedHttpSource();
  std::string base_url() const;

 private:
  std::unique_ptr<Implementation> implementation_;
};

inline constexpr std::string_view kPlantedKey = "open-sesame-12345";

// The connector `planted_http`, with the table `rows` (cdc), and the options `base_url` and `key` (a secret).
ConnectorEntry planted_http_connector(HttpMistake mistake);

struct NamedHttpMistake {
  HttpMistake mistake;
  std::string_view name;
  std::string_view check;  // that is meant for it
};
std::vector<NamedHttpMistake> all_http_mistakes();

}  // namespace lakeflow
