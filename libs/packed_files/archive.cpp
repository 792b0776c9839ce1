#include "libs/packed_files/archive.h"

#include <locale.h>  // newlocale

#include <array>
#include <map>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "libs/packed_files/archive_handle.h"
#include "libs/packed_files/byte_stream.h"
#include "libs/packed_files/stream_reader.h"

namespace lakeflow {
namespace {

// libarchive turns names into the character set of the thread's locale, and gives none where that can't have them.
class Utf8Locale {
 public:
  Utf8Locale() : locale_(newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)) {}
  Utf8Locale(const Utf8Locale&) = delete;
  Utf8Locale& operator=(const Utf8Locale&) = delete;
  ~Utf8Locale() {
    if (locale_ != nullptr) {
      freelocale(locale_);
    }
  }

  // The thread's, while it lives.
  class Use {
   public:
    explicit Use(const Utf8Locale& utf8) : before_(utf8.locale_ != nullptr ? uselocale(utf8.locale_) : nullptr) {}
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;
    ~Use() {
      if (before_ != nullptr) {
        uselocale(before_);
      }
    }

   private:
    locale_t before_;
  };

 private:
  locale_t locale_;
};

std::string member_path(archive_entry* entry) {
  const char* const utf8 = archive_entry_pathname_utf8(entry);
  const char* const raw = utf8 != nullptr ? utf8 : archive_entry_pathname(entry);
  std::string_view name = raw != nullptr ? raw : "";
  while (name.starts_with("./") || name.starts_with('/')) {
    name.remove_prefix(name.starts_with('/') ? 1 : 2);
  }
  std::string path;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20U || byte == 0x7FU || (utf8 == nullptr && byte >= 0x80U)) {
      path += fmt::format("%{:02X}", byte);
    } else {
      path += c;
    }
  }
  return path;
}

class LibarchiveArchive;

// The data of one member. Begins again by walking to it from the archive's beginning.
class MemberStream final : public ByteStream {
 public:
  MemberStream(LibarchiveArchive& archive, std::size_t entries, FileIdentity identity) : archive_(archive), entries_(entries), identity_(identity) {}

  Result<std::size_t> read(std::span<char> buffer) override;
  std::optional<Damage> damage() const override { return damage_; }
  Status restart() override;
  // An archive that changed is no longer the one that the member was found in.
  Result<FileIdentity> identity() override;

 private:
  LibarchiveArchive& archive_;
  const std::size_t entries_;  // of the archive, up to it
  const FileIdentity identity_;
  std::optional<Damage> damage_;
};

class LibarchiveArchive final : public Archive {
 public:
  LibarchiveArchive(std::unique_ptr<FileReader> file, Packing packing, UnpackLimits limits)
      : file_(std::move(file)), packing_(packing), limits_(limits) {}

  Result<std::optional<ArchiveMember>> next() override {
    const Utf8Locale::Use locale(locale_);
    LAKEFLOW_TRY(prepare());
    if (has_no_members_) {
      return std::optional<ArchiveMember>();
    }
    // What damaged a member of a zip ended that walk: the directory leads to the members after it.
    if (handle_->problem() && packing_ == Packing::kZip && zip_ == ArchiveHandle::Zip::kByDirectory) {
      LAKEFLOW_TRY(walk_past(entries_));
    }
    LAKEFLOW_ASSIGN(archive_entry* const entry, next_file());
    if (entry == nullptr) {
      // What holds of a member only is not the archive's.
      damage_ = damage_ ? damage_ : handle_->problem();
      return std::optional<ArchiveMember>();
    }
    ArchiveMember member{.path = member_path(entry), .identity = {}};
    const std::size_t count = ++names_[member.path];
    if (count > 1) {
      member.path += fmt::format("#{}", count);
    }
    member.identity.size = archive_entry_size_is_set(entry) != 0 ? static_cast<std::uint64_t>(archive_entry_size(entry)) : 0;
    member.identity.version = 1;  // of none: tells from one whose archive changed meanwhile
    member.identity.modified_ns = archive_entry_mtime(entry) * 1'000'000'000 + archive_entry_mtime_nsec(entry);
    current_ = member.identity;
    is_encrypted_ = archive_entry_is_encrypted(entry) != 0;
    return std::optional(std::move(member));
  }

  std::unique_ptr<FileReader> open_member() override {
    return std::make_unique<StreamReader>(std::make_unique<MemberStream>(*this, entries_, current_));
  }

  std::optional<Damage> damage() const override { return damage_; }
  Result<FileIdentity> identity() override { return file_->identity(); }

  // For the stream of a member.
  Result<std::size_t> read_member(std::span<char> buffer, std::optional<Damage>& damage) {
    if (is_encrypted_) {
      damage = Damage{"encrypted_file", "it is encrypted in its archive"};
      return 0;
    }
    LAKEFLOW_ASSIGN(const std::size_t count, handle_->read(buffer));
    unpacked_ += count;
    member_unpacked_ += count;
    if (!limits_.allows(identity_->size, unpacked_)) {
      damage = Damage{"unpacks_to_too_much", fmt::format("the {} bytes of its archive give more than {} bytes, above the ratio of {}",
                                                         identity_->size, unpacked_, limits_.ratio)};
      return 0;
    }
    if (count < buffer.size()) {
      damage = handle_->problem();
    }
    return count;
  }

  Result<bool> has_changed() {
    LAKEFLOW_ASSIGN(const FileIdentity now, file_->identity());
    return now != *identity_;
  }

  Status restart_member(std::size_t entries) {
    unpacked_ -= std::exchange(member_unpacked_, 0);
    return walk_past(entries);
  }

 private:
  // Begins again, and takes so many entries.
  Status walk_past(std::size_t entries) {
    handle_ = std::make_unique<ArchiveHandle>(*file_, packing_, zip_);
    for (std::size_t i = 0; i < entries; ++i) {
      LAKEFLOW_ASSIGN(archive_entry* const entry, handle_->next());
      if (entry == nullptr) {
        break;
      }
    }
    return {};
  }

  Status prepare() {
    if (handle_ != nullptr) {
      return {};
    }
    LAKEFLOW_ASSIGN(identity_, file_->identity());
    zip_ = file_->is_packed() ? ArchiveHandle::Zip::kAsItFollows : ArchiveHandle::Zip::kByDirectory;
    handle_ = std::make_unique<ArchiveHandle>(*file_, packing_, zip_);
    if (packing_ != Packing::kZip || zip_ == ArchiveHandle::Zip::kAsItFollows) {
      return {};
    }
    // A zip that was cut has no directory.
    LAKEFLOW_TRY(handle_->next());
    if (handle_->problem()) {
      LAKEFLOW_ASSIGN(has_no_members_, is_empty_zip());
      if (has_no_members_) {
        return {};
      }
      damage_ = Damage{"truncated_file", "the zip file has no directory of contents at its end, as if it had been cut"};
      zip_ = ArchiveHandle::Zip::kAsItFollows;
    }
    return walk_past(0);
  }

  // libarchive takes nothing but a directory for no zip.
  Result<bool> is_empty_zip() {
    std::array<char, 4> first{};
    LAKEFLOW_TRY(file_->read(0, first));
    return std::string_view(first.data(), first.size()) == "PK\x05\x06";
  }

  // The next entry that is a file.
  Result<archive_entry*> next_file() {
    while (true) {
      LAKEFLOW_ASSIGN(archive_entry* const entry, handle_->next());
      if (entry == nullptr) {
        return nullptr;
      }
      ++entries_;
      member_unpacked_ = 0;
      if (archive_entry_filetype(entry) == AE_IFREG && archive_entry_hardlink(entry) == nullptr) {
        return entry;
      }
    }
  }

  const std::unique_ptr<FileReader> file_;
  const Packing packing_;
  const UnpackLimits limits_;
  const Utf8Locale locale_;
  ArchiveHandle::Zip zip_ = ArchiveHandle::Zip::kByDirectory;
  std::unique_ptr<ArchiveHandle> handle_;
  std::optional<FileIdentity> identity_;
  bool has_no_members_ = false;
  std::size_t entries_ = 0;     // of any kind, up to the current member
  std::uint64_t unpacked_ = 0;  // of all members
  std::uint64_t member_unpacked_ = 0;
  std::map<std::string, std::size_t> names_;
  FileIdentity current_;
  bool is_encrypted_ = false;
  std::optional<Damage> damage_;
};

Result<std::size_t> MemberStream::read(std::span<char> buffer) { return damage_ ? 0 : archive_.read_member(buffer, damage_); }

Status MemberStream::restart() {
  damage_.reset();
  return archive_.restart_member(entries_);
}

Result<FileIdentity> MemberStream::identity() {
  LAKEFLOW_ASSIGN(const bool has_changed, archive_.has_changed());
  return FileIdentity{
      .size = identity_.size, .modified_ns = identity_.modified_ns, .version = has_changed ? identity_.version + 1 : identity_.version};
}

}  // namespace

std::unique_ptr<Archive> Archive::make(std::unique_ptr<FileReader> file, Packing packing, UnpackLimits limits) {
  return std::make_unique<LibarchiveArchive>(std::move(file), packing, limits);
}

}  // namespace lakeflow
