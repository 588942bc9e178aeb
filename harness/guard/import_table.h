// The functions that a loaded module imports, and putting others in their place. All three ways to
// call are covered: through the PLT (JUMP_SLOT), through the GOT alone (GLOB_DAT: -fno-plt, and what
// Rust makes), and by dlsym, which is itself an import.
//
// Why not the dynamic linker's audit interface: it does not see calls through the GOT alone, and its
// library lives in a namespace of its own. Changing the module's own table sees all, costs the modules
// that are not looked at nothing, and can be undone.
//
// x86-64 Linux. Threads: one at a time, and none may be inside the module's relocation code.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace handrail::guard {

struct Import {
  std::string_view name{};    // in the module's string table
  void** place = nullptr;     // the entry that calls go through
};

// A module that is loaded, found by any address in it.
class ImportTable {
 public:
  // Empty, with the reason in problem(), when there is no module there or it cannot be read.
  static ImportTable OfModuleAt(const void* address);

  const std::vector<Import>& imports() const { return imports_; }
  const std::string& problem() const { return problem_; }
  const std::string& path() const { return path_; }

  // Puts `target` where calls to this import go. False: the table's memory cannot be written.
  bool Redirect(const Import& import, void* target);
  // Puts back everything that was redirected.
  void Restore();

 private:
  struct Changed {
    void** place;
    void* was;
  };
  std::string path_;
  std::string problem_;
  std::vector<Import> imports_;
  std::vector<Changed> changed_;
};

// Paths of all modules that are loaded now, the main program first (its own path, not empty).
struct LoadedModule {
  std::string path{};
  const void* address = nullptr;
};
std::vector<LoadedModule> LoadedModules();

}  // namespace handrail::guard
