#include "harness/runner/spawn.h"

#include <unistd.h>

#include <string>

namespace handrail {
namespace {

// Ours with `more` put over it: a later assignment of the same name wins.
std::vector<std::string> Environment(const std::vector<std::string>& more) {
  std::vector<std::string> all = more;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string variable = *entry;
    const std::string name = variable.substr(0, variable.find('=') + 1);
    bool replaced = false;
    for (const std::string& other : more) replaced |= other.compare(0, name.size(), name) == 0;
    if (!replaced) all.push_back(variable);
  }
  return all;
}

std::vector<char*> Pointers(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

uv_stdio_container_t Ignored() {
  uv_stdio_container_t container;
  container.flags = UV_IGNORE;
  container.data.fd = -1;
  return container;
}

uv_stdio_container_t Inherited(int fd) {
  uv_stdio_container_t container;
  container.flags = UV_INHERIT_FD;
  container.data.fd = fd;
  return container;
}

int Spawn(uv_loop_t* loop, uv_process_t* process, const Command& command,
          std::vector<uv_stdio_container_t>& stdio, uv_exit_cb on_exit, bool own_session) {
  std::vector<std::string> argv = command.argv;
  std::vector<std::string> environment = Environment(command.environment);
  std::vector<char*> argv_pointers = Pointers(argv);
  std::vector<char*> environment_pointers = Pointers(environment);
  uv_process_options_t options = {};
  options.file = argv_pointers[0];
  options.args = argv_pointers.data();
  options.env = environment_pointers.data();
  options.exit_cb = on_exit;
  options.flags = own_session ? UV_PROCESS_DETACHED : 0;
  options.stdio = stdio.data();
  options.stdio_count = static_cast<int>(stdio.size());
  return uv_spawn(loop, process, &options);
}

}  // namespace handrail
