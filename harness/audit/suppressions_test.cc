#include "harness/audit/suppressions.h"

#include <gtest/gtest.h>

namespace handrail::audit {
namespace {

Suppressions Parsed(const char* text) {
  Suppressions suppressions;
  std::string problem;
  EXPECT_TRUE(suppressions.Parse(text, "known.supp", &problem)) << problem;
  return suppressions;
}

std::string ProblemOf(const char* text) {
  Suppressions suppressions;
  std::string problem;
  EXPECT_FALSE(suppressions.Parse(text, "known.supp", &problem));
  return problem;
}

TEST(Suppressions, SilenceByFunctionModuleOrFile) {
  Suppressions known = Parsed("HD001:Store*\n*:addon.node\nHD032:third_party/*\n");
  EXPECT_TRUE(known.Silences("HD001", {"StoreCallback"}));
  EXPECT_FALSE(known.Silences("HD003", {"StoreCallback"})) << "another code";
  EXPECT_TRUE(known.Silences("HD003", {"Other", "addon.node"}));
  EXPECT_TRUE(known.Silences("HD032", {"/home/me/third_party/a.cc"})) << "from any folder on";
  EXPECT_FALSE(known.Silences("HD032", {"/home/me/not_third_party/a.cc"}));
  EXPECT_FALSE(known.Silences("HD001", {})) << "nothing is known of it";
}

TEST(Suppressions, CountWhatTheySilenced) {
  Suppressions known = Parsed("# by line\n\n  HD001 : Store \n*:nothing\n");
  known.Silences("HD001", {"Store"});
  known.Silences("HD001", {"Store"});
  ASSERT_EQ(known.all().size(), 2u);
  EXPECT_EQ(known.all()[0].used, 2);
  EXPECT_EQ(known.all()[0].line, 3);
  EXPECT_EQ(known.all()[1].used, 0);
}

TEST(Suppressions, NameFileAndLineOfWhatIsWrong) {
  EXPECT_EQ(ProblemOf("HD001:a\nHD001\n"), "known.supp:2: 'HD001' is not CODE:GLOB");
  EXPECT_EQ(ProblemOf("HD9:a"),
            "known.supp:1: there is no code 'HD9' (handrail explain lists them)");
  EXPECT_EQ(ProblemOf("\n\n*:"), "known.supp:3: nothing stands behind the colon; * is everything");
  EXPECT_EQ(ProblemOf("\x1b[2J"), "known.supp:1: '" + std::string("?[2J") + "' is not CODE:GLOB");
}

TEST(Suppressions, OfAFileThatIsNotThereTellSo) {
  Suppressions suppressions;
  std::string problem;
  EXPECT_FALSE(suppressions.Read("/nonexistent/known.supp", &problem));
  EXPECT_EQ(problem, "/nonexistent/known.supp: cannot be read: No such file or directory");
}

}  // namespace
}  // namespace handrail::audit
