// The wrappers of Node-API over a Node of a few lines: a handle stack of one block, and functions
// that do what Node's do to it. It is this program that exports them, so the watch finds them as it
// finds Node's.
#include "harness/guard/napi_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <thread>
#include <vector>

#include "harness/guard/napi_book.h"
#include "harness/guard/napi_functions.h"

using handrail::guard::HandleArea;
using handrail::guard::HandleStack;
using handrail::guard::Misuse;

namespace {

// The Node.
uintptr_t g_block[HandleStack::kSlots];
HandleArea g_area{g_block, g_block + HandleStack::kSlots, 1, 0};
bool g_pending = false;
int g_isolate = 0;
thread_local const void* t_isolate = nullptr;  // the one that is current on this thread
std::set<const void*> g_passed_on;  // addresses that reached a function behind its wrapper

napi_value Push(uintptr_t value) {
  *g_area.next = value;
  return reinterpret_cast<napi_value>(g_area.next++);
}

}  // namespace

extern "C" {
#define NODE __attribute__((visibility("default"), used))
NODE const void* _ZN2v87Isolate13TryGetCurrentEv() { return t_isolate; }
NODE napi_status napi_create_object(napi_env, napi_value* result) {
  *result = Push(0x1001);
  return napi_ok;
}
NODE napi_status napi_typeof(napi_env, napi_value value, napi_valuetype* result) {
  g_passed_on.insert(value);
  *result = napi_object;
  return napi_ok;
}
NODE napi_status napi_call_function(napi_env, napi_value, napi_value, size_t count,
                                    const napi_value* values, napi_value*) {
  if (g_pending) return napi_pending_exception;
  for (size_t i = 0; i < count; ++i) g_passed_on.insert(values[i]);
  g_pending = count == 0;  // without arguments it throws
  return g_pending ? napi_pending_exception : napi_ok;
}
NODE napi_status napi_is_exception_pending(napi_env, bool* result) {
  *result = g_pending;
  return napi_ok;
}
NODE napi_status napi_get_and_clear_last_exception(napi_env, napi_value* result) {
  g_pending = false;
  *result = Push(0x2001);
  return napi_ok;
}
NODE napi_status napi_open_handle_scope(napi_env, napi_handle_scope* result) {
  *result = reinterpret_cast<napi_handle_scope>(g_area.next);
  ++g_area.level;
  return napi_ok;
}
NODE napi_status napi_close_handle_scope(napi_env, napi_handle_scope scope) {
  g_area.next = reinterpret_cast<uintptr_t*>(scope);
  --g_area.level;
  return napi_ok;
}
NODE napi_status napi_create_reference(napi_env, napi_value, uint32_t, napi_ref* result) {
  *result = reinterpret_cast<napi_ref>(new char[40]);
  return napi_ok;
}
NODE napi_status napi_delete_reference(napi_env, napi_ref reference) {
  g_passed_on.insert(reference);
  delete[] reinterpret_cast<char*>(reference);
  return napi_ok;
}
NODE napi_status napi_create_function(napi_env, const char*, size_t, napi_callback callback, void*,
                                      napi_value* result) {
  *result = Push(reinterpret_cast<uintptr_t>(callback));
  return napi_ok;
}
#undef NODE
}

namespace handrail::guard {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> g_codes;
const auto kEnv = reinterpret_cast<napi_env>(0x10);

HandleStack* Stack(napi_env) {
  static const uintptr_t kTombstone = 0xDEAD00000000;
  static HandleStack stack(&g_area, &kTombstone, 8, [] {});
  return t_isolate == nullptr ? nullptr : &stack;
}

template <class Function>
Function* Wrapped(const char* name, Function*) {
  return reinterpret_cast<Function*>(NapiWrapper(name));
}
#define WRAPPED(name) Wrapped(#name, &::name)

class NapiWatch : public ::testing::Test {
 protected:
  void SetUp() override {
    t_isolate = &g_isolate;
    NapiOptions options;
    options.report = [](const Misuse& misuse) { g_codes.push_back(misuse.code); };
    options.stack = Stack;
    StartNapiWatch(options);
    g_codes.clear();
    g_passed_on.clear();
    g_pending = false;
    ++g_area.level;
  }
  napi_value Object() {
    napi_value value = nullptr;
    EXPECT_EQ(WRAPPED(napi_create_object)(kEnv, &value), napi_ok);
    return value;
  }
  napi_status TypeOf(napi_value value) {
    napi_valuetype type = napi_undefined;
    return WRAPPED(napi_typeof)(kEnv, value, &type);
  }
  napi_handle_scope Open() {
    napi_handle_scope scope = nullptr;
    EXPECT_EQ(WRAPPED(napi_open_handle_scope)(kEnv, &scope), napi_ok);
    return scope;
  }
  napi_status Close(napi_handle_scope scope) {
    return WRAPPED(napi_close_handle_scope)(kEnv, scope);
  }
};

TEST_F(NapiWatch, PassesOnAValueThatIsAlive) {
  const napi_value value = Object();
  EXPECT_EQ(TypeOf(value), napi_ok);
  EXPECT_EQ(g_passed_on.count(value), 1u);
  EXPECT_THAT(g_codes, IsEmpty());
}

TEST_F(NapiWatch, RefusesAValueWhoseScopeHasClosed) {
  const napi_handle_scope scope = Open();
  const napi_value value = Object();
  EXPECT_EQ(Close(scope), napi_ok);
  const napi_value next = Object();
  EXPECT_NE(next, value) << "a dead slot must not be used again";
  EXPECT_EQ(TypeOf(value), napi_invalid_arg);
  EXPECT_EQ(g_passed_on.count(value), 0u);
  EXPECT_THAT(g_codes, ElementsAre("HD001"));
  EXPECT_EQ(TypeOf(next), napi_ok);
}

TEST_F(NapiWatch, LooksIntoArraysOfValues) {
  const napi_handle_scope scope = Open();
  const napi_value stale = Object();
  Close(scope);
  const napi_value fine = Object();
  const napi_value values[] = {fine, stale};
  EXPECT_EQ(WRAPPED(napi_call_function)(kEnv, fine, fine, 2, values, nullptr), napi_invalid_arg);
  EXPECT_THAT(g_codes, ElementsAre("HD001"));
  g_codes.clear();
  EXPECT_EQ(WRAPPED(napi_call_function)(kEnv, fine, fine, 1, values, nullptr), napi_ok)
      << "what lies behind the array's end is none of its arguments";
  EXPECT_THAT(g_codes, IsEmpty());
}

TEST_F(NapiWatch, TellsAScopeThatIsClosedBeforeTheOneInsideIt) {
  const napi_handle_scope outer = Open();
  Object();
  const napi_handle_scope inner = Open();
  Close(outer);
  EXPECT_THAT(g_codes, ElementsAre("HD031"));
  Close(inner);
  EXPECT_THAT(g_codes, ElementsAre("HD031")) << "told once";
}

TEST_F(NapiWatch, TellsACallThatIsRefusedBecauseOfAnException) {
  const napi_value value = Object();
  EXPECT_EQ(WRAPPED(napi_call_function)(kEnv, value, value, 0, nullptr, nullptr),
            napi_pending_exception);
  EXPECT_THAT(g_codes, IsEmpty()) << "the call that throws is not refused";
  EXPECT_EQ(TypeOf(value), napi_ok);
  EXPECT_THAT(g_codes, IsEmpty()) << "a call that may be made with an exception pending";
  EXPECT_EQ(WRAPPED(napi_call_function)(kEnv, value, value, 1, &value, nullptr),
            napi_pending_exception);
  EXPECT_THAT(g_codes, ElementsAre("HD034"));
  napi_value error = nullptr;
  WRAPPED(napi_get_and_clear_last_exception)(kEnv, &error);
  EXPECT_EQ(WRAPPED(napi_call_function)(kEnv, value, value, 1, &value, nullptr), napi_ok);
  EXPECT_THAT(g_codes, ElementsAre("HD034"));
}

TEST_F(NapiWatch, RefusesAReferenceThatWasDeletedAndKeepsItsMemoryFromReuse) {
  napi_ref reference = nullptr;
  WRAPPED(napi_create_reference)(kEnv, Object(), 1, &reference);
  EXPECT_EQ(WRAPPED(napi_delete_reference)(kEnv, reference), napi_ok);
  napi_ref next = nullptr;
  WRAPPED(napi_create_reference)(kEnv, Object(), 1, &next);
  EXPECT_NE(next, reference);
  g_passed_on.clear();
  EXPECT_EQ(WRAPPED(napi_delete_reference)(kEnv, reference), napi_invalid_arg);
  EXPECT_EQ(g_passed_on.count(reference), 0u);
  EXPECT_THAT(g_codes, ElementsAre("HD032"));
  EXPECT_EQ(WRAPPED(napi_delete_reference)(kEnv, next), napi_ok);
}

TEST_F(NapiWatch, TellsAThingOfAnotherEnvironment) {
  const auto other = reinterpret_cast<napi_env>(0x20);
  napi_ref reference = nullptr;
  WRAPPED(napi_create_reference)(kEnv, Object(), 1, &reference);
  WRAPPED(napi_delete_reference)(other, reference);
  EXPECT_THAT(g_codes, ElementsAre("IS007"));
}

TEST_F(NapiWatch, TellsACallOnAnotherThreadUnlessThatOneIsInsideTheIsolate) {
  Object();
  const auto call = [](const void* isolate) {
    std::thread([isolate] {
      t_isolate = isolate;
      napi_value value = nullptr;
      WRAPPED(napi_create_object)(kEnv, &value);
    }).join();
  };
  call(&g_isolate);
  EXPECT_THAT(g_codes, IsEmpty()) << "a thread that has locked the isolate";
  call(nullptr);
  EXPECT_THAT(g_codes, ElementsAre("IS006"));
}

napi_value g_given = nullptr;
napi_value ReturnsGiven(napi_env, napi_callback_info) { return g_given; }

// As Node calls a callback: in a scope of its own, whose slots it takes back afterwards.
uintptr_t CallBack(napi_callback callback) {
  uintptr_t* const next = g_area.next;
  ++g_area.level;
  const napi_value result = callback(kEnv, nullptr);
  const uintptr_t value = result == nullptr ? 0 : *reinterpret_cast<uintptr_t*>(result);
  g_area.next = next;
  --g_area.level;
  return value;
}

napi_callback WrappedCallback(napi_callback callback) {
  napi_value function = nullptr;
  WRAPPED(napi_create_function)(kEnv, "f", 1, callback, nullptr, &function);
  return reinterpret_cast<napi_callback>(*reinterpret_cast<uintptr_t*>(function));
}

napi_value MakesAndKeeps(napi_env env, napi_callback_info) {
  WRAPPED(napi_create_object)(env, &g_given);
  return g_given;
}

TEST_F(NapiWatch, KnowsWhenACallbackEndsAndLeavesItsResultAlone) {
  const napi_callback makes = WrappedCallback(MakesAndKeeps);
  EXPECT_NE(makes, &MakesAndKeeps) << "a thunk stands before it";
  EXPECT_EQ(CallBack(makes), 0x1001u) << "what it returned is read before its scope closes";
  EXPECT_THAT(g_codes, IsEmpty());
  EXPECT_EQ(CallBack(WrappedCallback(ReturnsGiven)), 0u);
  EXPECT_THAT(g_codes, ElementsAre("HD001")) << "a value of another callback was returned";
}

napi_value LeavesAScopeOpen(napi_env env, napi_callback_info) {
  napi_handle_scope scope = nullptr;
  WRAPPED(napi_open_handle_scope)(env, &scope);
  return nullptr;
}

TEST_F(NapiWatch, TellsAScopeThatACallbackLeavesOpen) {
  CallBack(WrappedCallback(LeavesAScopeOpen));
  EXPECT_THAT(g_codes, ElementsAre("HD030"));
}

TEST_F(NapiWatch, HasNoWrapperForWhatThisNodeLacks) {
  EXPECT_EQ(NapiWrapper("napi_create_symbol"), nullptr) << "ours does not export it";
  EXPECT_EQ(NapiWrapper("napi_of_the_future"), nullptr);
  EXPECT_TRUE(IsNapiName("napi_of_the_future"));
  EXPECT_FALSE(IsNapiName("uv_run"));
}

TEST(NapiBook, CountsWhatIsLeftOfEndedEnvironmentsByPlace) {
  NapiBook book;
  int env = 0, other = 0, things[5] = {};
  const Site here{&env, 7}, there{&other, 8};
  for (int i = 0; i < 3; ++i) {
    book.Made(NapiThing::kReference, &things[i], {.env = &env, .made = i == 0 ? there : here});
  }
  book.Made(NapiThing::kReference, &things[3], {.env = &env, .made = here});
  book.End(NapiThing::kReference, &things[3], there);
  book.Made(NapiThing::kReference, &things[4], {.env = &other, .made = here});
  const auto left = book.Conclude([&](const void* one) { return one == &env; });
  ASSERT_EQ(left.size(), 2u);
  EXPECT_EQ(left[0].count, 2) << "most numerous first";
  EXPECT_EQ(left[0].made.at, here.at);
  EXPECT_EQ(left[1].count, 1);
  EXPECT_TRUE(book.Conclude([&](const void* one) { return one == &env; }).empty()) << "told once";
}

TEST(NapiBook, ForgetsAnEndWhenTheAddressIsMadeAnew) {
  NapiBook book;
  int thing = 0;
  book.Made(NapiThing::kDeferred, &thing, {});
  book.End(NapiThing::kDeferred, &thing, {});
  EXPECT_TRUE(book.Find(NapiThing::kDeferred, &thing)->over);
  book.Made(NapiThing::kDeferred, &thing, {});
  EXPECT_FALSE(book.Find(NapiThing::kDeferred, &thing)->over);
}

}  // namespace
}  // namespace handrail::guard
