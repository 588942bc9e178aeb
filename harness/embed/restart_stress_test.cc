// Eight threads send while the isolate is restarted 200 times: what went in must have come out.
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "harness/embed/channel.h"
#include "harness/embed/home.h"
#include "harness/embed/root.h"
#include "harness/embed/task.h"
#include "harness/engine/versions.h"
#include "harness/observe/v8_test.h"

namespace handrail::embed {
namespace {

constexpr int kRestarts = 200;
constexpr int kSenders = 8;
constexpr int kRunsEach = 150;   // closures run before an isolate is ended
constexpr int kHandedOut = 100;  // Deferreds and Roots that each isolate gives to the threads

// What the test itself counts, apart from the environments.
struct Counts {
  std::atomic<int64_t> tried = 0, accepted = 0, given_back = 0, broken = 0;
  std::atomic<int64_t> closures_made = 0, closures_run = 0, closures_ended = 0;
  int64_t handed_back = 0, handlers_run = 0, uncaught = 0;
};

// What each closure carries: it runs once or never, and ends once.
class Ticket {
 public:
  explicit Ticket(Counts& counts) : counts_(&counts) { ++counts.closures_made; }
  Ticket(Ticket&& other) noexcept : counts_(std::exchange(other.counts_, nullptr)) {}
  ~Ticket() {
    if (counts_ != nullptr) ++counts_->closures_ended;
  }
  void Use() { ++counts_->closures_run; }

 private:
  Counts* counts_;
};

// What one isolate has given to the threads.
struct Generation {
  std::vector<std::shared_ptr<Channel>> channels;
  std::mutex mutex;
  std::vector<Deferred> deferreds;
  std::vector<Root<v8::Object>> roots;

  template <class T>
  T Take(std::vector<T>& from) {
    const std::lock_guard<std::mutex> lock(mutex);
    if (from.empty()) return {};
    T taken = std::move(from.back());
    from.pop_back();
    return taken;
  }
};

class Current {
 public:
  void Set(std::shared_ptr<Generation> next) {
    const std::lock_guard<std::mutex> lock(mutex_);
    now_.swap(next);
  }
  std::shared_ptr<Generation> Get() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return now_;
  }

 private:
  std::mutex mutex_;
  std::shared_ptr<Generation> now_;
};

void Count(bool accepted, bool whole, Counts& counts) {
  ++counts.tried;
  ++(accepted ? counts.accepted : counts.given_back);
  if (!accepted && !whole) ++counts.broken;
}

Compute Null(Counts& counts) {
  return [ticket = Ticket(counts)](Turn& turn) mutable -> v8::MaybeLocal<v8::Value> {
    ticket.Use();
    return v8::Null(turn.isolate());
  };
}

// One of the eight: does what comes into its head until it is told to stop, keeps some of what it
// was given past the isolate, and drops the rest here.
void SendAround(Current& current, Counts& counts, const std::atomic<bool>& stop, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<Deferred> kept;
  std::vector<Root<v8::Object>> kept_roots;
  while (!stop) {
    const std::shared_ptr<Generation> generation = current.Get();
    if (generation == nullptr) continue;
    const std::shared_ptr<Channel> channel =
        generation->channels[random() % generation->channels.size()];
    Deferred deferred = generation->Take(generation->deferreds);
    switch (deferred.armed() ? random() % 8 : 7) {
      case 0: {
        auto result = channel->TrySettleWith(std::move(deferred), Null(counts));
        const bool ok = result.ok();
        Count(ok, ok || static_cast<bool>(result.TakeBack().compute), counts);
        break;
      }
      case 1:
        Count(!channel->SettleWith(std::move(deferred), Null(counts)), true, counts);
        break;
      case 2:
        break;  // dropped here and now
      case 3:
        kept.push_back(std::move(deferred));
        kept_roots.push_back(generation->Take(generation->roots));
        break;
      default: {
        Closure closure = [ticket = Ticket(counts),
                           root = generation->Take(generation->roots)](Turn&) mutable {
          ticket.Use();
          const bool held = root.holds();
          EXPECT_EQ(root.IntoInner().IsEmpty(), !held);
        };
        auto result = random() % 2 != 0 ? channel->Send(std::move(closure))
                                        : channel->TrySend(std::move(closure));
        const bool ok = result.ok();
        Count(ok, ok || static_cast<bool>(result.TakeBack()), counts);
      }
    }
  }
}

// One isolate from its beginning to one of its ends. What it counted comes back by its home.
class Life {
 public:
  Life(Current& current, Counts& counts) : current_(current), counts_(counts) {}

  std::shared_ptr<Home> Run(unsigned way_to_end) {
    const handrail::testing::EnteredIsolate entered;
    v8::Isolate* isolate = entered.get();
    const v8::HandleScope scope(isolate);
    v8::Local<v8::Context> context = v8::Context::New(isolate);
    const v8::Context::Scope in_context(context);
    EventLoop loop;
    Environment environment(isolate, context, loop.get(),
                            {.uncaught = [this](const Uncaught&) { ++counts_.uncaught; },
                             .left_over = [](const Totals&) {}});
    auto generation = HandOut(environment, context);
    current_.Set(generation);
    while (environment.totals().messages_run < kRunsEach) {
      uv_run(loop.get(), UV_RUN_ONCE);
    }
    current_.Set(nullptr);
    End(way_to_end, environment, loop, *generation);
    environment.Close();
    return environment.home();
  }

 private:
  std::shared_ptr<Generation> HandOut(Environment& environment, v8::Local<v8::Context> context) {
    auto generation = std::make_shared<Generation>();
    generation->channels = {Channel::Make(environment), Channel::Make(environment, {.capacity = 1}),
                            Channel::Make(environment, {.capacity = 16})};
    v8::Isolate* isolate = environment.isolate();
    auto count = [](const v8::FunctionCallbackInfo<v8::Value>& info) {
      ++static_cast<Counts*>(engine::UnwrapData(info))->handlers_run;
    };
    v8::Local<v8::Function> handler =
        v8::Function::New(context, count, engine::Wrap(isolate, &counts_)).ToLocalChecked();
    for (int i = 0; i < kHandedOut; ++i) {
      const v8::HandleScope scope(isolate);
      auto made = MakePromise(environment);
      EXPECT_FALSE(made.promise->Then(context, handler, handler).IsEmpty());
      generation->deferreds.push_back(std::move(made.deferred));
      generation->roots.push_back(MakeRoot(environment, v8::Object::New(isolate)));
    }
    for (int i = 0; i < 3; ++i) {
      Task task(environment, [] {});
      TaskHandle handle = task.Handle();
      task.AndThen([](Turn&) {});
      if (i == 0) handle.Cancel();
    }
    return generation;
  }

  void End(unsigned way, Environment& environment, EventLoop& loop, Generation& generation) {
    // Whatever the threads do meanwhile, there is something left to run, hand back or lose.
    auto sent =
        generation.channels[0]->Send([ticket = Ticket(counts_)](Turn&) mutable { ticket.Use(); });
    Count(sent.ok(), true, counts_);
    switch (way % 4) {
      case 0:  // as one should: channels, then the loop to its end, then the environment
        for (auto& channel : generation.channels) channel->Close();
        loop.Run();
        break;
      case 1:
        for (auto& channel : generation.channels) {
          counts_.handed_back += static_cast<int64_t>(channel->CloseAndTakeBack().size());
        }
        loop.Run();
        break;
      case 2:  // the loop goes while threads still send
        for (auto& channel : generation.channels) channel->Unref();
        loop.RunOnce();
        break;
      default:  // from inside a closure
        environment.Run([&](Turn&) { environment.Close(); });
    }
  }

  Current& current_;
  Counts& counts_;
};

TEST(RestartStress, LosesNothingWhileEightThreadsSendAndTheIsolateIsRestarted) {
  Counts counts;
  Current current;
  std::atomic<bool> stop = false;
  std::vector<std::thread> senders;
  const unsigned seed = ::testing::UnitTest::GetInstance()->random_seed();
  SCOPED_TRACE("seed " + std::to_string(seed));  // --gtest_random_seed
  for (int i = 0; i < kSenders; ++i) {
    senders.emplace_back(SendAround, std::ref(current), std::ref(counts), std::cref(stop),
                         seed + i);
  }
  std::vector<std::shared_ptr<Home>> homes;
  Life life(current, counts);
  for (int i = 0; i < kRestarts; ++i) homes.push_back(life.Run(i));
  stop = true;
  for (std::thread& sender : senders) sender.join();

  Totals sum;
  for (const std::shared_ptr<Home>& home : homes) {
    const Totals one = home->totals();
    // Of each isolate by itself, so that no two mistakes cancel out.
    EXPECT_EQ(one.messages_accepted,
              one.messages_run + one.messages_handed_back + one.messages_lost);
    EXPECT_EQ(one.promises_made,
              one.promises_settled + one.promises_dropped + one.promises_left_over);
    EXPECT_EQ(one.promises_dropped_late, one.promises_left_over);
    EXPECT_EQ(one.roots_made, one.roots_dropped + one.roots_left_over);
    EXPECT_EQ(one.roots_dropped_late, one.roots_left_over);
    EXPECT_EQ(one.tasks_queued, one.tasks_completed + one.tasks_cancelled + one.tasks_lost);
    sum.messages_accepted += one.messages_accepted;
    sum.messages_run += one.messages_run;
    sum.messages_handed_back += one.messages_handed_back;
    sum.messages_lost += one.messages_lost;
    sum.promises_settled += one.promises_settled;
    sum.promises_dropped += one.promises_dropped;
    sum.promises_left_over += one.promises_left_over;
    sum.roots_left_over += one.roots_left_over;
  }
  EXPECT_EQ(counts.tried, counts.accepted + counts.given_back);
  EXPECT_EQ(counts.broken, 0) << "a closure came back empty";
  EXPECT_EQ(sum.messages_accepted, counts.accepted);
  EXPECT_EQ(sum.messages_run, counts.closures_run);
  EXPECT_EQ(sum.messages_handed_back, counts.handed_back);
  EXPECT_EQ(counts.closures_made, counts.closures_ended);
  EXPECT_EQ(counts.handlers_run, sum.promises_settled + sum.promises_dropped)
      << "every promise that was settled or dropped in time has told its handler";
  EXPECT_EQ(counts.uncaught, 0);
  // The test must have seen each of its ends.
  EXPECT_GT(sum.messages_lost, 0);
  EXPECT_GT(sum.messages_handed_back, 0);
  EXPECT_GT(counts.given_back, 0);
  EXPECT_GT(sum.promises_dropped, 0);
  EXPECT_GT(sum.promises_left_over, 0);
  EXPECT_GT(sum.roots_left_over, 0);
  std::printf(
      "%d restarts, seed %u: %lld sends tried, %lld run, %lld handed back, %lld lost, "
      "%lld given back; promises: %lld settled, %lld rejected, %lld left over\n",
      kRestarts, seed, static_cast<long long>(counts.tried.load()),
      static_cast<long long>(sum.messages_run), static_cast<long long>(sum.messages_handed_back),
      static_cast<long long>(sum.messages_lost), static_cast<long long>(counts.given_back.load()),
      static_cast<long long>(sum.promises_settled), static_cast<long long>(sum.promises_dropped),
      static_cast<long long>(sum.promises_left_over));
}

}  // namespace
}  // namespace handrail::embed
