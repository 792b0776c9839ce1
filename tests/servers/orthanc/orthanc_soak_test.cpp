// An Orthanc that is written to at random while `lakeflow ingest --continuous` reads it, which is now and then killed and started again: in the end
// the tables hold what its searches give, record by record. LAKEFLOW_ORTHANC_ROUNDS makes it longer.

#include <signal.h>

#include <random>
#include <set>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "tests/servers/orthanc/dicomweb_world.h"

namespace lakeflow {
namespace {

int rounds() {
  const char* const text = std::getenv("LAKEFLOW_ORTHANC_ROUNDS");
  return text != nullptr ? std::atoi(text) : 60;
}

class OrthancSoak : public DicomwebWorld {
 protected:
  std::size_t choose(std::size_t below) { return std::uniform_int_distribution<std::size_t>(0, below - 1)(dice_); }

  void write_at_random() {
    const std::size_t number = choose(files_.size());
    switch (choose(20)) {
      case 0:
      case 1:
      case 2:
      case 4:
      case 5: deleted_ += orthanc_->remove("/instances/" + ids_[number]) ? 1 : 0; break;
      case 3: {  // a series, a study or a patient at once
        constexpr std::array kParents = {"series", "studies", "patients"};
        const std::size_t level = choose(kParents.size());
        const nlohmann::json parent = orthanc_->get(fmt::format("/instances/{}/{}", ids_[number], std::array{"series", "study", "patient"}[level]));
        deleted_ += parent.is_object() && orthanc_->remove(fmt::format("/{}/{}", kParents[level], parent["ID"].get<std::string>())) ? 1 : 0;
        break;
      }
      default:  // new, or once more: then it takes the place of what is there
        ids_[number] = orthanc_->upload(files_[number]);
        EXPECT_NE(ids_[number], "");
        ++uploaded_;
    }
  }

  std::mt19937_64 dice_{20241127};
  std::vector<std::string> ids_;
  int uploaded_ = 0;
  int deleted_ = 0;
};

TEST_F(OrthancSoak, TablesHoldWhatTheServerHoldsAfterRandomWritesAndKills) {
  start({});
  for (const std::filesystem::path& file : files_) {
    ids_.push_back(orthanc_->upload(file));
  }
  write_pipeline(as_orthanc("page_size: 5, comparison_interval: 1h, delete_check_limit: 100"));
  int kills = 0;
  std::size_t compared = 0;
  const int all = rounds();
  for (int round = 0; round < all && !HasFailure();) {
    auto reader = command("ingest pacs.yaml --continuous");
    for (const int end = std::min(all, round + 20); round < end && !HasFailure(); ++round) {
      for (std::size_t i = choose(8); i > 0; --i) {
        write_at_random();
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(choose(100)));
      if (choose(6) == 0) {
        std::this_thread::sleep_for(std::chrono::milliseconds(choose(700)));
        reader->signal(SIGKILL);
        EXPECT_EQ(reader->wait(std::chrono::seconds(60)), 128 + SIGKILL) << reader->messages();
        ++kills;
        reader = command("ingest pacs.yaml --continuous");
      }
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    reader->signal(SIGINT);
    EXPECT_EQ(reader->wait(std::chrono::seconds(60)), 130) << reader->messages();
    run("ingest pacs.yaml");
    compared += expect_tables_as_searched();
    EXPECT_EQ(value("SELECT count(*) FROM _lakeflow.quarantine"), "0");
  }
  std::printf("%d rounds with %d uploads and %d deletions while a continuous ingest read, which was killed %d times; %zu records compared\n", all,
              uploaded_, deleted_, kills, compared);
  EXPECT_GT(kills, 0);
}

}  // namespace
}  // namespace lakeflow
