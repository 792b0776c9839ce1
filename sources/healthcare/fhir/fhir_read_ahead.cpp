#include "sources/healthcare/fhir/fhir_read_ahead.h"

#include <utility>

namespace lakeflow {
namespace {

constexpr std::size_t kBatches = 16;
constexpr std::size_t kWindowsAThread = 4;  // small ones, which their bytes would not bound

std::size_t size_of(const FhirCoursePage& page) {
  return page.page.text->size() + page.page.answer.entries.size() * (sizeof(fhir::BundleEntry) + sizeof(FhirCoursePage::Resource));
}

}  // namespace

Result<std::unique_ptr<FhirReadAhead>> FhirReadAhead::start(const FhirServer& server, FhirSearchTerms terms, FhirTimeWindows plan,
                                                            FhirTimeWindow first, const FhirHabits& habits, const ReadContext& context) {
  const auto count = static_cast<std::size_t>(server.parallel_requests());
  std::unique_ptr<FhirReadAhead> ahead(new FhirReadAhead(std::move(terms), std::move(plan), first, habits, context, count));
  for (std::size_t i = 0; i < count; ++i) {
    LAKEFLOW_ASSIGN(std::unique_ptr<FhirServer> another, server.connect_another());
    ahead->servers_.push_back(std::move(another));
  }
  for (const std::unique_ptr<FhirServer>& each : ahead->servers_) {
    ahead->threads_.emplace_back([self = ahead.get(), asked = each.get()] { self->work(*asked); });
  }
  return ahead;
}

FhirReadAhead::FhirReadAhead(FhirSearchTerms terms, FhirTimeWindows plan, FhirTimeWindow first, const FhirHabits& habits, const ReadContext& context,
                             std::size_t threads)
    : terms_(std::move(terms)),
      habits_(habits),
      log_(*context.log),
      reader_stop_(context.stop),
      most_bytes_(kBatches * context.batch_bytes),
      most_windows_(kWindowsAThread * threads),
      plan_(std::move(plan)),
      first_(first),
      forward_stop_(context.stop, [this] { stop_.request_stop(); }) {}

FhirReadAhead::~FhirReadAhead() { stop_.request_stop(); }

Result<std::optional<FhirCoursePage>> FhirReadAhead::next() {
  std::unique_lock lock(mutex_);
  while (true) {  // each time a window less
    changed_.wait(lock, reader_stop_,
                  [this] { return windows_.empty() ? is_planned_ : !windows_.front().pages.empty() || windows_.front().is_read; });
    if (reader_stop_.stop_requested()) {
      return std::unexpected(Error::interrupted("stopped while pages were read ahead"));
    }
    if (windows_.empty()) {
      return std::nullopt;
    }
    Window& window = windows_.front();
    if (!window.pages.empty()) {
      FhirCoursePage page = std::move(window.pages.front());
      window.pages.pop_front();
      bytes_ -= size_of(page);
      changed_.notify_all();
      return page;
    }
    if (window.error) {
      return std::unexpected(*window.error);
    }
    windows_.pop_front();
    changed_.notify_all();
  }
}

void FhirReadAhead::work(FhirServer& server) {
  while (Window* const window = begin_window(server)) {
    read(server, *window);
  }
}

bool FhirReadAhead::has_room() const { return bytes_ < most_bytes_ && windows_.size() < most_windows_; }

// The next window, which is the caller's to read. Null where there is none any more.
FhirReadAhead::Window* FhirReadAhead::begin_window(FhirServer& server) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, stop_.get_token(), [this] { return is_planned_ || (!is_planning_ && has_room()); });
  if (stop_.stop_requested() || is_planned_) {
    return nullptr;
  }
  std::optional<FhirTimeWindow> range = std::exchange(first_, std::nullopt);
  if (!range) {
    is_planning_ = true;
    lock.unlock();
    Result<std::optional<FhirTimeWindow>> planned = plan_.next(server, stop_.get_token());
    lock.lock();
    is_planning_ = false;
    range = planned ? *planned : std::nullopt;
  }
  Window* window = nullptr;
  if (range) {
    window = &windows_.emplace_back(Window{.range = *range, .pages = {}});
  } else {
    is_planned_ = true;
  }
  changed_.notify_all();
  return window;
}

void FhirReadAhead::read(FhirServer& server, Window& window) {
  const FhirCourseRange range{.from = window.range.since, .start = window.range.since, .until = window.range.until};
  FhirSearchCourse course(server, terms_, range, habits_, log_);
  while (true) {  // until the window is read, or a stop
    Result<FhirCoursePage> page = course.next(stop_.get_token());
    std::unique_lock lock(mutex_);
    if (page) {
      window.is_read = page->is_last;
      bytes_ += size_of(*page);
      window.pages.push_back(*std::move(page));
    } else {
      window.is_read = true;
      window.error = std::move(page).error();
    }
    changed_.notify_all();
    if (window.is_read) {
      return;
    }
    changed_.wait(lock, stop_.get_token(), [this, &window] { return bytes_ < most_bytes_ || &window == &windows_.front(); });
    if (stop_.stop_requested()) {
      return;
    }
  }
}

}  // namespace lakeflow
