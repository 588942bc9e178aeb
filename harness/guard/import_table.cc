#include "harness/guard/import_table.h"

#include <elf.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

namespace handrail::guard {
namespace {

struct Module {
  const char* address;
  std::string path;
  uintptr_t base = 0;
  const ElfW(Dyn)* dynamic = nullptr;
  bool found = false;
};

std::string OwnPath() {
  char path[4096];
  const ssize_t length = readlink("/proc/self/exe", path, sizeof path);
  return length > 0 ? std::string(path, static_cast<size_t>(length)) : "the program";
}

int Match(dl_phdr_info* info, size_t, void* data) {
  auto* module = static_cast<Module*>(data);
  bool here = false;
  const ElfW(Dyn)* dynamic = nullptr;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)& part = info->dlpi_phdr[i];
    const auto* begin = reinterpret_cast<const char*>(info->dlpi_addr + part.p_vaddr);
    if (part.p_type == PT_DYNAMIC) dynamic = reinterpret_cast<const ElfW(Dyn)*>(begin);
    if (part.p_type == PT_LOAD && module->address >= begin && module->address < begin + part.p_memsz) {
      here = true;
    }
  }
  if (!here) return 0;
  module->found = true;
  module->path = *info->dlpi_name != '\0' ? info->dlpi_name : OwnPath();
  module->base = info->dlpi_addr;
  module->dynamic = dynamic;
  return 1;
}

// The parts of a module's dynamic section that name its imports.
struct Dynamic {
  const ElfW(Sym)* symbols = nullptr;
  const char* strings = nullptr;
  const ElfW(Rela)* plt = nullptr;
  size_t plt_bytes = 0;
  const ElfW(Rela)* other = nullptr;
  size_t other_bytes = 0;
  bool with_addends = true;
};

Dynamic Read(const Module& module) {
  Dynamic dynamic;
  for (const ElfW(Dyn)* entry = module.dynamic; entry->d_tag != DT_NULL; ++entry) {
    // glibc has added the base to these addresses, except in what the kernel maps (the vDSO).
    const uintptr_t pointer = entry->d_un.d_ptr;
    const uintptr_t address = pointer < module.base ? pointer + module.base : pointer;
    switch (entry->d_tag) {
      case DT_SYMTAB: dynamic.symbols = reinterpret_cast<const ElfW(Sym)*>(address); break;
      case DT_STRTAB: dynamic.strings = reinterpret_cast<const char*>(address); break;
      case DT_JMPREL: dynamic.plt = reinterpret_cast<const ElfW(Rela)*>(address); break;
      case DT_PLTRELSZ: dynamic.plt_bytes = entry->d_un.d_val; break;
      case DT_PLTREL: dynamic.with_addends = entry->d_un.d_val == DT_RELA; break;
      case DT_RELA: dynamic.other = reinterpret_cast<const ElfW(Rela)*>(address); break;
      case DT_RELASZ: dynamic.other_bytes = entry->d_un.d_val; break;
      default: break;
    }
  }
  return dynamic;
}

void Collect(const Module& module, const Dynamic& dynamic, const ElfW(Rela)* first, size_t bytes,
             std::vector<Import>& imports) {
  for (size_t i = 0; i < bytes / sizeof *first; ++i) {
    const auto type = ELF64_R_TYPE(first[i].r_info);
    if (type != R_X86_64_JUMP_SLOT && type != R_X86_64_GLOB_DAT && type != R_X86_64_64) continue;
    // R_X86_64_64 is a function's address in data, a table of callbacks for instance.
    if (type == R_X86_64_64 && first[i].r_addend != 0) continue;
    const ElfW(Sym)& symbol = dynamic.symbols[ELF64_R_SYM(first[i].r_info)];
    if (symbol.st_shndx != SHN_UNDEF || symbol.st_name == 0) continue;
    imports.push_back({dynamic.strings + symbol.st_name,
                       reinterpret_cast<void**>(module.base + first[i].r_offset)});
  }
}

// What of the page is allowed now, as PROT_ flags; -1: not known.
int ProtectionOf(uintptr_t address) {
  FILE* maps = std::fopen("/proc/self/maps", "re");
  if (maps == nullptr) return -1;
  char line[512];
  int protection = -1;
  while (protection < 0 && std::fgets(line, sizeof line, maps) != nullptr) {
    uintptr_t begin = 0, end = 0;
    char flags[5] = {};
    if (std::sscanf(line, "%lx-%lx %4s", &begin, &end, flags) != 3) continue;
    if (address < begin || address >= end) continue;
    protection = (flags[0] == 'r' ? PROT_READ : 0) | (flags[1] == 'w' ? PROT_WRITE : 0) |
                 (flags[2] == 'x' ? PROT_EXEC : 0);
  }
  std::fclose(maps);
  return protection;
}

// Full RELRO makes the table read-only once it is relocated.
bool Write(void** place, void* value) {
  const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  const uintptr_t address = reinterpret_cast<uintptr_t>(place);
  auto* begin = reinterpret_cast<void*>(address & ~(page - 1));
  const int protection = ProtectionOf(address);
  if (protection < 0) return false;
  const bool writable = (protection & PROT_WRITE) != 0;
  if (!writable && mprotect(begin, page, protection | PROT_WRITE) != 0) return false;
  __atomic_store_n(place, value, __ATOMIC_RELEASE);
  if (!writable) mprotect(begin, page, protection);
  return true;
}

int AddModule(dl_phdr_info* info, size_t, void* data) {
  auto* modules = static_cast<std::vector<LoadedModule>*>(data);
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)& part = info->dlpi_phdr[i];
    if (part.p_type != PT_LOAD) continue;
    modules->push_back({*info->dlpi_name != '\0' ? info->dlpi_name : OwnPath(),
                        reinterpret_cast<const void*>(info->dlpi_addr + part.p_vaddr)});
    return 0;
  }
  return 0;
}

}  // namespace

ImportTable ImportTable::OfModuleAt(const void* address) {
  ImportTable table;
  Module module{.address = static_cast<const char*>(address), .path = {}};
  dl_iterate_phdr(Match, &module);
  table.path_ = module.path;
  if (!module.found) {
    table.problem_ = "no loaded module is there";
    return table;
  }
  if (module.dynamic == nullptr) {
    table.problem_ = "it is linked statically: it imports nothing that could be looked at";
    return table;
  }
  const Dynamic dynamic = Read(module);
  if (dynamic.symbols == nullptr || dynamic.strings == nullptr || !dynamic.with_addends) {
    table.problem_ = "its dynamic section has no table of imports that can be read";
    return table;
  }
  if (dynamic.plt != nullptr) {
    Collect(module, dynamic, dynamic.plt, dynamic.plt_bytes, table.imports_);
  }
  if (dynamic.other != nullptr) {
    Collect(module, dynamic, dynamic.other, dynamic.other_bytes, table.imports_);
  }
  return table;
}

bool ImportTable::Redirect(const Import& import, void* target) {
  void* was = __atomic_load_n(import.place, __ATOMIC_ACQUIRE);
  if (!Write(import.place, target)) return false;
  changed_.push_back({import.place, was});
  return true;
}

void ImportTable::Restore() {
  for (const Changed& changed : changed_) Write(changed.place, changed.was);
  changed_.clear();
}

std::vector<LoadedModule> LoadedModules() {
  std::vector<LoadedModule> modules;
  dl_iterate_phdr(AddModule, &modules);
  return modules;
}

}  // namespace handrail::guard
