// A zygote: V8 is up, no thread runs and no isolate exists, so the process can fork. Each request
// on the control socket becomes a child that runs one trial and is reaped here; its status goes back.
// The way to start a trial in the time of a fork instead of the time of a fresh process.
//
// REQUIRES: single-threaded, PlatformThreads::kNone. Children die with the zygote.
#pragma once

namespace handrail {

enum class ZygoteRole {
  kParent,  // the runner has closed the control socket, every child has been reaped
  kChild,   // this is a trial's process now, its descriptors are in place: run it and exit
};

// Serves until the control socket closes.
ZygoteRole ServeZygote(int control_fd);

}  // namespace handrail
