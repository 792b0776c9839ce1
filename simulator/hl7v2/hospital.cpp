#include "simulator/hl7v2/hospital.h"

#include <chrono>
#include <string_view>

#include <fmt/format.h>

namespace lakeflow {
namespace {

using namespace std::string_view_literals;

constexpr std::array kFamilies = {"Quillfeather"sv, "Ashdown"sv,    "O'Connell"sv, "Brandt"sv,        "Müller"sv,  "Castañeda"sv, "Łukasiewicz"sv,
                                  "Van der Berg"sv, "Smith"sv,      "Jones"sv,     "Nakamura"sv,      "Okonkwo"sv, "Haddad"sv,    "Fernández"sv,
                                  "Lindqvist"sv,    "MacPherson"sv, "D'Angelo"sv,  "Papadaki"sv,      "Şahin"sv,   "Nguyễn"sv,    "Kowalski"sv,
                                  "Saint-Clair"sv,  "Whitlock"sv,   "Žižek"sv,     "Ó Súilleabháin"sv};
constexpr std::array kGivenFemale = {"Ada"sv, "Beatrice"sv, "Chloé"sv, "Deirdre"sv, "Elif"sv, "Fatima"sv, "Greta"sv, "Hannah"sv, "Inés"sv, "Joy"sv};
constexpr std::array kGivenMale = {"Alan"sv, "Björn"sv, "Carlos"sv, "Dmitri"sv, "Edward"sv, "François"sv, "George"sv, "Hiro"sv, "Ivan"sv, "José"sv};
constexpr std::array kStreets = {"Juice Place"sv, "Mill Lane & Wharf"sv, "High Street"sv, "Rue de l'Église"sv, "Station Road"sv, "Canal Walk"sv};
constexpr std::array kCities = {"Ashford"sv, "Bramley"sv, "Calder Vale"sv, "Düren"sv, "Eastwick"sv, "Foxholes"sv};
constexpr std::array kWards = {"ED"sv, "ICU"sv, "MED-1"sv, "MED-2"sv, "SURG"sv, "PAED"sv, "St. Mary & Joseph"sv};

constexpr std::int64_t kStart = 1'704'067'200;  // 2024-01-01
constexpr std::size_t kClinicians = 40;
constexpr int kDaysOfAMonth = 28;  // of birth dates: valid in any

}  // namespace

std::string hl7_time(std::int64_t seconds, std::size_t digits) {
  const std::chrono::sys_seconds time{std::chrono::seconds(seconds)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  return fmt::format("{:04}{:02}{:02}{:02}{:02}{:02}", int{date.year()}, unsigned{date.month()}, unsigned{date.day()}, clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count())
      .substr(0, digits);
}

Hospital::Hospital(std::uint64_t seed, std::uint64_t messages) : random_(seed), now_(kStart), most_people_(5 + messages / 12) {
  for (std::size_t i = 0; i < kClinicians; ++i) {
    clinicians_.push_back({fmt::format("C{:03}", i + 1), std::string(random_.pick(kFamilies)), std::string(random_.pick(kGivenFemale))});
  }
}

void Hospital::pass_time() {
  constexpr std::uint64_t kLongestPause = 400;  // seconds; there are also times when many messages bear the same one
  now_ += static_cast<std::int64_t>(random_.chance(15) ? 0 : random_.below(kLongestPause));
}

std::size_t Hospital::some_person() {
  constexpr double kNewPercent = 12;
  if (people_.empty() || (people_.size() < most_people_ && random_.chance(kNewPercent))) {
    people_.push_back({new_person(), {}, false});
    return people_.size() - 1;
  }
  return static_cast<std::size_t>(random_.below(people_.size()));
}

Visit& Hospital::visit(std::size_t person) {
  constexpr double kInpatientPercent = 60;
  Known& known = people_[person];
  if (!known.has_visit) {
    known.has_visit = true;
    known.visit = {.number = next_number("V"),
                   .is_inpatient = random_.chance(kInpatientPercent),
                   .bed = some_bed(),
                   .doctor = static_cast<std::size_t>(random_.below(clinicians_.size())),
                   .admitted_at = now_};
  }
  return known.visit;
}

Bed Hospital::some_bed() {
  return {std::string(random_.pick(kWards)), fmt::format("{}", random_.between(1, 40)), std::string(1, static_cast<char>('A' + random_.below(4)))};
}

std::string Hospital::next_number(const char* prefix) { return fmt::format("{}{:07}", prefix, ++numbers_); }

Person Hospital::new_person() {
  Person person;
  person.record_number = next_number("MR");
  person.national_number = fmt::format("{:010}", random_.below(10'000'000'000U));
  person.family = random_.pick(kFamilies);
  person.sex = random_.chance(1) ? 'U' : random_.chance(50) ? 'F' : 'M';
  person.given = person.sex == 'M' ? random_.pick(kGivenMale) : random_.pick(kGivenFemale);
  person.middle = random_.chance(30) ? std::string(1, static_cast<char>('A' + random_.below(26))) : "";
  // One draw a statement: compilers differ in the order in which they evaluate a call's arguments.
  const std::uint64_t year = random_.between(1925, 2023);
  const std::uint64_t month = random_.between(1, 12);
  person.birth_date = fmt::format("{:04}{:02}{:02}", year, month, random_.between(1, kDaysOfAMonth));
  if (random_.chance(3)) {
    person.birth_date.resize(4);  // only the year is known
  }
  const std::uint64_t house = random_.between(1, 400);
  person.street = fmt::format("{} {}", house, random_.pick(kStreets));
  person.city = random_.pick(kCities);
  person.zip = fmt::format("{:05}", random_.below(100'000));
  const std::uint64_t exchange = random_.below(1000);
  person.phone = fmt::format("(555) {:03}-{:04}", exchange, random_.below(10'000));
  return person;
}

}  // namespace lakeflow
