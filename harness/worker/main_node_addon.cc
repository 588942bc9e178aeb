// The worker as an addon of Node.js: V8, its flags and its platform are Node's.
//   node --expose-gc worker.node --catalog | --trial | --serve
// Loading the module runs it; the process's exit status tells what a trial's status tells. Two kinds
// of trial:
//   - most run on a thread of their own, with isolates of their own: Node's isolate stays untouched;
//   - those declared InNode are addons: their body is called here, in the module's initialisation,
//     on Node's main thread and with this module's napi_env. It returns, Node's event loop goes on,
//     and the trial ends when the environment has been torn down.
#include <node.h>
#include <node_api.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "harness/embed/serve_requests.h"
#include "harness/engine/node_engine.h"
#include "harness/engine/script.h"
#include "harness/worker/loop_watch.h"
#include "harness/worker/trial_process.h"

namespace handrail {
namespace {

// A trial that lives as long as Node's environment does.
class TrialInNode {
 public:
  TrialInNode(std::unique_ptr<TrialProcess> process, std::unique_ptr<engine::NodeEngine> engine)
      : engine_(std::move(engine)), process_(std::move(process)) {}

  void Run(node::Environment* environment, napi_env env) {
    // After the cleanup hooks, napi_env's own included: what goes wrong there is in the trial.
    node::AtExit(
        environment,
        [](void* self) {
          const std::unique_ptr<TrialInNode> ends(static_cast<TrialInNode*>(self));
          ends->watch_.reset();
          ends->process_->End();
        },
        this);
    watch_ = std::make_unique<LoopWatch>(
        node::GetCurrentEventLoop(v8::Isolate::GetCurrent()), [this](Finding finding) {
          if (!process_->trial().Has("no-loop")) process_->events().Report(std::move(finding));
        });
    process_->Run(*engine_, env);
  }

 private:
  std::unique_ptr<engine::NodeEngine> engine_;
  std::unique_ptr<TrialProcess> process_;
  std::unique_ptr<LoopWatch> watch_;
};

// The word after the module's path on node's command line.
std::string ModeOf(v8::Local<v8::Context> context) {
  v8::Local<v8::Value> argv;
  v8::Local<v8::Value> mode;
  if (!engine::RunScript(context, "process.argv").ToLocal(&argv) || !argv->IsObject()) return "";
  if (!argv.As<v8::Object>()->Get(context, 2).ToLocal(&mode)) return "";
  return engine::ToText(v8::Isolate::GetCurrent(), mode);
}

int RunTrial(std::unique_ptr<engine::NodeEngine> engine, node::Environment* environment,
             napi_env env) {
  int status = kWorkerCannotStart;
  std::unique_ptr<TrialProcess> in_node;
  std::thread([&] {
    std::unique_ptr<TrialProcess> process = TrialProcess::Open();
    if (process == nullptr) return;
    status = 0;
    if (process->in_node()) {
      in_node = std::move(process);
      return;
    }
    process->Run(*engine);
    process->End();
  }).join();
  if (in_node == nullptr) return status;
  // Owned by the environment from here on: its last hook deletes it.
  (new TrialInNode(std::move(in_node), std::move(engine)))->Run(environment, env);
  return status;
}

// As a worker of an embed::ProcessPool, which a trial may be about.
int Serve(engine::NodeEngine& engine) {
  int status = 1;
  std::thread([&] { status = embed::ServeRequests(embed::kRequestSocket, engine); }).join();
  return status;
}

int Load(napi_env env) {
  PrepareWorkerProcess();
  v8::Local<v8::Context> context = v8::Isolate::GetCurrent()->GetCurrentContext();
  node::Environment* environment = node::GetCurrentEnvironment(context);
  const std::string mode = ModeOf(context);
  if (mode == "--catalog") return PrintCatalog(HANDRAIL_ENGINE_ID, false);
  if (mode != "--trial" && mode != "--serve") return 2;
  auto engine = std::make_unique<engine::NodeEngine>(HANDRAIL_ENGINE_ID,
                                                     node::GetMultiIsolatePlatform(environment));
  if (mode == "--serve") return Serve(*engine);
  return RunTrial(std::move(engine), environment, env);
}

}  // namespace
}  // namespace handrail

// A Node-API module, for Node gives a napi_env to no other kind. V8's API is there all the same.
NAPI_MODULE_INIT() {
  const int status = handrail::Load(env);
  // Status 0 leaves by Node's own way out, so that what happens there happens here too.
  if (status != 0) std::_Exit(status);
  return exports;
}
