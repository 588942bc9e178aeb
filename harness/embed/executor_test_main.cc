// The test program, and the workers that it starts: itself with "--worker KIND". Besides the good
// kind there is one for each way in which a worker can fail its pool.
#include <dirent.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "harness/embed/executor_test.h"
#include "harness/embed/frame_socket.h"
#include "harness/embed/serve_requests.h"

namespace handrail::embed {
namespace {

[[noreturn]] void WaitToBeKilled() {
  for (;;) pause();
}

// Descriptors that the process has open, apart from the one that reads the list.
int OpenDescriptors() {
  DIR* list = opendir("/proc/self/fd");
  int count = -3;  // ".", "..", the list
  while (readdir(list) != nullptr) ++count;
  closedir(list);
  return count;
}

void AddFunction(v8::Local<v8::Context> context, const char* name, v8::FunctionCallback callback) {
  v8::Isolate* isolate = v8::Isolate::GetCurrent();
  context->Global()
      ->Set(context, engine::Text(isolate, name),
            v8::Function::New(context, callback).ToLocalChecked())
      .Check();
}

// What a plugin of the good worker can do to its process.
void InstallFaults(v8::Local<v8::Context> context) {
  using Info = v8::FunctionCallbackInfo<v8::Value>;
  AddFunction(context, "die", [](const Info&) { _exit(3); });
  AddFunction(context, "crash", [](const Info&) { raise(SIGSEGV); });
  AddFunction(context, "hang", [](const Info&) { WaitToBeKilled(); });  // no V8 could end it
  AddFunction(context, "pid", [](const Info& info) { info.GetReturnValue().Set(getpid()); });
  AddFunction(context, "hang_up", [](const Info&) { shutdown(kRequestSocket, SHUT_RDWR); });
  AddFunction(context, "open_descriptors",
              [](const Info& info) { info.GetReturnValue().Set(OpenDescriptors()); });
}

// Bad workers: they come up as they should and fail at their first request.
void FailAtRequest(const std::string& kind) {
  FrameSocket pool(kRequestSocket, kMaxFrame);
  Frame frame;
  pool.Send({.kind = FrameKind::kHello}, kNoDeadline);
  pool.Receive(frame, kNoDeadline);
  pool.Send({.kind = FrameKind::kReady}, kNoDeadline);
  pool.Receive(frame, kNoDeadline);
  Frame reply = {FrameKind::kReply, frame.id, {std::string(1, '\0'), "1", ""}};
  std::string bytes = Encode(reply);
  if (kind == "rubbish") bytes = "HTTP/1.1 200 OK\r\n\r\n";
  if (kind == "endless") bytes = "\xff\xff\xff\xff";
  if (kind == "half") bytes.resize(bytes.size() / 2);
  if (kind == "wrong-id") bytes = Encode({reply.kind, reply.id + 1, reply.fields});
  if (kind == "wrong-kind") bytes = Encode({FrameKind::kReady, reply.id, {}});
  if (kind == "no-fields") bytes = Encode({reply.kind, reply.id, {}});
  if (kind == "wrong-outcome") bytes = Encode({reply.kind, reply.id, {"\x07", "1", ""}});
  if (kind == "twice") bytes += bytes;
  send(kRequestSocket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (kind == "half") return;
  WaitToBeKilled();
}

int RunWorker(const std::string& kind) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (kind == "dies") return 3;
  if (kind == "silent") WaitToBeKilled();
  if (kind == "good") return ServeRequests(kRequestSocket, ThreadedEngine(), InstallFaults);
  FailAtRequest(kind);
  return 0;
}

}  // namespace
}  // namespace handrail::embed

int main(int argc, char** argv) {
  if (argc == 3 && std::string(argv[1]) == "--worker") {
    std::_Exit(handrail::embed::RunWorker(argv[2]));
  }
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
