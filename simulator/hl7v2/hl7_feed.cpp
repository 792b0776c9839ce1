#include "simulator/hl7v2/hl7_feed.h"

#include <array>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <string_view>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "simulator/hl7v2/hospital_messages.h"

namespace lakeflow {
namespace {

namespace fs = std::filesystem;
using namespace std::string_view_literals;

constexpr char kStartOfFrame = '\x0b';
constexpr std::string_view kEndOfFrame = "\x1c\r";

enum class Form { kCarriageReturn, kLineFeed, kBoth, kByteOrderMark, kFrames, kBatch };
constexpr std::array kForms = {Form::kCarriageReturn, Form::kLineFeed, Form::kBoth, Form::kByteOrderMark, Form::kFrames, Form::kBatch};

constexpr std::array kFaults = {"torn"sv,  "no_header"sv, "bad_delimiters"sv, "no_type"sv,
                                "twice"sv, "bad_time"sv,  "undecodable"sv,    "strange_segment"sv};

// Replaces field `number` of MSH, whose separator is the message's own.
std::string with_header_field(std::string_view message, unsigned number, std::string_view value) {
  const char separator = message[3];
  std::size_t begin = 0;
  for (unsigned i = 1; i < number && begin < message.size(); ++i) {
    begin = message.find(separator, begin) + 1;
  }
  const std::size_t end = message.find_first_of(std::string{separator, '\r'}, begin);
  return fmt::format("{}{}{}", message.substr(0, begin), value, message.substr(end));
}

class FeedFile {
 public:
  FeedFile(fs::path path, Form form) : path_(std::move(path)), form_(form) {
    if (form_ == Form::kByteOrderMark) {
      bytes_ = "\xEF\xBB\xBF";
    } else if (form_ == Form::kBatch) {
      bytes_ = "FHS|^~\\&|EAST|HUB\rBHS|^~\\&|EAST|HUB\r";
    }
  }

  // Whether the next message is known as one also without a header.
  bool tells_messages_apart() const { return form_ == Form::kFrames || (messages_ == 0 && form_ != Form::kBatch); }

  // `is_torn`: what follows comes right behind it.
  void add(std::string_view message, bool is_torn) {
    ++messages_;
    if (form_ == Form::kFrames) {
      bytes_ += kStartOfFrame;
    }
    const std::string_view terminator = form_ == Form::kLineFeed ? "\n"sv : form_ == Form::kBoth ? "\r\n"sv : "\r"sv;
    for (const char c : message) {
      bytes_ += c == '\r' ? terminator : std::string_view(&c, 1);
    }
    if (form_ == Form::kFrames && !is_torn) {
      bytes_ += kEndOfFrame;
    }
  }

  // How many bytes were written.
  Result<std::uint64_t> write(bool has_faults) {
    if (form_ == Form::kBatch) {
      // Senders count what they meant to send.
      bytes_ += has_faults ? std::string("BTS\rFTS|1\r") : fmt::format("BTS|{}\rFTS|1\r", messages_);
    }
    const int file = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) {
      return std::unexpected(Error::user(fmt::format("{} can't be made ({})", path_.string(), std::generic_category().message(errno)),
                                         "give a folder that is new or empty"));
    }
    std::size_t done = 0;
    while (done < bytes_.size()) {
      const ssize_t written = ::write(file, bytes_.data() + done, bytes_.size() - done);
      if (written < 0 && errno != EINTR) {
        break;
      }
      done += written < 0 ? 0U : static_cast<std::size_t>(written);
    }
    const int reason = errno;
    if (::close(file) != 0 || done < bytes_.size()) {
      return std::unexpected(
          Error::user(fmt::format("{} can't be written ({})", path_.string(), std::generic_category().message(reason)), "make room on the disk"));
    }
    return bytes_.size();
  }

 private:
  fs::path path_;
  Form form_;
  std::string bytes_;
  std::uint64_t messages_ = 0;
};

class Feed {
 public:
  explicit Feed(const Hl7FeedOptions& options) : options_(options), hospital_(options.seed, options.messages), random_(~options.seed) {}

  Result<Hl7Feed> write() {
    std::error_code failure;
    fs::create_directories(options_.folder, failure);
    if (failure) {
      return std::unexpected(Error::user(fmt::format("the folder {} can't be made ({})", options_.folder, failure.message())));
    }
    for (std::uint64_t written = 0; written < options_.messages; written += options_.messages_per_file) {
      FeedFile file(fs::path(options_.folder) / fmt::format("feed-{:06}.hl7", ++feed_.files), random_.pick(kForms));
      const std::uint64_t end = std::min(options_.messages, written + options_.messages_per_file);
      bool has_faults = false;
      for (std::uint64_t i = written; i < end; ++i) {
        const HospitalMessage message = hospital_.next();
        if (random_.chance(options_.fault_percent)) {
          has_faults = true;
          add_faulty(message, file, i + 1 == end);
        } else {
          add(message, message.bytes, file);
        }
      }
      LAKEFLOW_ASSIGN(const std::uint64_t bytes, file.write(has_faults));
      feed_.bytes += bytes;
    }
    return std::move(feed_);
  }

 private:
  void add(const HospitalMessage& message, std::string_view bytes, FeedFile& file) {
    file.add(bytes, false);
    ++feed_.messages[message.type];
    for (const std::string& segment : message.segments) {
      ++feed_.segments[segment];
    }
  }

  void add_faulty(const HospitalMessage& message, FeedFile& file, bool is_last) {
    std::string_view fault = random_.pick(kFaults);
    // Of the last message of a file nobody can tell that it was cut.
    if (is_last && fault == "torn"sv) {
      fault = "twice";
    }
    // Without a header between them, segments belong to the message before: only a frame, or a file's begin, tells that there is none.
    if (fault == "no_header"sv && !file.tells_messages_apart()) {
      fault = "no_type";
    }
    ++feed_.faults[std::string(fault)];
    const std::string& bytes = message.bytes;
    if (fault == "torn"sv) {
      ++feed_.unreadable;
      file.add(std::string_view(bytes).substr(0, cut(bytes)), true);
    } else if (fault == "no_header"sv) {
      ++feed_.unreadable;
      file.add(std::string_view(bytes).substr(bytes.find('\r') + 1), false);
    } else if (fault == "bad_delimiters"sv) {
      ++feed_.unreadable;
      file.add("MSH|^^^^" + bytes.substr(bytes.find(bytes[3], 4)), false);
    } else if (fault == "no_type"sv) {
      ++feed_.unreadable;
      file.add(with_header_field(bytes, 9, ""), false);
    } else if (fault == "twice"sv) {
      add(message, bytes, file);
      add(message, bytes, file);
    } else if (fault == "bad_time"sv) {
      add(message, with_header_field(bytes, 7, "20241345"), file);
    } else if (fault == "undecodable"sv) {
      // In a field that may hold any text: MSH-8, security.
      add(message, with_header_field(bytes, 8, "caf\xFF"), file);
    } else {
      add(message, bytes + "a line that is no segment\r", file);
    }
  }

  // A place in the middle of a segment, behind the header.
  std::size_t cut(std::string_view bytes) {
    const std::size_t header_end = bytes.find('\r');
    std::size_t place = header_end + 2 + random_.below(bytes.size() - header_end - 4);
    while (bytes[place] == '\r' || bytes[place - 1] == '\r') {
      --place;
    }
    return place;
  }

  const Hl7FeedOptions& options_;
  HospitalMessages hospital_;
  RandomSource random_;
  Hl7Feed feed_;
};

}  // namespace

Result<Hl7Feed> write_hl7_feed(const Hl7FeedOptions& options) {
  if (options.messages_per_file == 0 || options.fault_percent < 0 || options.fault_percent > 100) {
    return std::unexpected(Error::user("a file holds one message at least, and faults are a percentage", "give numbers that make sense"));
  }
  return Feed(options).write();
}

}  // namespace lakeflow
