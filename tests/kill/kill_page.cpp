#include "tests/kill/kill_page.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>

namespace lakeflow::test {

KillPage::KillPage(const std::filesystem::path& file) {
  static_assert(std::atomic<char>::is_always_lock_free);  // what is shared is memory, not a lock
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0 || ::ftruncate(descriptor, sizeof(Page)) != 0) {
    std::abort();
  }
  void* memory = ::mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  ::close(descriptor);
  if (memory == MAP_FAILED) {
    std::abort();
  }
  page_ = static_cast<Page*>(memory);
}

KillPage::~KillPage() { ::munmap(page_, sizeof(Page)); }

void KillPage::clear() {
  for (Stage& stage : page_->stages) {
    stage.point[0] = '\0';
  }
}

void KillPage::pass(std::string_view point) {
  for (std::size_t i = 0; i < kStages.size(); ++i) {
    if (point.starts_with(kStages[i])) {
      std::array<std::atomic<char>, 32>& text = page_->stages[i].point;
      const std::size_t length = std::min(point.size(), text.size() - 1);
      for (std::size_t j = 0; j < length; ++j) {
        text[j] = point[j];
      }
      text[length] = '\0';
    }
  }
}

std::string KillPage::last_point(std::string_view stage) const {
  std::string point;
  for (std::size_t i = 0; i < kStages.size(); ++i) {
    if (stage == kStages[i]) {
      for (const std::atomic<char>& character : page_->stages[i].point) {
        if (character == '\0') {
          break;
        }
        point.push_back(character);
      }
    }
  }
  return point;
}

}  // namespace lakeflow::test
