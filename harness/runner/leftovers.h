// For tests: proves that what they start leaves nothing behind, neither processes nor descriptors.
// Processes are known by a mark in the environment that everything inherits which this process
// starts from here on, daemons in sessions of their own too; other tests may run at the same time.
#pragma once

#include <sys/types.h>

#include <set>
#include <string>
#include <vector>

namespace handrail::testing {

class Leftovers {
 public:
  // Sets the mark, counts what is there already.
  Leftovers();

  // Empty, or what is left: "alive: 4711 handrail-worker-libnode --zygote". Waits a moment for
  // processes that are on their way out.
  std::string Told() const;

  // Processes that carry the mark, ours not among them. Zombies have none any more.
  std::vector<pid_t> Alive() const;

 private:
  std::string mark_;
  std::set<pid_t> children_;
  size_t descriptors_;
};

// Children of this process, zombies too.
std::set<pid_t> Children();

// "handrail-worker-libnode --zygote" of a process, empty when it is gone.
std::string CommandOf(pid_t pid);

}  // namespace handrail::testing
