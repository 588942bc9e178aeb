// Races between the isolate's thread and others, searched for by seeded schedules
// (harness/schedule/explore.h) over the points that embed's locks and wake-ups are. What a line
// "explored ..." is worth: schedule_run.h. Without V8's own insides, of which no point lies in.
#include <gtest/gtest.h>
#include <poll.h>

#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "harness/embed/channel.h"
#include "harness/embed/home.h"
#include "harness/embed/root.h"
#include "harness/embed/schedule_point.h"
#include "harness/embed/scheduled_sync.h"
#include "harness/engine/versions.h"
#include "harness/observe/v8_test.h"
#include "harness/schedule/explore.h"

namespace handrail::embed {
namespace {

constexpr int64_t kRuns = 1'000;

// What a schedule must not forget; shared by its threads, outlives them and every isolate.
struct Seen {
  std::shared_ptr<Home> home;
  std::string wrong;  // the first thing, if any
  int64_t tried = 0, accepted = 0, given_back = 0, ran = 0, closures = 0, handled = 0;
  bool dropped_in_time = false;

  void Expect(bool holds, const std::string& what) {
    if (!holds && wrong.empty()) wrong = what;
  }
  void Equal(int64_t in, int64_t out, const std::string& what) {
    Expect(in == out, what + ": " + std::to_string(in) + " in, " + std::to_string(out) + " out");
  }
  std::string Check() {
    const Totals all = home->totals();
    Equal(tried, accepted + given_back, "sends");
    Equal(accepted, all.messages_accepted, "messages");
    Equal(all.messages_accepted, all.messages_run + all.messages_handed_back + all.messages_lost,
          "accepted messages");
    Equal(all.messages_run, ran, "messages run");
    Equal(closures, 0, "closures never destroyed");
    Equal(all.promises_made, all.promises_settled + all.promises_dropped + all.promises_left_over,
          "promises");
    Equal(all.promises_left_over, all.promises_dropped_late, "promises left over");
    Equal(handled, all.promises_settled + all.promises_dropped, "handlers of promises");
    Equal(all.roots_made, all.roots_dropped + all.roots_left_over, "roots");
    Equal(all.roots_left_over, all.roots_dropped_late, "roots left over");
    return wrong;
  }
};

// The isolate of a schedule: made, driven and ended on the scheduled thread that is its own.
class Site {
 public:
  explicit Site(std::shared_ptr<Seen> seen, WakeUp::SendFunction send = uv_async_send)
      : seen_(std::move(seen)), send_(send) {
    seen_->home = environment.home();
  }
  // Runs the loop once, as soon as it has something to do.
  void Drive() {
    const bool scheduled = BlockUntil("loop.poll", [this] {
      pollfd fd = {uv_backend_fd(loop.get()), POLLIN, 0};
      return uv_backend_timeout(loop.get()) == 0 || poll(&fd, 1, 0) > 0;
    });
    uv_run(loop.get(), scheduled ? UV_RUN_NOWAIT : UV_RUN_ONCE);
  }
  // A deadlock of the schedule when nothing ever lets the loop go.
  void DriveToEnd() {
    while (uv_loop_alive(loop.get()) != 0) Drive();
  }
  Deferred Promised() {
    auto made = MakePromise(environment);
    v8::Local<v8::Function> handler = v8::Function::New(
                                          context,
                                          [](const v8::FunctionCallbackInfo<v8::Value>& info) {
                                            ++static_cast<Seen*>(engine::UnwrapData(info))->handled;
                                          },
                                          engine::Wrap(entered.get(), seen_.get()))
                                          .ToLocalChecked();
    seen_->Expect(!made.promise->Then(context, handler, handler).IsEmpty(), "no reaction");
    return std::move(made.deferred);
  }

 private:
  std::shared_ptr<Seen> seen_;
  WakeUp::SendFunction send_;

 public:
  handrail::testing::EnteredIsolate entered;
  v8::HandleScope scope{entered.get()};
  v8::Local<v8::Context> context = v8::Context::New(entered.get());
  v8::Context::Scope in_context{context};
  EventLoop loop;
  Environment environment{
      entered.get(), context, loop.get(),
      EnvironmentOptions{.left_over = [](const Totals&) {}, .send_wake_up = send_}};
};

// Counted from its making to its end; run at most once.
Closure Counted(const std::shared_ptr<Seen>& seen) {
  ++seen->closures;
  const std::shared_ptr<void> counted(nullptr, [seen](void*) { --seen->closures; });
  return [seen, counted](Turn&) { ++seen->ran; };
}

void SendOne(Channel& channel, Seen& seen, Closure closure) {
  ++seen.tried;
  auto result = channel.Send(std::move(closure));
  ++(result.ok() ? seen.accepted : seen.given_back);
  if (!result.ok()) seen.Expect(static_cast<bool>(result.TakeBack()), "a closure came back empty");
}

// Explores a program whose one thread, the isolate's, makes the others.
void Explore(void (*isolates_thread)(const std::shared_ptr<Seen>&), int depth = 2) {
  const ScheduleReport report = ExploreSchedules({.seed = 1, .runs = kRuns, .depth = depth}, [=] {
    auto seen = std::make_shared<Seen>();
    return ScheduledProgram{{{"isolate", [=] { isolates_thread(seen); }}},
                            [seen] { return seen->Check(); }};
  });
  EXPECT_FALSE(report.failure) << Describe(report);
  EXPECT_EQ(report.runs, kRuns);
  EXPECT_GE(report.threads, 2) << "nothing ran beside the isolate";
  std::printf("%s\n", Describe(report).c_str());
}

TEST(Schedules, SendersAgainstDrainAndCloseOfABoundedChannel) {
  Explore([](const std::shared_ptr<Seen>& seen) {
    Site site(seen);
    std::shared_ptr<Channel> channel = Channel::Make(site.environment, {.capacity = 1});
    auto send = [=] {
      for (int i = 0; i < 2; ++i) SendOne(*channel, *seen, Counted(seen));
    };
    ScheduledThread one("sender", send);
    ScheduledThread two("sender-too", send);
    site.Drive();
    site.environment.Close();
    one.join();
    two.join();
  });
}

TEST(Schedules, SendersAgainstDrainAndAChannelThatAnotherThreadCloses) {
  Explore([](const std::shared_ptr<Seen>& seen) {
    Site site(seen);
    std::shared_ptr<Channel> channel = Channel::Make(site.environment, {.capacity = 1});
    ScheduledThread sender("sender", [=] {
      for (int i = 0; i < 3; ++i) SendOne(*channel, *seen, Counted(seen));
    });
    ScheduledThread closer("closer", [=] { channel->Close(); });
    site.DriveToEnd();
    sender.join();
    closer.join();
    site.environment.Close();
    seen->Equal(seen->home->totals().messages_lost, 0, "closed with a living loop, but lost");
  });
}

// No end comes to their help here: room must be told to the one who waits for it.
TEST(Schedules, SendersThatWaitForRoomAgainstDrain) {
  Explore([](const std::shared_ptr<Seen>& seen) {
    Site site(seen);
    std::shared_ptr<Channel> channel = Channel::Make(site.environment, {.capacity = 1});
    auto send = [seen](std::shared_ptr<Channel> mine) {
      for (int i = 0; i < 2; ++i) SendOne(*mine, *seen, Counted(seen));
    };
    ScheduledThread one("sender", [=] { send(channel); });
    ScheduledThread two("sender-too", [=] { send(channel); });
    channel.reset();
    site.DriveToEnd();
    one.join();
    two.join();
    seen->Equal(4, seen->ran, "closures sent by those who waited");
  });
}

// The room that a sender was woken for, and could not use, is another's.
TEST(Schedules, SendersThatWaitForRoomWhenAWakeUpFails) {
  Explore([](const std::shared_ptr<Seen>& seen) {
    static int wake_ups;  // of the one schedule that runs
    wake_ups = 0;
    Site site(seen, [](uv_async_t* async) {
      return ++wake_ups == 2 ? int{UV_EIO} : uv_async_send(async);
    });
    std::shared_ptr<Channel> channel = Channel::Make(site.environment, {.capacity = 1});
    SendOne(*channel, *seen, Counted(seen));
    auto send = [seen](std::shared_ptr<Channel> mine) { SendOne(*mine, *seen, Counted(seen)); };
    ScheduledThread one("sender", [=] { send(channel); });
    ScheduledThread two("sender-too", [=] { send(channel); });
    channel.reset();
    site.DriveToEnd();
    one.join();
    two.join();
    seen->Equal(1, seen->given_back, "sends whose wake-up failed");
  });
}

TEST(Schedules, ADeferredDroppedAgainstCloseOfTheEnvironment) {
  Explore([](const std::shared_ptr<Seen>& seen) {
    Site site(seen);
    ScheduledThread dropper("dropper", [seen, deferred = site.Promised()]() mutable {
      deferred.Drop(nullptr);
      seen->dropped_in_time = true;
    });
    ScheduledThread mover("mover", [deferred = site.Promised(), other = site.Promised()]() mutable {
      deferred = std::move(other);  // drops one, then the other
    });
    SchedulePoint("test.close");
    const bool in_time = seen->dropped_in_time;
    site.environment.Close();
    seen->Expect(!in_time || seen->home->totals().promises_dropped > 0,
                 "dropped before Close, and not rejected");
    dropper.join();
    mover.join();
  });
}

TEST(Schedules, ARootDroppedAgainstCloseOfTheEnvironment) {
  Explore([](const std::shared_ptr<Seen>& seen) {
    Site site(seen);
    auto root = [&] { return MakeRoot(site.environment, v8::Object::New(site.entered.get())); };
    ScheduledThread one("dropper", [root = root(), other = root()] {});
    ScheduledThread two("dropper-too", [root = root()] {});
    site.environment.Settle();
    site.environment.Close();
    one.join();
    two.join();
  });
}

TEST(Schedules, TheLastOwnerOfAChannelAgainstItsDrain) {
  Explore([](const std::shared_ptr<Seen>& seen) {
    Site site(seen);
    std::shared_ptr<Channel> channel = Channel::Make(site.environment);
    auto send = [seen](std::shared_ptr<Channel> mine) {
      SendOne(*mine, *seen, Counted(seen));
      mine.reset();
    };
    ScheduledThread one("owner", [=] { send(channel); });
    ScheduledThread two("owner-too", [=] { send(channel); });
    channel.reset();
    site.DriveToEnd();  // ends only if the last owner's end was heard
    one.join();
    two.join();
    seen->Equal(seen->ran, 2, "closures of a channel whose loop ran to its end");
  });
}

// A public bug of this kind took minutes to hit at random: a process exits, and with it its isolate
// and loop, while other threads still send, settle and drop.
TEST(Schedules, ThreadsThatSendSettleAndDropAgainstTheEndOfEverything) {
  Explore([](const std::shared_ptr<Seen>& seen) {
    auto site = std::make_unique<Site>(seen);
    std::shared_ptr<Channel> channel = Channel::Make(site->environment);
    ScheduledThread settler("settler", [=, deferred = site->Promised()]() mutable {
      ++seen->tried;
      const auto failure =
          channel->SettleWith(std::move(deferred), [seen](Turn& turn) -> v8::MaybeLocal<v8::Value> {
            ++seen->ran;
            return v8::Null(turn.isolate());
          });
      ++(failure ? seen->given_back : seen->accepted);
    });
    ScheduledThread sender(
        "sender", [=, root = MakeRoot(site->environment, v8::Object::New(site->entered.get()))] {
          SendOne(*channel, *seen, Counted(seen));
        });
    channel.reset();
    site->loop.RunOnce();
    site->environment.Close();
    site.reset();  // loop, context and isolate
    settler.join();
    sender.join();
  });
}

}  // namespace
}  // namespace handrail::embed
