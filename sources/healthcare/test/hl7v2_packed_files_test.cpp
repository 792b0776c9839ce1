// Compressed files and archives as a source: each message once, whatever happens to what it is packed in.

#include <cstdlib>
#include <filesystem>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "sources/healthcare/hl7v2/hl7v2_tables.h"
#include "sources/healthcare/test/hl7v2_test_source.h"

namespace lakeflow {
namespace {

namespace fs = std::filesystem;

// Runs Python in the source's folder; save(NAME, BYTES), gzip, zstd, zip, tar and message(n), messages(first, last) are at hand.
void make(const Hl7TestSource& source, const std::string& script) {
  const TemporaryFolder scripts;
  scripts.write("make.py", std::string(R"(from archives import *
def save(name, data):
    open(name, "wb").write(data)
def message(i):
    return f"MSH|^~\\&|LAB|HOSP|||20240101120000||ORU^R01|{i}|P|2.5\rPID|1||P{i}\rOBX|1|NM|GLU||{i}\r".encode()
def messages(first, last):
    return b"".join(message(i) for i in range(first, last + 1))
)") + script);
  const std::string command =
      fmt::format("cd '{}' && PYTHONDONTWRITEBYTECODE=1 PYTHONPATH='{}/libs/packed_files/test' '{}/.deps/venv/bin/python' '{}/make.py'",
                  source.folder().path().string(), LAKEFLOW_SOURCE_DIR, LAKEFLOW_SOURCE_DIR, scripts.path().string());
  ASSERT_EQ(std::system(command.c_str()), 0);
}

std::vector<std::string> rows(const Reading& reading) {
  EXPECT_EQ(reading.error, "");
  const auto found = reading.tables.find("pid");
  return found == reading.tables.end() ? std::vector<std::string>() : found->second;
}

// "1 2 3", by MSH-10.
std::string ids(const Reading& reading) {
  std::string text;
  for (const std::string& row : rows(reading)) {
    constexpr std::string_view kMember = R"("message_control_id":")";
    const std::size_t at = row.find(kMember) + kMember.size();
    text += (text.empty() ? "" : " ") + row.substr(at, row.find('"', at) - at);
  }
  return text;
}

TEST(Hl7PackedFiles, ReadsCompressedFilesByTheirContent) {
  Hl7TestSource source;
  make(source, R"(
save("a.hl7.gz", gzip(messages(1, 2)))
save("b.hl7", gzip(messages(3, 3)))
save("c.hl7.zst", zstd(messages(4, 5)))
save("d.txt.gz", gzip(messages(9, 9)))
)");
  EXPECT_EQ(ids(source.read()), "1 2 3 4 5");
  EXPECT_EQ(ids(source.read()), "");
  make(source, R"(save("a.hl7.gz", gzip(messages(1, 2)) + gzip(messages(6, 6))))");
  EXPECT_EQ(ids(source.read()), "6") << "what was appended";
  fs::rename(source.folder().path() / "a.hl7.gz", source.folder().path() / "z.hl7.gz");
  EXPECT_EQ(ids(source.read()), "") << "the same file under another name";
  make(source, R"(save("c.hl7.zst", zstd(messages(7, 8))))");
  const Reading rewritten = source.read();
  EXPECT_EQ(ids(rewritten), "");
  EXPECT_EQ(rewritten.filtered.at("file_rewritten"), 1U);
}

TEST(Hl7PackedFiles, KnowsAFileAgainThatWasCompressedInItsPlace) {
  Hl7TestSource source;
  make(source, R"(
save("a.hl7", messages(1, 2000))
save("b.hl7", messages(3, 4))
)");
  EXPECT_EQ(source.read().records, 2002U);
  make(source, R"(
import os
os.remove("a.hl7")
os.remove("b.hl7")
save("a.hl7.gz", gzip(messages(1, 2000) + message(9)))
save("b.hl7.gz", gzip(messages(5, 6)))
)");
  EXPECT_EQ(ids(source.read()), "9 5 6") << "what is new in it, and another file that only has the name";
  EXPECT_EQ(ids(source.read()), "");
}

TEST(Hl7PackedFiles, LeavesPackedFilesWhereToldTo) {
  Hl7TestSource source({{"read_packed", "false"}});
  make(source, R"(
save("a.hl7.gz", gzip(messages(1, 2)))
save("day.zip", zip({"a.hl7": messages(3, 3)}))
save("b.hl7", messages(4, 4))
)");
  EXPECT_EQ(ids(source.read()), "4");
}

TEST(Hl7PackedFiles, ReadsOnOnceATruncatedFileIsWhole) {
  Hl7TestSource source;
  make(source, R"(save("a.hl7.gz", gzip(messages(1, 300))[:1500]))");
  const Reading first = source.read();
  ASSERT_EQ(first.broken.size(), 1U);
  EXPECT_NE(first.broken[0].find("truncated_file"), std::string::npos);
  EXPECT_GT(first.records, 20U);
  EXPECT_EQ(source.warnings().size(), 1U);
  const Reading again = source.read();
  EXPECT_EQ(again.records + again.broken.size(), 0U) << "said once";

  make(source, R"(save("a.hl7.gz", gzip(messages(1, 300))))");
  const Reading second = source.read();
  EXPECT_TRUE(second.broken.empty());
  EXPECT_EQ(first.records + second.records, 300U);
  Hl7TestSource whole;
  make(whole, R"(save("a.hl7.gz", gzip(messages(1, 300))))");
  auto all = rows(first);
  for (const std::string& row : rows(second)) {
    all.push_back(row);
  }
  EXPECT_EQ(all, rows(whole.read())) << "keys included";
}

TEST(Hl7PackedFiles, ReadsOnlyNewMembersOfAnArchiveThatGrew) {
  for (const std::string kind : {"zip(members)", "tar(members)", "gzip(tar(members))"}) {
    Hl7TestSource source;
    const std::string start =
        "members = {'b.hl7': messages(1, 2), 'in/a.hl7': messages(3, 3), 'readme.txt': messages(9, 9), 'c.hl7.gz': gzip(messages(4, 4))}\n";
    make(source, start + "save('day.zip', " + kind + ")");
    EXPECT_EQ(ids(source.read()), "1 2 3 4") << kind;
    EXPECT_TRUE(source.state().contains("file/day.zip!/in/a.hl7")) << kind;
    EXPECT_EQ(ids(source.read()), "") << kind;
    make(source, start + "members['0.hl7'] = messages(5, 6)\nsave('day.zip', " + kind + ")");
    EXPECT_EQ(ids(source.read()), "5 6") << kind;

    make(source, start + "del members['b.hl7']\nsave('day.zip', " + kind + ")");
    EXPECT_EQ(ids(source.read()), "") << kind;
    EXPECT_NE(source.state().at("file/day.zip!/b.hl7").find("missing_since"), std::string::npos) << kind;
    EXPECT_EQ(source.state().at("file/day.zip!/in/a.hl7").find("missing_since"), std::string::npos) << kind;

    fs::rename(source.folder().path() / "day.zip", source.folder().path() / "monday.zip");
    EXPECT_EQ(ids(source.read()), "") << kind << ": its members go with it";
    fs::rename(source.folder().path() / "monday.zip", source.folder().path() / "away");
    EXPECT_EQ(ids(source.read()), "") << kind;
    fs::rename(source.folder().path() / "away", source.folder().path() / "monday.zip");
    EXPECT_EQ(ids(source.read()), "") << kind;
    EXPECT_TRUE(source.warnings().empty()) << kind << source.warnings()[0];
  }
}

TEST(Hl7PackedFiles, ReadsAroundADamagedMemberAndOnceMoreWhenItIsRepaired) {
  Hl7TestSource source;
  const std::string members = "data = bytearray(zip({'a.hl7': messages(1, 2), 'b.hl7': messages(3, 500), 'c.hl7': messages(501, 501)}))\n";
  make(source, members + "at = data.index(b'b.hl7') + 1000\ndata[at:at + 8] = b'\\xff' * 8\nsave('day.zip', data)");
  const Reading first = source.read();
  ASSERT_EQ(first.broken.size(), 1U);
  EXPECT_NE(first.broken[0].find("damaged_file"), std::string::npos);
  EXPECT_TRUE(ids(first).ends_with(" 501"));
  EXPECT_EQ(source.read().broken.size(), 0U);
  make(source, members + "save('day.zip', data)");
  const Reading second = source.read();
  EXPECT_TRUE(second.broken.empty());
  EXPECT_EQ(first.records + second.records, 501U);
}

TEST(Hl7PackedFiles, GoesOnInTheMiddleOfAnArchiveWithTheSameKeys) {
  const std::string script = "save('day.tar.gz', gzip(tar({f'{i}.hl7': messages(i * 1000, i * 1000 + 700) for i in range(6)})))";
  Hl7TestSource whole;
  make(whole, script);
  const Reading undisturbed = whole.read();
  ASSERT_EQ(undisturbed.decoded, 6U * 701);
  Hl7TestSource killed;
  make(killed, script);
  std::vector<std::string> all;
  std::string end;
  for (int reads = 0; reads < 200 && end != "caught_up"; ++reads) {
    const Reading part = killed.read(1, 1 + static_cast<std::size_t>(reads % 2));
    for (const std::string& row : rows(part)) {
      all.push_back(row);
    }
    end = part.end;
  }
  EXPECT_EQ(all, rows(undisturbed));
}

TEST(Hl7PackedFiles, CutsNoArchiveByALimitAndReadsTheRestLater) {
  Hl7TestSource source({{"batch_size", "1"}});
  make(source, R"(
save("a.zip", zip({"1.hl7": messages(1, 1), "2.hl7": messages(2, 2), "3.hl7": messages(3, 3)}))
save("b.hl7", messages(4, 4))
)");
  EXPECT_EQ(ids(source.read()), "1 2 3");
  EXPECT_EQ(ids(source.read()), "4");
}

TEST(Hl7PackedFiles, SaysInACheckWhatIsInTheNewestFile) {
  Hl7TestSource source;
  make(source, R"(save("day.zip", zip({"readme.txt": b"no", "a.hl7": messages(1, 1)})))");
  const std::vector<TableRequest> requests = {{"pid", {}}};
  auto findings = source.tables().check_connection(requests, ReadContext());
  ASSERT_TRUE(findings);
  EXPECT_EQ(findings->at(1).subject, "newest file day.zip!/a.hl7");
  EXPECT_TRUE(findings->at(1).passed) << findings->at(1).message;
  make(source, R"(save("zcut.hl7.gz", gzip(messages(1, 100))[:500]))");
  fs::last_write_time(source.folder().path() / "day.zip", fs::file_time_type::clock::now() - std::chrono::hours(1));
  findings = source.tables().check_connection(requests, ReadContext());
  EXPECT_FALSE(findings->at(1).passed);
  EXPECT_NE(findings->at(1).message.find("truncated_file"), std::string::npos);
}

}  // namespace
}  // namespace lakeflow
