#include "harness/runner/absent_engines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

namespace handrail {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class AbsentEngines : public ::testing::Test {
 protected:
  ~AbsentEngines() override { std::remove(file_.c_str()); }
  std::vector<AbsentEngine> Read(const std::string& text) const {
    std::ofstream(file_) << text;
    return ReadAbsentEngines(file_, rows_);
  }
  const std::string file_ = ::testing::TempDir() + "/engines-to-have-" +
                            ::testing::UnitTest::GetInstance()->current_test_info()->name();
  const std::vector<EngineRow> rows_ = {{"libnode", "", "", ""}, {"node-26", "", "", ""}};
};

constexpr const char* kKnown =
    R"([{"id": "node-22", "get": "run this"}, {"id": "node-26", "get": "never shown"}])";

TEST_F(AbsentEngines, AreThoseThatHaveNoRow) {
  const std::vector<AbsentEngine> absent = Read(kKnown);
  ASSERT_EQ(absent.size(), 1U);
  EXPECT_EQ(absent[0].id, "node-22");
  EXPECT_EQ(absent[0].get, "run this");
}

TEST_F(AbsentEngines, AreAskedForByAGlobThatMeansNoRow) {
  const std::vector<AbsentEngine> absent = Read(kKnown);
  for (const char* glob : {"node-22", "*-22"}) {
    const absl::Status status = CheckNotAbsent(absent, rows_, {"libnode", glob});
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << glob;
    EXPECT_THAT(status.message(), HasSubstr("run this")) << glob;
  }
}

TEST_F(AbsentEngines, AreNotMissedWhereAGlobMeansOthersToo) {
  const std::vector<AbsentEngine> absent = Read(kKnown);
  EXPECT_TRUE(CheckNotAbsent(absent, rows_, {"node-*"}).ok());
  EXPECT_TRUE(CheckNotAbsent(absent, rows_, {}).ok());
  EXPECT_TRUE(CheckNotAbsent(absent, rows_, {"no-such-engine"}).ok()) << "not ours to tell";
}

TEST_F(AbsentEngines, AreNoneInAFileThatIsNotThereOrBroken) {
  EXPECT_THAT(ReadAbsentEngines("/nowhere/at-all.json", rows_), IsEmpty());
  for (const char* text : {"", "{", "{}", "[1, {}, {\"id\": 3, \"get\": \"x\"}]", "[{\"id\": \"a\"}]"}) {
    EXPECT_THAT(Read(text), IsEmpty()) << text;
  }
}

}  // namespace
}  // namespace handrail
