// Two pieces of work against each other in one run: done in turns, so that a machine that gets
// slower meanwhile slows both, and compared turn by turn. Times of different runs are never compared.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace handrail {

// Seconds that one piece of work took for one unit of it.
using Work = std::function<double()>;

struct Ratio {
  double median = 0;  // of a / b over the turns
  double low = 0;     // quartiles
  double high = 0;
  double a_seconds = 0;  // median of a alone, for the reader's sense of scale
  double b_seconds = 0;
};

// Requires: turns > 0. One turn of each comes first and is not counted.
Ratio Compare(int turns, const Work& a, const Work& b);

// A printed row: what, measured, target and whether it is met.
void PrintRow(const std::string& what, const std::string& measured, const std::string& target,
              bool met);
std::string Text(const Ratio& ratio);

// Seconds that `body` takes, divided by `units`: by the clock on the wall, or in processor time of
// this process, which other load on the machine does not stretch as much. Work that waits for
// other processes needs the first.
double WallTime(double units, const std::function<void()>& body);
double CpuTime(double units, const std::function<void()>& body);

// "12.3 us".
std::string Seconds(double seconds);

}  // namespace handrail
