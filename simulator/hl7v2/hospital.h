#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "simulator/hl7v2/random_source.h"

namespace lakeflow {

// A doctor, a nurse, a technician.
struct Clinician {
  std::string id;
  std::string family;
  std::string given;
};

struct Person {
  std::string record_number;
  std::string national_number;
  std::string family;  // UTF-8
  std::string given;
  std::string middle;
  std::string birth_date;  // YYYYMMDD
  char sex = 'U';
  std::string street;
  std::string city;
  std::string zip;
  std::string phone;
};

struct Bed {
  std::string ward;
  std::string room;
  std::string bed;
};

// A stay, or a visit to the outpatients.
struct Visit {
  std::string number;
  bool is_inpatient = true;
  Bed bed;
  std::size_t doctor = 0;
  std::int64_t admitted_at = 0;  // seconds since 1970, local time
};

// A made-up hospital: who is in it, and what time it is there. Nobody in it exists. The same seed gives the same hospital.
class Hospital {
 public:
  Hospital(std::uint64_t seed, std::uint64_t messages);

  RandomSource& random() { return random_; }
  // Some seconds or minutes pass.
  void pass_time();
  std::int64_t now() const { return now_; }

  // One who is known here, or a new one.
  std::size_t some_person();
  const Person& person(std::size_t index) const { return people_[index].person; }
  // The visit that is under way, which begins now if there is none.
  Visit& visit(std::size_t person);
  bool has_visit(std::size_t person) const { return people_[person].has_visit; }
  void end_visit(std::size_t person) { people_[person].has_visit = false; }
  Bed some_bed();
  const Clinician& clinician(std::size_t index) const { return clinicians_[index]; }
  const Clinician& some_clinician() { return random_.pick(clinicians_); }

  // A number that was not given before.
  std::string next_number(const char* prefix);

 private:
  struct Known {
    Person person;
    Visit visit;
    bool has_visit = false;
  };
  Person new_person();

  RandomSource random_;
  std::int64_t now_;
  std::uint64_t most_people_;
  std::uint64_t numbers_ = 0;
  std::vector<Known> people_;
  std::vector<Clinician> clinicians_;
};

// As HL7 writes it: YYYYMMDDHHMMSS, or the first digits of that.
std::string hl7_time(std::int64_t seconds, std::size_t digits = 14);

}  // namespace lakeflow
