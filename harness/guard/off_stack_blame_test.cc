#include "harness/guard/off_stack_blame.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace handrail::guard {
namespace {

Frame At(std::string function, std::string file, int line = 1) {
  Frame frame;
  frame.function = std::move(function);
  frame.file = std::move(file);
  frame.line = line;
  return frame;
}

Frame WithoutLines(std::string function) { return At(std::move(function), "", 0); }

constexpr const char* kV8 = "/node/include/node/v8-local-handle.h";
constexpr const char* kStd =
    "/usr/lib/gcc/x86_64-linux-gnu/12/../../../../include/c++/12/bits/stl_map.h";

TEST(Blame, GoesPastV8AndTheStandardLibrary) {
  const Blame blame = BlameOf({At("v8::Local<v8::Value>::Local()", kV8),
                               At("std::map<int, v8::Local<v8::Value> >::operator[](int&&)", kStd),
                               At("mine::Keep(v8::Local<v8::Value>)", "/home/me/keep.cc", 12),
                               At("main", "/home/me/main.cc", 3)});
  ASSERT_EQ(blame.stack.size(), 2u);
  EXPECT_EQ(PlaceOf(blame.stack[blame.place]), "/home/me/keep.cc:12");
}

TEST(Blame, GoesPastConstructorsAndTheClosureOfALambda) {
  const Blame blame =
      BlameOf({At("mine::Request::Request(mine::Request&&)", "/home/me/request.h", 5),
               At("std::unique_ptr<mine::Request> std::make_unique<mine::Request>()", kStd),
               At("Keep()::$_0::$_0(Keep()::$_0 const&)", "/home/me/keep.cc", 8),
               At("mine::Keep()", "/home/me/keep.cc", 12)});
  EXPECT_EQ(PlaceOf(blame.stack[blame.place]), "/home/me/keep.cc:12");
  EXPECT_EQ(blame.stack.size(), 3u) << "the constructors stay on the stack that is shown";
}

TEST(Blame, TellsConstructorsOfClassesInsideFunctions) {
  for (const char* constructor :
       {"A::A(int)", "n::A<int>::A(v8::Local<v8::Value>)", "(anonymous namespace)::A::A()",
        "n::F(int, char)::A::A(A const&)", "n::C::F() const::A::A()"}) {
    const Blame blame = BlameOf({At(constructor, "a.cc"), At("n::User()", "b.cc", 7)});
    EXPECT_EQ(PlaceOf(blame.stack[blame.place]), "b.cc:7") << constructor;
  }
  for (const char* other : {"AA::A(int)", "n::A::~A()", "A::operator()(int) const", "A(A)",
                            "n::A::operator<(n::A)", "void n::A<n::A>::F(n::A::A)"}) {
    const Blame blame = BlameOf({At(other, "a.cc"), At("n::User()", "b.cc", 7)});
    EXPECT_EQ(blame.place, 0u) << other;
  }
}

TEST(Blame, GoesByNamesWhereThereAreNoLines) {
  const Blame blame =
      BlameOf({WithoutLines("v8::Local<v8::Value>::Local()"),
               WithoutLines("void std::_Construct<v8::Local<v8::Value> >(v8::Local<v8::Value>*)"),
               WithoutLines("decltype (::new ((void*)(0)) X) std::construct_at<X>(X*)"),
               WithoutLines("std::pair<int, v8::Local<v8::Value> > mine::Keep<int>(int)")});
  ASSERT_EQ(blame.stack.size(), 1u);
  EXPECT_EQ(blame.stack[0].function, "std::pair<int, v8::Local<v8::Value> > mine::Keep<int>(int)");
}

TEST(Blame, IsTheInnermostCallWhereAllIsOfALibrary) {
  const Blame blame = BlameOf({At("v8::Local<v8::Value>::Local()", kV8), At("std::f()", kStd)});
  ASSERT_EQ(blame.stack.size(), 1u);
  EXPECT_EQ(blame.stack[0].file, kV8);
}

TEST(Blame, OfWhatIsInlinedIntoACoroutineIsTheCoroutine) {
  Frame inlined = At("mine::Make()", "/home/me/make.cc", 4);
  Frame coroutine = At("mine::Later()", "/home/me/later.cc", 9);
  inlined.resumed = coroutine.resumed = true;
  inlined.offset = coroutine.offset = 0x100;
  Frame outer = At("main", "/home/me/main.cc", 3);
  const Blame blame = BlameOf({inlined, coroutine, outer});
  EXPECT_EQ(blame.place, 1u);
}

TEST(Blame, FindsTheTypeOfTheHandleWithItsBrackets) {
  EXPECT_EQ(HandleOf({At("f()", "a.cc"), At("v8::Local<v8::Promise::Resolver>::Local()", kV8)}),
            "v8::Local<v8::Promise::Resolver>");
  EXPECT_EQ(HandleOf({At("std::map<int, v8::Local<T<v8::Value> > >::operator[](int&&)", kStd)}),
            "v8::Local<T<v8::Value> >");
  EXPECT_EQ(HandleOf({At("v8::Local<v8::Val", kV8)}), "v8::Local") << "cut off";
  EXPECT_EQ(HandleOf({At("mine::Keep()", "a.cc")}), "v8::Local");
}

TEST(Blame, NamesModuleAndOffsetWithoutALine) {
  Frame frame;
  frame.module = "/home/me/build/addon.node";
  frame.offset = 0x12ab;
  EXPECT_EQ(PlaceOf(frame), "addon.node+0x12ab");
}

}  // namespace
}  // namespace handrail::guard
