#pragma once

#include <vector>

namespace lakeflow::bench {

// Time in seconds, as it passed on the wall and as all threads of this process used the processors: other processes slow the
// first on a shared machine, and the second only through the caches.
struct SpentTime {
  double wall = 0;
  double processor = 0;

  SpentTime& operator+=(const SpentTime& other) {
    wall += other.wall;
    processor += other.processor;
    return *this;
  }
};

// Since some fixed moment.
SpentTime time_now();

template <typename Work>
SpentTime spent_by(Work&& work) {
  const SpentTime before = time_now();
  work();
  const SpentTime after = time_now();
  return {after.wall - before.wall, after.processor - before.processor};
}

double median(std::vector<double> values);

// What the same work took in each round.
struct Rounds {
  std::vector<double> wall;
  std::vector<double> processor;

  void add(const SpentTime& spent) {
    wall.push_back(spent.wall);
    processor.push_back(spent.processor);
  }
};

// Of two works that took turns: how fast the second is by the measure of the first, the median of the rounds' ratios.
double speed_ratio(const std::vector<double>& yardstick, const std::vector<double>& work);

}  // namespace lakeflow::bench
