#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/error.h"

namespace lakeflow {

struct Hl7FeedOptions {
  std::string folder;  // made where it is not there; files in it are never written over
  std::uint64_t messages = 1000;
  std::uint64_t seed = 1;
  double fault_percent = 0;  // of the messages
  std::uint64_t messages_per_file = 100;
};

// What a feed holds: the truth that a reading of it can be compared with.
struct Hl7Feed {
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  // Messages that a reader can read, those with a harmless fault included; and their segments.
  std::map<std::string, std::uint64_t> messages;  // by type: "ADT"
  std::map<std::string, std::uint64_t> segments;  // by name: "OBX"
  std::map<std::string, std::uint64_t> faults;    // by name
  std::uint64_t unreadable = 0;                   // messages, or what is left of them, that no reader can read
};

// Writes a made-up hospital's messages (hospital_messages.h) into files feed-000001.hl7, feed-000002.hl7 …, the same for the same options
// wherever this runs. Files come in the forms that senders use: CR, LF or CR LF behind segments, a byte order mark, MLLP frames, batches
// with envelopes.
//
// Faults, of which each is as likely as any other:
//   unreadable  torn (cut in the middle of a segment), no_header, bad_delimiters, no_type
//   harmless    twice (the message comes again), bad_time (MSH-7), undecodable (a byte that MSH-18's character set lacks), strange_segment
Result<Hl7Feed> write_hl7_feed(const Hl7FeedOptions& options);

}  // namespace lakeflow
