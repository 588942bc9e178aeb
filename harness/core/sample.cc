#include "harness/core/sample.h"

#include <cstring>

namespace handrail {
namespace {

#define COLUMN(member) \
  { #member, offsetof(Sample, member) }
#define SPACE(index) \
  { "space_" #index, offsetof(Sample, spaces) + (index) * sizeof(int64_t) }

constexpr SampleColumn kColumns[] = {
    COLUMN(iteration),
    COLUMN(time_ns),
    COLUMN(flags),
    COLUMN(heap_used),
    COLUMN(heap_total),
    COLUMN(heap_physical),
    COLUMN(malloced),
    COLUMN(external),
    COLUMN(globals_used),
    COLUMN(globals_total),
    COLUMN(native_contexts),
    COLUMN(detached_contexts),
    COLUMN(handles),
    COLUMN(rss),
    COLUMN(pss),
    COLUMN(gc_minor),
    COLUMN(gc_major),
    COLUMN(gc_other),
    COLUMN(gc_minor_ns),
    COLUMN(gc_major_ns),
    SPACE(0),
    SPACE(1),
    SPACE(2),
    SPACE(3),
    SPACE(4),
    SPACE(5),
    SPACE(6),
    SPACE(7),
    SPACE(8),
    SPACE(9),
};

#undef COLUMN
#undef SPACE

// A member added to Sample must get its column, or reports would silently leave it out.
static_assert(sizeof(kColumns) / sizeof(kColumns[0]) == sizeof(Sample) / sizeof(int64_t));

}  // namespace

std::span<const SampleColumn> SampleColumns() { return kColumns; }

int64_t Column(const Sample& sample, const SampleColumn& column) {
  int64_t value;
  std::memcpy(&value, reinterpret_cast<const char*>(&sample) + column.offset, sizeof(value));
  return value;
}

}  // namespace handrail
