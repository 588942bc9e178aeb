// Engines that are missing or cannot be loaded: run and doctor name them and the mend, the others
// run.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "harness/cli/handrail_process.h"

namespace handrail {
namespace {

namespace fs = std::filesystem;
using ::handrail::testing::Handrail;
using ::handrail::testing::HandrailOptions;
using ::handrail::testing::Outcome;
using ::handrail::testing::ReadRecord;
using ::handrail::testing::TemporaryFolder;
using ::handrail::testing::Words;
using ::testing::HasSubstr;

// A folder of binaries of its own: handrail, libnode's worker, and a table that each test writes.
class Engines : public ::testing::Test {
 protected:
  Engines() {
    const fs::path built = HANDRAIL_BIN_DIR;
    fs::create_directory(folder_ / "bin");
    options_.binary = folder_ / "bin/handrail";
    std::error_code error;  // a symbolic link would lead it to the table of the build
    fs::create_hard_link(built / "handrail", options_.binary, error);
    if (error) fs::copy_file(built / "handrail", options_.binary);
    fs::create_symlink(built / "handrail-worker-libnode", folder_ / "bin/worker");
  }

  void WriteTable(const std::string& text) const {
    std::ofstream(folder_ / "bin/engines.json") << text;
  }

  static std::string RowOf(const std::string& id, const std::string& worker,
                           const std::string& path) {
    return R"({"id": ")" + id + R"(", "kind": "executable", "worker": ")" + worker +
           R"(", "path": ")" + path + "\"}";
  }
  // libnode as it should be.
  static std::string Good() { return RowOf("libnode", "worker", "/bin/sh"); }

  Outcome Run() const {
    return Handrail({"run", "canary/empty", "--no-selftest", "--report", "json=" + record_},
                    options_);
  }
  Outcome Doctor() const { return Handrail({"doctor"}, options_); }

  // That both verbs name the engine, the cause and the mend, and that libnode still runs.
  void ExpectOnlyLibnode(const std::string& id, const std::string& cause) const {
    const Outcome run = Run();
    EXPECT_EQ(run.status, 3) << "an engine that was chosen did not run: " << run.Told();
    EXPECT_THAT(run.err, HasSubstr("engine " + id + " cannot be used"));
    EXPECT_THAT(run.err, HasSubstr(cause));
    EXPECT_THAT(run.err, HasSubstr("scripts/setup.sh"));
    const RunRecord record = ReadRecord(record_);
    ASSERT_FALSE(record.trials.empty()) << "the others must run";
    EXPECT_EQ(record.trials[0].engine, "libnode");
    EXPECT_EQ(record.trials[0].verdict, Verdict::kAsExpected) << record.trials[0].reason;
    const Outcome doctor = Doctor();
    EXPECT_EQ(doctor.status, 3) << doctor.Told();
    EXPECT_THAT(doctor.out, HasSubstr("PROBLEM engine " + id));
    EXPECT_THAT(doctor.out, HasSubstr(cause));
    EXPECT_THAT(doctor.out, HasSubstr("ok      engine libnode"));
  }

  TemporaryFolder folder_;
  HandrailOptions options_;
  std::string record_ = folder_ / "run.json";
};

TEST_F(Engines, OfWhichOnesWorkerIsMissingAreNamedAndTheOthersRun) {
  WriteTable("[" + RowOf("node-99", "no-worker", "/bin/sh") + "," + Good() + "]");
  ExpectOnlyLibnode("node-99", "no-worker is missing");
}

TEST_F(Engines, OfWhichOnesLibraryIsMissingAreNamedAndTheOthersRun) {
  WriteTable("[" + Good() + "," + RowOf("node-99", "worker", "/nowhere/libnode.so") + "]");
  ExpectOnlyLibnode("node-99", "/nowhere/libnode.so is missing");
}

TEST_F(Engines, OfWhichOneIsAnotherThanItsRowSaysAreNamed) {
  WriteTable("[" + Good() + "," + RowOf("custom", "worker", "/bin/sh") + "]");
  const Outcome run = Run();
  EXPECT_EQ(run.status, 3) << run.Told();
  EXPECT_THAT(run.err, HasSubstr("its worker says it is for 'libnode'"));
}

TEST_F(Engines, WhoseLibraryCannotBeLoadedAreNamedWithTheLoadersWords) {
  WriteTable("[" + Good() + "]");
  for (const auto& entry : fs::directory_iterator(fs::path(HANDRAIL_LIBNODE).parent_path())) {
    if (entry.path().filename().string().starts_with("libnode.so")) {
      std::ofstream(folder_ / entry.path().filename().string()) << "this is no library";
    }
  }
  options_.environment["LD_LIBRARY_PATH"] = fs::path(record_).parent_path();
  const Outcome doctor = Doctor();
  EXPECT_EQ(doctor.status, 3) << doctor.Told();
  EXPECT_THAT(doctor.out, HasSubstr("could not be loaded: "));
  EXPECT_THAT(doctor.out, HasSubstr("libnode.so"));
  EXPECT_THAT(doctor.out, HasSubstr("scripts/setup.sh"));
  const Outcome run = Run();
  EXPECT_EQ(run.status, 4) << "no engine is left: " << run.Told();
  EXPECT_THAT(run.err, HasSubstr("engine libnode cannot be used"));
  EXPECT_THAT(ReadRecord(record_).context.engines.at(0).problem, HasSubstr("could not be loaded"));
}

TEST_F(Engines, WithoutATableAreAHarnessErrorForEveryVerb) {
  for (const char* verb : {"run", "list", "doctor", "selftest"}) {
    const Outcome outcome = Handrail({verb}, options_);
    EXPECT_EQ(outcome.status, 3) << verb << ": " << outcome.Told();
    EXPECT_THAT(outcome.err, HasSubstr("no table of engines"));
    EXPECT_THAT(outcome.err, HasSubstr("scripts/run.sh"));
  }
}

TEST_F(Engines, InATableThatIsBrokenAreAHarnessErrorEvenWhenOneIsAskedFor) {
  WriteTable("[{\"id\": ");
  const Outcome outcome = Handrail({"run", "--engine", "libnode"}, options_);
  EXPECT_EQ(outcome.status, 3) << outcome.Told();
  EXPECT_THAT(outcome.err, HasSubstr("not a JSON array"));
}

TEST_F(Engines, OfWhichNoneIsBuiltWithWhatIsAskedForNameTheWayOut) {
  WriteTable("[" + Good() + R"(, {"table": "../guard/engines.json"}])");
  for (const Words& words : {Words{"run", "canary/empty", "--instrument", "guard"},
                             Words{"run", "canary/empty", "--matrix", "none,guard"},
                             Words{"replay", "canary/empty", "--instrument", "no-oracle,guard"}}) {
    const Outcome outcome = Handrail(words, options_);
    EXPECT_EQ(outcome.status, 3) << outcome.Told();
    EXPECT_THAT(outcome.err, HasSubstr("no worker is built with guard"));
    EXPECT_THAT(outcome.err, HasSubstr("scripts/run.sh --instrument guard"));
  }
  EXPECT_EQ(Run().status, 0) << "nothing is missing where it is not asked for";
  EXPECT_THAT(Doctor().out, HasSubstr("not built: scripts/run.sh --instrument guard"));
}

TEST_F(Engines, OfASiblingBuildThatIsOutOfDateAreNamedOnlyWhereTheyAreAskedFor) {
  std::string row = Good();
  row.insert(row.size() - 1, R"(, "instruments": ["asan"])");
  fs::create_directory(folder_ / "asan");
  fs::create_symlink(folder_ / "bin/worker", folder_ / "asan/worker");
  std::ofstream(folder_ / "asan/engines.json") << "[" << row << "]";
  WriteTable("[" + Good() + R"(, {"table": "../asan/engines.json"}])");
  EXPECT_EQ(Run().status, 0);
  const Outcome doctor = Doctor();
  EXPECT_EQ(doctor.status, 0) << doctor.Told();
  EXPECT_THAT(doctor.out, HasSubstr("its worker with asan is out of date"));
  const Outcome asked = Handrail({"run", "canary/empty", "--no-selftest", "--instrument", "asan",
                                  "--report", "json=" + record_},
                                 options_);
  EXPECT_EQ(asked.status, 4) << asked.Told();
  EXPECT_THAT(asked.err, HasSubstr("engine libnode with asan cannot be used"));
}

TEST_F(Engines, ThatAreNotSetUpAreAUsageErrorThatTellsTheWay) {
  WriteTable("[" + Good() + "]");
  std::ofstream(folder_ / "bin/engines-to-have.json")
      << R"([{"id": "node-22", "get": "scripts/run.sh --engine node-22"}])";
  for (const char* verb : {"run", "list", "doctor", "selftest"}) {
    const Outcome outcome = Handrail({verb, "--engine", "node-22"}, options_);
    EXPECT_EQ(outcome.status, 2) << verb << ": " << outcome.Told();
    EXPECT_THAT(outcome.err, HasSubstr("the engine node-22 is not set up")) << verb;
    EXPECT_THAT(outcome.err, HasSubstr("scripts/run.sh --engine node-22")) << verb;
  }
  EXPECT_THAT(Doctor().out, HasSubstr("engine node-22"));
  EXPECT_EQ(Doctor().status, 0) << "what was not asked for is no problem";
  EXPECT_EQ(Run().status, 0) << Run().Told();
}

TEST_F(Engines, OfWhichNoneCanBeUsedAreToldByListToo) {
  WriteTable("[" + RowOf("libnode", "no-worker", "/bin/sh") + "]");
  const Outcome outcome = Handrail({"list"}, options_);
  EXPECT_EQ(outcome.status, 4) << outcome.Told();
  EXPECT_THAT(outcome.err, HasSubstr("no-worker is missing"));
}

}  // namespace
}  // namespace handrail
