#include "harness/guard/signature.h"

#include <gtest/gtest.h>

#include "harness/guard/engine_signatures.h"

namespace handrail::guard {
namespace {

using Kind = Argument::Kind;

const SignatureTable& Table() {
  static const SignatureTable table(EngineSignatures());
  return table;
}

TEST(Signature, OfAMethodKnowsItsThisAndItsHandles) {
  const Signature* signature =
      Table().Find("_ZN2v87Promise8Resolver7ResolveENS_5LocalINS_7ContextEEENS2_INS_5ValueEEE");
  ASSERT_NE(signature, nullptr);
  EXPECT_EQ(signature->name, "v8::Promise::Resolver::Resolve");
  ASSERT_EQ(signature->registers.size(), 3u);
  EXPECT_EQ(signature->registers[0].kind, Kind::kThis);
  EXPECT_EQ(signature->registers[0].type, "v8::Promise::Resolver");
  EXPECT_EQ(signature->registers[1].type, "v8::Context");
  EXPECT_EQ(signature->registers[2].kind, Kind::kHandle);
  EXPECT_TRUE(signature->result.empty());
}

TEST(Signature, OfAStaticFunctionHasNoThis) {
  const Signature* signature = Table().Find("_ZN2v86Object3NewEPNS_7IsolateE");
  ASSERT_NE(signature, nullptr);
  ASSERT_EQ(signature->registers.size(), 1u);
  EXPECT_EQ(signature->registers[0].kind, Kind::kIsolate);
  EXPECT_EQ(signature->result, "v8::Object");
}

TEST(Signature, KnowsWhichArgumentCountsAnArrayOfHandles) {
  const Signature* call =
      Table().Find("_ZN2v88Function4CallENS_5LocalINS_7ContextEEENS1_INS_5ValueEEEiPS5_");
  ASSERT_NE(call, nullptr);
  ASSERT_EQ(call->registers.size(), 5u);
  EXPECT_EQ(call->registers[4].kind, Kind::kHandles);
  EXPECT_EQ(call->registers[4].count_in, 3);
}

TEST(Signature, CountsArgumentsThatRegistersDoNotHold) {
  int on_stack = 0;
  for (const char* name :
       {"_ZN2v816FunctionTemplate3NewEPNS_7IsolateEPFvRKNS_20FunctionCallbackInfoINS_5ValueEEEENS_5LocalIS4"
        "_EENSA_INS_9SignatureEEEiNS_19ConstructorBehaviorENS_14SideEffectTypeEPKNS_9CFunctionEttt"}) {
    const Signature* signature = Table().Find(name);
    ASSERT_NE(signature, nullptr);
    EXPECT_EQ(signature->registers[1].kind, Kind::kCallback);
    on_stack = signature->stack_words;
  }
  EXPECT_EQ(on_stack, 5);
}

TEST(Signature, IsFoundByEitherVariantOfAConstructor) {
  EXPECT_NE(Table().Find("_ZN2v88TryCatchC1EPNS_7IsolateE"), nullptr);
  EXPECT_NE(Table().Find("_ZN2v88TryCatchC2EPNS_7IsolateE"), nullptr);
  EXPECT_NE(Table().Find("_ZN2v811HandleScopeD1Ev"), nullptr);
}

TEST(Signature, OfGlobalsIsReadFromTheNameAlone) {
  const Signature* signature = Table().Find("_ZN2v812api_internal13DisposeGlobalEPm");
  ASSERT_NE(signature, nullptr);
  EXPECT_EQ(signature->registers.size(), 1u);
}

TEST(SignatureTable, LeavesOutWhatIsNoRowAndSaysWhatItDoesNotUnderstand) {
  const SignatureTable table("\nnonsense\n_ZN2v81aEv\tvoid\tthis:v8::A ?\n\t\t\n");
  EXPECT_EQ(table.size(), 1u);
  ASSERT_NE(table.Find("_ZN2v81aEv"), nullptr);
  EXPECT_FALSE(table.Find("_ZN2v81aEv")->understood);
  EXPECT_EQ(table.Find("_ZN2v81bEv"), nullptr);
}

TEST(SignatureTable, UnderstandsNearlyAllOfTheEngine) {
  EXPECT_GT(Table().size(), 1000u);
}

}  // namespace
}  // namespace handrail::guard
