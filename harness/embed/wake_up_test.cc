#include "harness/embed/wake_up.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <memory>
#include <thread>
#include <vector>

#include "harness/embed/environment.h"

namespace handrail::embed {
namespace {

void EndFromOutside(uv_loop_t* loop) {
  uv_walk(
      loop, [](uv_handle_t* handle, void*) { uv_close(handle, nullptr); }, nullptr);
  uv_run(loop, UV_RUN_DEFAULT);
}

TEST(WakeUp, WakesTheLoopOnceForSeveralSends) {
  EventLoop loop;
  int woken = 0;
  WakeUp wake(loop.get(), [&] { ++woken; });
  for (int i = 0; i < 5; ++i) EXPECT_EQ(wake.Send(), 0);
  loop.RunOnce();
  EXPECT_EQ(woken, 1);
}

TEST(WakeUp, RefusesAfterClose) {
  EventLoop loop;
  int woken = 0;
  WakeUp wake(loop.get(), [&] { ++woken; });
  wake.Send();
  wake.Close();
  wake.Close();
  EXPECT_EQ(wake.Send(), UV_ECANCELED);
  EXPECT_FALSE(wake.usable());
  loop.Run();
  EXPECT_EQ(woken, 0) << "it was closed before the loop got to it";
}

TEST(WakeUp, KeepsTheLoopAliveWhileItIsReferenced) {
  EventLoop loop;
  WakeUp wake(loop.get(), [] {});
  EXPECT_TRUE(loop.RunOnce());
  wake.Unref();
  wake.Unref();
  EXPECT_FALSE(loop.RunOnce());
  wake.Ref();
  EXPECT_TRUE(loop.RunOnce());
}

TEST(WakeUp, RefusesWithoutALoop) {
  WakeUp wake(nullptr, [] {});
  EXPECT_EQ(wake.Send(), UV_ECANCELED);
  wake.Ref();
  wake.Unref();
}

TEST(WakeUp, TellsWhatLibuvSays) {
  EventLoop loop;
  WakeUp wake(
      loop.get(), [] {}, [](uv_async_t*) -> int { return UV_EIO; });
  EXPECT_EQ(wake.Send(), UV_EIO);
}

TEST(WakeUp, MayEndInsideItsOwnCallback) {
  EventLoop loop;
  std::unique_ptr<WakeUp> wake;
  int woken = 0;
  wake = std::make_unique<WakeUp>(loop.get(), [&] {
    ++woken;
    wake.reset();
    loop.RunOnce();  // libuv releases the handle in here
  });
  wake->Send();
  loop.Run();
  EXPECT_EQ(woken, 1);
}

TEST(WakeUp, OutlivesALoopThatWasEndedFirst) {
  auto loop = std::make_unique<EventLoop>();
  WakeUp wake(loop->get(), [] {});
  EndFromOutside(loop->get());
  EXPECT_EQ(wake.Send(), UV_ECANCELED);
  loop.reset();
  EXPECT_EQ(wake.Send(), UV_ECANCELED);
  wake.Ref();
  wake.Close();
}

TEST(WakeUp, IsSentToByManyThreadsWhileItIsClosed) {
  for (int round = 0; round < 30; ++round) {
    EventLoop loop;
    WakeUp wake(loop.get(), [] {});
    std::latch begin(5);
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        begin.arrive_and_wait();
        while (wake.Send() == 0) {
        }
      });
    }
    begin.arrive_and_wait();
    loop.RunOnce();
    wake.Close();
    loop.Run();
    for (std::thread& thread : threads) thread.join();
  }
}

}  // namespace
}  // namespace handrail::embed
