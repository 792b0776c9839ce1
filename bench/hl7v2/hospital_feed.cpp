#include "bench/hl7v2/hospital_feed.h"

#include <array>
#include <iterator>
#include <string_view>

#include <fmt/format.h>

namespace lakeflow::bench {
namespace {

// Numbers that are the same everywhere (splitmix64), which the standard library's distributions are not.
class Chance {
 public:
  explicit Chance(std::uint64_t seed) : state_(seed) {}
  std::uint64_t below(std::uint64_t bound) {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15U);
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return (z ^ (z >> 31U)) % bound;
  }
  bool one_in(std::uint64_t n) { return below(n) == 0; }
  template <std::size_t N>
  std::string_view of(const std::array<std::string_view, N>& choices) {
    return choices[below(N)];
  }

 private:
  std::uint64_t state_;
};

using Words = std::array<std::string_view, 16>;
constexpr Words kFamilies = {"Murphy", "Okafor", "Schmidt", "Nguyen", "García",  "Rossi", "Kowalski",    "Haddad",
                             "Larsen", "Dubois", "Tanaka",  "Smith",  "Johnson", "Brown", "O\\T\\Brien", "Andersson"};
constexpr Words kGivens = {"Alice", "Mohammed", "Chloe", "Jan",  "Ingrid", "Wei",  "Fatima", "Luca",
                           "Emma",  "Pat",      "Nora",  "Ivan", "Sofia",  "Liam", "Ada",    "Zoe"};
constexpr Words kStreets = {"1 Quay Street",    "27 Main Street",   "3a High Road",    "118 Oak Avenue",         "56 Mill Lane",     "9 Station Road",
                            "44 Church Street", "7 Park Drive",     "12 The Green",    "230 Elm Street",         "61 Victoria Road", "5 Kings Court",
                            "19 Hill View",     "88 Bridge Street", "2 Castle Square", "73 Lake Shore Boulevard"};
constexpr Words kCities = {"Galway", "Leeds",  "Boston", "Toledo", "Basel", "Uppsala", "Lyon", "Porto",
                           "Dayton", "Austin", "Ghent",  "Cork",   "Turku", "Graz",    "Brno", "Vilnius"};

struct Test {
  std::string_view code;
  std::string_view name;
  std::string_view unit;
  std::string_view range;
};
constexpr std::array<Test, 12> kTests = {{{"2160-0", "Creatinine [Mass/volume] in Serum or Plasma", "mg/dL", "0.7-1.3"},
                                          {"718-7", "Hemoglobin [Mass/volume] in Blood", "g/dL", "12.0-16.0"},
                                          {"6690-2", "Leukocytes [#/volume] in Blood", "10*3/uL", "4.5-11.0"},
                                          {"777-3", "Platelets [#/volume] in Blood", "10*3/uL", "150-450"},
                                          {"2951-2", "Sodium [Moles/volume] in Serum or Plasma", "mmol/L", "136-145"},
                                          {"2823-3", "Potassium [Moles/volume] in Serum or Plasma", "mmol/L", "3.5-5.1"},
                                          {"2345-7", "Glucose", "mg/dL", "70-99"},
                                          {"1742-6", "ALT", "U/L", "7-56"},
                                          {"17861-6", "Calcium", "mg/dL", "8.5-10.2"},
                                          {"GLU", "Glucose POCT", "mg/dL", "70-110"},
                                          {"3094-0", "Urea nitrogen [Mass/volume] in Serum or Plasma", "mg/dL", "7-20"},
                                          {"1975-2", "Bilirubin.total", "mg/dL", "0.1-1.2"}}};

class Feed {
 public:
  explicit Feed(std::uint64_t seed) : chance_(seed) {}

  std::string write(std::size_t bytes) {
    text_.reserve(bytes + 8192);
    while (text_.size() < bytes) {
      number_ += 1;
      switch (chance_.below(10)) {
        case 0:
        case 1:
        case 2:
        case 3: admission(); break;
        default: results(); break;
      }
    }
    return std::move(text_);
  }

 private:
  template <typename... Arguments>
  void put(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Arguments>(arguments)...);
  }

  std::string day(int from, int to) {
    return fmt::format("{:04}{:02}{:02}", from + static_cast<int>(chance_.below(static_cast<std::uint64_t>(to - from))), 1 + chance_.below(12),
                       1 + chance_.below(28));
  }
  std::string moment() {
    return fmt::format("2024{:02}{:02}{:02}{:02}{:02}", 1 + chance_.below(12), 1 + chance_.below(28), chance_.below(24), chance_.below(60),
                       chance_.below(60));
  }
  std::string doctor() { return fmt::format("{:05}^{}^{}^^^Dr^^^GH^L", chance_.below(400) + 10000, chance_.of(kFamilies), chance_.of(kGivens)); }

  void header(std::string_view type) {
    static constexpr std::array<std::string_view, 4> kVersions = {"2.3", "2.4", "2.5", "2.5.1"};
    put("MSH|^~\\&|{}|GH|LAKE|GH|{}||{}|{:08}|P|{}|||AL|NE||UNICODE UTF-8\r", type[0] == 'A' ? "ADT" : "LAB", moment(), type, number_,
        chance_.of(kVersions));
  }

  void patient() {
    const std::uint64_t person = chance_.below(50'000);
    put("PID|1||{0:07}^^^GH^MR", person);
    if (chance_.one_in(2)) {
      put("~{:03}-{:02}-{:04}^^^USSSA^SS", chance_.below(900), chance_.below(90), chance_.below(9000));
    }
    put("||{}^{}", chance_.of(kFamilies), chance_.of(kGivens));
    if (chance_.one_in(2)) {
      put("^{}^^^^L", chance_.of(kGivens));
    }
    put("||{}|{}||{}|{}^^{}^{}^{:05}^USA^H", day(1930, 2020), chance_.one_in(2) ? "F" : "M", chance_.one_in(3) ? "2106-3^White^HL70005" : "",
        chance_.of(kStreets), chance_.of(kCities), chance_.one_in(2) ? "MA" : "OH", chance_.below(99999));
    put("||({:03}){:03}-{:04}^PRN^PH", chance_.below(900) + 100, chance_.below(900) + 100, chance_.below(9000));
    if (chance_.one_in(3)) {
      put("~^NET^Internet^p{}@example.org", person);
    }
    put("||{}|||{:09}^^^GH^AN", chance_.one_in(2) ? "EN^English^HL70296" : "", chance_.below(1'000'000'000));
    put("{}\r", chance_.one_in(4) ? "|||||||||||N" : "");
  }

  void visit() {
    put("PV1|1|{}|{}W^{:03}^{}^GH||||{}|{}||MED||||{}|||{}|IP|V{:08}^^^GH^VN", chance_.one_in(3) ? "O" : "I", 1 + chance_.below(9),
        chance_.below(400), chance_.one_in(2) ? "A" : "B", doctor(), doctor(), 1 + chance_.below(9), doctor(), chance_.below(100'000'000));
    put("|||||||||||||||||||||||||{}|{}\r", moment(), chance_.one_in(3) ? moment() : "");
  }

  void admission() {
    static constexpr std::array<std::string_view, 6> kTypes = {"ADT^A01^ADT_A01", "ADT^A08^ADT_A01", "ADT^A03^ADT_A03",
                                                               "ADT^A04^ADT_A01", "ADT^A02",         "ADT^A08"};
    const std::string_view type = chance_.of(kTypes);
    header(type);
    put("EVN|{}|{}||||{}\r", type.substr(4, 3), moment(), moment());
    patient();
    if (chance_.one_in(2)) {
      put("NK1|1|{}^{}|SPO^Spouse^HL70063|{}^^{}^OH^{:05}^USA|({:03}){:03}-{:04}||EC\r", chance_.of(kFamilies), chance_.of(kGivens),
          chance_.of(kStreets), chance_.of(kCities), chance_.below(99999), chance_.below(900) + 100, chance_.below(900) + 100, chance_.below(9000));
    }
    visit();
    for (std::uint64_t i = 1; i <= chance_.below(3); ++i) {
      put("AL1|{}|DA|{:05}^Penicillin^L|MO|Rash\r", i, chance_.below(99999));
    }
    for (std::uint64_t i = 1; i <= chance_.below(4); ++i) {
      put("DG1|{}||I{:02}.{}^Essential hypertension^I10||{}|A\r", i, chance_.below(99), chance_.below(9), moment());
    }
    if (chance_.one_in(2)) {
      put("IN1|1|PPO{}^Preferred plan|{:05}|Acme Health|{}^^{}^MA^{:05}|||GRP{:05}|||||||{}^{}|SEL\r", chance_.below(99), chance_.below(99999),
          chance_.of(kStreets), chance_.of(kCities), chance_.below(99999), chance_.below(99999), chance_.of(kFamilies), chance_.of(kGivens));
    }
    if (chance_.one_in(20)) {
      put("ZPI|1|{}|local|{}\r", chance_.below(99), moment());
    }
  }

  void results() {
    header(chance_.one_in(2) ? "ORU^R01^ORU_R01" : "ORU^R01");
    patient();
    if (chance_.one_in(2)) {
      visit();
    }
    const std::uint64_t groups = 1 + chance_.below(2);
    for (std::uint64_t group = 1; group <= groups; ++group) {
      const std::string order = fmt::format("{:09}", chance_.below(1'000'000'000));
      put("ORC|RE|{0}^GH|{0}^LAB\r", order);
      put("OBR|{}|{}^GH|{}^LAB|24323-8^Comprehensive metabolic panel^LN|||{}|||||||{}||{}||||||{}||LAB|F\r", group, order, order, moment(), moment(),
          doctor(), moment());
      const std::uint64_t tests = 3 + chance_.below(8);
      for (std::uint64_t i = 1; i <= tests; ++i) {
        result(i);
      }
      if (chance_.one_in(3)) {
        put("NTE|1|L|{}\r", chance_.one_in(5) ? "Haemolysed\\.br\\repeat within 24h" : "Fasting sample");
      }
    }
  }

  void result(std::uint64_t number) {
    const Test& test = kTests[chance_.below(kTests.size())];
    const std::string when = moment();
    if (chance_.one_in(12)) {
      put("OBX|{}|TX|NOTE^Comment^L||{}||||||F|||{}\r", number,
          chance_.one_in(8) ? "Reported to O\\T\\Brien \\F\\ 22 °C" : "Specimen slightly lipaemic, results are valid", when);
    } else if (chance_.one_in(12)) {
      put("OBX|{}|CE|600-7^Bacteria identified^LN||112283007^Escherichia coli^SCT||||||F|||{}\r", number, when);
    } else {
      put("OBX|{}|NM|{}^{}^LN||{}.{}|{}^^UCUM|{}|{}|||F|||{}||TECH{:02}\r", number, test.code, test.name, chance_.below(200), chance_.below(10),
          test.unit, test.range, chance_.one_in(5) ? "H" : "N", when, chance_.below(40));
    }
  }

  Chance chance_;
  std::string text_;
  std::uint64_t number_ = 0;
};

}  // namespace

std::string hospital_feed(std::size_t bytes, std::uint64_t seed) { return Feed(seed).write(bytes); }

}  // namespace lakeflow::bench
