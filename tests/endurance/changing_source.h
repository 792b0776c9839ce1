#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace lakeflow::test {

// What became of one FHIR resource: its versions in the order in which the server made them.
struct ResourceVersions {
  struct Version {
    std::uint64_t number = 0;
    bool deleted = false;
  };
  std::vector<Version> versions;
  bool is_live() const { return !versions.back().deleted; }
  std::uint64_t last() const { return versions.back().number; }
  bool had(std::uint64_t number) const;
  bool was_deleted_after(std::uint64_t number) const;  // before another version came
};

// A source that changes all the time, as a thread of its own: on a FHIR server resources are created, changed, deleted and brought back; in a
// folder files of HL7 v2 messages arrive, grow and are renamed. It remembers what the server said and what it wrote, which is the truth that tables
// are held against. What it remembers is read after stop().
class ChangingSource {
 public:
  static const std::vector<std::string>& types();

  ChangingSource(std::string fhir_base_url, std::filesystem::path inbox, std::uint64_t seed);
  ~ChangingSource();

  void start();
  void stop();

  // By id.
  const std::map<std::string, ResourceVersions>& resources(const std::string& type) const { return resources_.at(type); }
  // Messages by control id, with the number of their OBX segments; admissions have none.
  const std::map<std::string, int>& messages() const { return messages_; }
  std::uint64_t changes() const { return changes_; }
  // What the server refused or did not answer: none.
  const std::vector<std::string>& failures() const { return failures_; }

 private:
  void change_resource();
  void put(const std::string& type, const std::string& id);
  void create(const std::string& type);
  void remove(const std::string& type, const std::string& id);
  void note(const std::string& type, const std::string& id, int status, const std::string& entity_tag, bool deleted);
  std::string some_live_id(const std::string& type);
  void arrive();
  void grow();
  void rename();
  std::string message();
  std::uint64_t choose(std::uint64_t below);

  const std::string host_;
  const std::string path_;
  const std::filesystem::path inbox_;
  std::mt19937_64 dice_;
  std::map<std::string, std::map<std::string, ResourceVersions>> resources_;
  std::map<std::string, int> messages_;
  std::filesystem::path newest_file_;
  std::uint64_t files_ = 0;
  std::uint64_t changes_ = 0;
  std::vector<std::string> failures_;
  std::jthread thread_;  // the last: it uses the others
};

}  // namespace lakeflow::test
