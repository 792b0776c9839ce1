// Each way in which a DuckDB file can fail has its own message, and loses nothing that was committed.
#include <arrow/type.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <string>

#include "destinations/duckdb/test/duckdb_fixture.h"
#include "testing/destination/child_process.h"

namespace lakeflow::testing {
namespace {

ApplyPlan text_plan() {
  ApplyPlan plan;
  plan.target = {"clinic", "t"};
  plan.schema = arrow::schema({arrow::field("v", arrow::utf8())});
  return plan;
}

// Rows that compress badly, of about a kilobyte each.
std::string bulky_rows(int count) {
  std::uint64_t state = 1;
  std::string out = "[";
  for (int row = 0; row < count; ++row) {
    out += row == 0 ? R"({"v":")" : R"(,{"v":")";
    for (int word = 0; word < 64; ++word) {
      state = state * 6364136223846793005U + 1442695040888963407U;
      out += fmt::format("{:016x}", state);
    }
    out += R"("})";
  }
  return out + "]";
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_file(const std::string& path, const std::string& bytes) { std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes; }

std::uint64_t word_at(const std::string& bytes, std::size_t place) {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes.data() + place, sizeof word);
  return word;
}

// DuckDB's checksum of a block: the words, each multiplied by a constant, and all of them xored.
std::uint64_t header_checksum(const std::string& bytes) {
  std::uint64_t checksum = 5381;
  for (std::size_t place = 8; place < 4096; place += 8) checksum ^= word_at(bytes, place) * 0xbf58476d1ce4e5b9U;
  return checksum;
}

constexpr const char* kCount = "SELECT count(*) FROM clinic.t";

class FailuresTest : public DuckDbTest {
 protected:
  void make_file(std::string_view rows = R"([{"v":"kept"}])") {
    ASSERT_NE(apply_text(*open(), text_plan(), {rows}).find(" inserted\n"), std::string::npos);
  }
  // Runs the work in a child whose folder is a small disk; skips where that is not permitted.
  std::string on_small_disk(int kilobytes, const std::function<std::string()>& work) {
    return in_child([&] { return mount_small_disk(folder_.string(), kilobytes) ? work() : "not permitted"; });
  }
};

TEST_F(FailuresTest, AFileThatAnotherProcessHolds) {
  const WaitingChild holder([&](const auto& ready) {
    const auto held = open();
    ready(held ? "open" : "failed");
  });
  ASSERT_EQ(holder.said(), "open");
  const std::string expected =
      fmt::format("destination: DuckDB file {} is in use by process {} / Wait until it is done, or stop it; DuckDB lets one process hold a file",
                  path(), holder.process());
  EXPECT_EQ(opening_error(), expected);
  EXPECT_EQ(opening_error(true), expected);
}

TEST_F(FailuresTest, ADirectoryThatIsNotThere) {
  std::filesystem::remove_all(folder_);
  EXPECT_EQ(opening_error(),
            fmt::format("user: the directory of DuckDB file {} is not there / Create it, or correct the destination's path", path()));
}

TEST_F(FailuresTest, ADirectoryInItsPlace) {
  std::filesystem::create_directory(path());
  EXPECT_EQ(opening_error(), fmt::format("user: {} is a directory, not a DuckDB file / Give destination.path the name of a file", path()));
}

TEST_F(FailuresTest, NothingToRead) {
  EXPECT_EQ(opening_error(true),
            fmt::format("user: DuckDB file {} is not there yet / Run an ingest first, or correct the destination's path", path()));
  EXPECT_FALSE(std::filesystem::exists(path()));
}

TEST_F(FailuresTest, AFileOfAnotherKind) {
  for (const std::string& bytes : {std::string(), std::string("PAR1"), std::string(100'000, 'x')}) {
    write_file(path(), bytes);
    EXPECT_EQ(opening_error(),
              fmt::format("destination: {} is not a DuckDB file / Choose another destination path; the file was not touched", path()))
        << bytes.size();
    EXPECT_EQ(read_file(path()), bytes);
  }
}

TEST_F(FailuresTest, AFileOfANewerDuckDb) {
  make_file();
  // The main header: a checksum of the block's other bytes, "DUCK", and the version of the storage.
  std::string bytes = read_file(path());
  ASSERT_EQ(header_checksum(bytes), word_at(bytes, 0));
  bytes[12] = 99;
  const std::uint64_t checksum = header_checksum(bytes);
  std::memcpy(bytes.data(), &checksum, sizeof checksum);
  write_file(path(), bytes);
  EXPECT_EQ(opening_error(), fmt::format("destination: DuckDB file {} was written by another, most likely a newer version of DuckDB than 1.4 / Open "
                                         "it with that version and export it "
                                         "(EXPORT DATABASE), or choose another destination path; the file was not touched",
                                         path()));
}

TEST_F(FailuresTest, ADatabaseInMemory) {
  DuckDbOptions options;
  options.path = ":memory:";
  const auto opened = open_duckdb(options);
  ASSERT_FALSE(opened);
  EXPECT_EQ(text_of(opened.error()),
            "user: the destination lies in memory: what a run lands there would be gone with it / Give destination.path the name of a file");
}

TEST_F(FailuresTest, AFileOfANewerLakeflow) {
  make_file();
  ASSERT_EQ(in_child([&] {
              const auto destination = open();
              const auto transaction = *destination->begin();
              ApplyPlan version;
              version.target = {"_lakeflow", "version"};
              version.schema = arrow::schema(
                  {arrow::field("version", arrow::int32()), arrow::field("created_at", arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"))});
              if (!transaction->apply(version, slice_of(version, R"([{"version":7,"created_at":0}])"))) return std::string("not applied");
              return transaction->commit() ? std::string("done") : std::string("not committed");
            }),
            "done");
  for (const bool read_only : {false, true}) {
    EXPECT_EQ(opening_error(read_only),
              fmt::format("destination: DuckDB file {} was written by a newer lakeflow: its schema _lakeflow has version 7, this program knows 4 / "
                          "Upgrade lakeflow, or choose another destination path; the file was not changed",
                          path()));
  }
}

TEST_F(FailuresTest, ADamagedFile) {
  make_file(bulky_rows(3000));
  const std::string whole = read_file(path());
  const std::string damaged = fmt::format(
      "destination: DuckDB file {} is damaged / Restore the file from a backup, or ingest into a new file: what is missing is read from the "
      "source again",
      path());
  const auto opened_and_read = [&] {
    const auto destination = open_duckdb({.path = path(), .memory_limit = 0, .read_only = false});
    return destination ? query_text(**destination, "SELECT max(v) FROM clinic.t") : text_of(destination.error());
  };
  write_file(path(), whole.substr(0, whole.size() / 2));
  EXPECT_EQ(opened_and_read(), damaged) << "cut in half";
  int found = 0;
  for (std::size_t place = 12288 + 100; place < whole.size(); place += 262144) {
    std::string flipped = whole;
    flipped[place] = static_cast<char>(flipped[place] ^ 0x40);
    write_file(path(), flipped);
    const std::string said = opened_and_read();
    if (said.starts_with("destination: ") || said.starts_with("IOError: ")) {
      EXPECT_NE(said.find("is damaged"), std::string::npos) << said;
      ++found;
    }
  }
  EXPECT_GT(found, 4);
}

TEST_F(FailuresTest, ADamagedLog) {
  make_file();
  // A process that is killed leaves its log.
  {
    WaitingChild writer([&](const auto& ready) {
      const auto destination = open();
      std::string said = apply_text(*destination, text_plan(), {bulky_rows(200)});
      said += apply_text(*destination, text_plan(), {bulky_rows(200)});
      ready(said);
    });
    ASSERT_EQ(writer.said(), "200 inserted\n200 inserted\n");
    writer.kill();
  }
  const std::string log_path = path() + ".wal", log = read_file(log_path), file = read_file(path());
  ASSERT_GT(log.size(), 200'000U);
  std::string flipped = log;
  flipped[log.size() / 4] = static_cast<char>(flipped[log.size() / 4] ^ 0x40);
  write_file(log_path, flipped);
  EXPECT_EQ(
      opening_error(),
      fmt::format(
          "destination: the write-ahead log {0}.wal is damaged / Keep a copy of both files; without {0}.wal the file {0} opens as it was at its last "
          "checkpoint, and the next run reads again what came after",
          path()));
  // The advice holds.
  std::filesystem::rename(log_path, log_path + ".damaged");
  EXPECT_EQ(query_text(*open(), kCount), "1\n");
  // Torn at the end, as by a crash in a write: the last commit is not there, the one before is.
  write_file(path(), file);
  write_file(log_path, log.substr(0, log.size() - 1000));
  EXPECT_EQ(query_text(*open(), kCount), "201\n");
  // Zeros, where a power cut came before the bytes of a write: all that was committed is there, and the log is written on.
  for (const std::size_t zeros : {1U, 7U, 16U, 100'000U}) {
    write_file(path(), file);
    write_file(log_path, log + std::string(zeros, '\0'));
    EXPECT_EQ(query_text(*open(), kCount), "401\n") << zeros;
  }
  write_file(path(), file);
  write_file(log_path, std::string(5000, '\0'));
  EXPECT_EQ(query_text(*open(), kCount), "1\n");
  write_file(path(), file);
  write_file(log_path, log);
  EXPECT_EQ(query_text(*open(), kCount), "401\n");
}

TEST_F(FailuresTest, AFullDisk) {
  const std::string said = on_small_disk(6000, [&]() -> std::string {
    std::string out;
    {
      const auto destination = open();
      out += apply_text(*destination, text_plan(), {R"([{"v":"kept"}])"});
      for (int i = 0; i < 20; ++i) {
        const std::string applied = apply_text(*destination, text_plan(), {bulky_rows(1000)});
        if (applied != "1000 inserted\n") return out + applied + "\n" + std::to_string(i) + " fitted";
      }
    }
    return "never full";
  });
  if (said == "not permitted") GTEST_SKIP() << "no small disk can be mounted here";
  EXPECT_EQ(said.substr(0, said.rfind('\n')), fmt::format("1 inserted\ndestination: the disk is full: DuckDB file {} could not grow / Make room and "
                                                          "run again: what was committed is safe, and the run goes on from there",
                                                          path()));
}

TEST_F(FailuresTest, ALogThatDoesNotFitIntoTheFileIsSaidAtTheClose) {
  const std::string said = on_small_disk(8000, [&]() -> std::string {
    const std::string ballast = (folder_ / "ballast").string();
    std::string out;
    {
      const auto destination = open();
      out += apply_text(*destination, text_plan(), {bulky_rows(1500)});
      write_file(ballast, std::string(16'000'000, 'x'));
      const Status closed = destination->close();
      out += (closed ? "closed" : text_of(closed.error())) + "\n";
    }
    std::filesystem::remove(ballast);
    const auto destination = open();
    out += query_text(*destination, kCount);
    out += destination->close() ? "closed" : "not closed";
    return out + (std::filesystem::exists(path() + ".wal") ? ", with a log" : ", without a log");
  });
  if (said == "not permitted") GTEST_SKIP() << "no small disk can be mounted here";
  EXPECT_EQ(said, fmt::format("1500 inserted\ndestination: what was committed is safe, but stays in the log {0}.wal, as it could not be written into "
                              "the file: the disk is full: DuckDB file {0} could not grow / Keep both files together, and before the next run: Make "
                              "room and run again: what was committed is safe, and the run goes on from there\n1500\nclosed, without a log",
                              path()));
}

// A few rows in 2,000 columns: in DuckDB's own blocks of 256 KiB each column takes one for its values and one for its nulls, a gigabyte.
TEST_F(FailuresTest, ATableOfManyColumnsIsClosedWithinTheMemoryLimit) {
  ApplyPlan plan;
  plan.target = {"clinic", "wide"};
  arrow::FieldVector fields;
  for (int i = 0; i < 2000; ++i) fields.push_back(arrow::field("c" + std::to_string(i), arrow::utf8()));
  plan.schema = arrow::schema(fields);
  {
    const auto destination = open_duckdb({.path = path(), .memory_limit = 256 << 20, .read_only = false, .widest_plain_table = 3000});
    ASSERT_TRUE(destination) << text_of(destination.error());
    for (int commit = 0; commit < 3; ++commit) {
      ASSERT_EQ(apply_text(**destination, plan, {R"([{"c0":"a"},{"c1":"b"},{"c1999":"c"}])"}), "3 inserted\n");
    }
    const Status closed = (*destination)->close();
    EXPECT_TRUE(closed) << text_of(closed.error());
  }
  EXPECT_FALSE(std::filesystem::exists(path() + ".wal"));
  EXPECT_EQ(query_text(*open(), "SELECT count(c1) FROM clinic.wide"), "3\n");
}

TEST_F(FailuresTest, ADiskThatCanOnlyBeRead) {
  const std::string said = on_small_disk(10'000, [&]() -> std::string {
    if (apply_text(*open(), text_plan(), {R"([{"v":"kept"}])"}) != "1 inserted\n") return "failed";
    if (!make_read_only(folder_.string())) return "not permitted";
    return opening_error() + "\n" + query_text(*open(true), kCount);
  });
  if (said == "not permitted") GTEST_SKIP() << "no disk can be mounted here";
  EXPECT_EQ(said, fmt::format("destination: no right to write beside DuckDB file {} (Read-only file system) / Give this user the right to write the "
                              "file and its directory, or choose "
                              "another destination path\n1\n",
                              path()));
}

TEST_F(FailuresTest, AFileThatMayOnlyBeRead) {
  make_file();
  std::filesystem::permissions(path(), std::filesystem::perms::owner_read);
  if (::access(path().c_str(), W_OK) == 0) GTEST_SKIP() << "root may write all files";
  EXPECT_EQ(
      opening_error(),
      fmt::format(
          "destination: no right to write DuckDB file {} or its directory / Give this user the right to write the file and its directory, or choose "
          "another destination path",
          path()));
}

TEST_F(FailuresTest, TooLittleMemoryIsSaid) {
  const auto destination = open_duckdb({.path = path(), .memory_limit = 12 << 20, .read_only = false});
  ASSERT_TRUE(destination) << text_of(destination.error());
  const std::string said = query_text(**destination, "SELECT list(i ORDER BY hash(i)) FROM range(3000000) r(i)");
  EXPECT_NE(said.find("DuckDB's memory limit does not suffice"), std::string::npos) << said;
}

}  // namespace
}  // namespace lakeflow::testing
