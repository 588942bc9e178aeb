#include "harness/embed/channel.h"

#include "harness/embed/mailbox.h"

namespace handrail::embed {
namespace {

// A closure that does what a Settling says. It refers to it, so that a send that fails can give it
// back whole.
Closure Settler(std::shared_ptr<Settling> settling, const Place& here) {
  return [settling = std::move(settling), here](Turn& turn) {
    settling->deferred.SettleWith([&] { return std::move(settling->compute)(turn); }, here);
  };
}

const char* WhyNeverSettled(SendFailure failure) {
  switch (failure) {
    case SendFailure::kClosed:
      return "the promise will never be settled: the channel is closed";
    case SendFailure::kFull:
      return "the promise will never be settled: the channel is full";
    case SendFailure::kWakeUpFailed:
      return "the promise will never be settled: the event loop could not be woken";
    case SendFailure::kWouldDeadlock:
      return "the promise will never be settled: the channel is full, and waiting for room on the "
             "isolate's own thread would never end";
  }
  return "?";
}

}  // namespace

const char* ToString(SendFailure failure) {
  switch (failure) {
    case SendFailure::kClosed:
      return "closed";
    case SendFailure::kFull:
      return "full";
    case SendFailure::kWakeUpFailed:
      return "the event loop could not be woken";
    case SendFailure::kWouldDeadlock:
      return "full, and this is the thread that would make room";
  }
  return "?";
}

std::shared_ptr<Channel> Channel::Make(const Environment& environment, ChannelOptions options) {
  const std::shared_ptr<Home>& home = environment.home();
  auto mailbox = std::make_shared<Mailbox>(home, options.capacity);
  if (!home->MovesIn(mailbox)) mailbox->EnvironmentEnds(false);  // born closed
  return std::shared_ptr<Channel>(new Channel(std::move(mailbox)));
}

SendResult<Closure> Channel::Send(Closure closure) {
  if (const auto failure = mailbox_->Put(closure, true)) return {*failure, std::move(closure)};
  return {};
}

SendResult<Closure> Channel::TrySend(Closure closure) {
  if (const auto failure = mailbox_->Put(closure, false)) return {*failure, std::move(closure)};
  return {};
}

std::optional<SendFailure> Channel::SettleWith(Deferred deferred, Compute compute, Place here) {
  auto settling = std::make_shared<Settling>(Settling{std::move(deferred), std::move(compute)});
  Closure closure = Settler(settling, here);
  const std::optional<SendFailure> failure = mailbox_->Put(closure, true);
  if (failure) settling->deferred.Drop(WhyNeverSettled(*failure));
  return failure;
}

SendResult<Settling> Channel::TrySettleWith(Deferred deferred, Compute compute, Place here) {
  auto settling = std::make_shared<Settling>(Settling{std::move(deferred), std::move(compute)});
  Closure closure = Settler(settling, here);
  if (const auto failure = mailbox_->Put(closure, false)) {
    return {*failure, std::move(*settling)};
  }
  return {};
}

bool Channel::Ref() { return mailbox_->Reference(true); }
bool Channel::Unref() { return mailbox_->Reference(false); }
bool Channel::HasRef() const { return mailbox_->referenced(); }
void Channel::Close() { mailbox_->Shut(); }
std::vector<Closure> Channel::CloseAndTakeBack() { return mailbox_->TakeBack(); }
size_t Channel::waiting() const { return mailbox_->waiting(); }

}  // namespace handrail::embed
