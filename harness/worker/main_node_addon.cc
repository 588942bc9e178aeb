// The worker as an addon of Node.js: V8, its flags and its platform are Node's, and Node's own
// isolate stays untouched, because the trial runs on a thread of its own.
//   node --expose-gc worker.node --catalog | --trial
// Loading the module runs it; the process's exit status tells what a trial's status tells.
#include <node.h>

#include <cstdlib>
#include <string>
#include <thread>

#include "harness/engine/node_engine.h"
#include "harness/engine/script.h"
#include "harness/worker/trial_process.h"

namespace handrail {
namespace {

int RunOnOwnThread(engine::NodeEngine& engine, const std::string& mode) {
  int status = 2;
  std::thread thread([&] {
    if (mode == "--catalog") status = PrintCatalog(engine.id(), false);
    if (mode == "--trial") status = RunTrialProcess(engine);
  });
  thread.join();
  return status;
}

// The word after the module's path on node's command line.
std::string ModeOf(v8::Local<v8::Context> context) {
  v8::Local<v8::Value> argv;
  v8::Local<v8::Value> mode;
  if (!engine::RunScript(context, "process.argv").ToLocal(&argv) || !argv->IsObject()) return "";
  if (!argv.As<v8::Object>()->Get(context, 2).ToLocal(&mode)) return "";
  return engine::ToText(v8::Isolate::GetCurrent(), mode);
}

void Init(v8::Local<v8::Object> /*exports*/, v8::Local<v8::Value> /*module*/,
          v8::Local<v8::Context> context, void* /*data*/) {
  PrepareWorkerProcess();
  node::Environment* environment = node::GetCurrentEnvironment(context);
  engine::NodeEngine engine(HANDRAIL_ENGINE_ID, node::GetMultiIsolatePlatform(environment));
  const int status = RunOnOwnThread(engine, ModeOf(context));
  // Status 0 leaves by Node's own way out, so that what happens there happens here too.
  if (status != 0) std::_Exit(status);
}

}  // namespace
}  // namespace handrail

NODE_MODULE_CONTEXT_AWARE(handrail_worker, handrail::Init)
