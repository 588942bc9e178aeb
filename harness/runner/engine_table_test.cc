#include "harness/runner/engine_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace handrail {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class EngineTable : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string path = (std::filesystem::temp_directory_path() / "handrail-test-XXXXXX").string();
    ASSERT_NE(mkdtemp(path.data()), nullptr);
    folder_ = path;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string Write(const std::string& name, const std::string& text, mode_t mode = 0644) {
    const std::string path = folder_ / name;
    std::ofstream(path) << text;
    chmod(path.c_str(), mode);
    return path;
  }
  std::string ErrorFor(const std::string& table) {
    const auto rows = ReadEngineTable(Write("engines.json", table));
    EXPECT_FALSE(rows.ok()) << "this must not be taken for a table: " << table;
    return std::string(rows.status().message());
  }
  // An engine whose worker is a shell script.
  Engine ProbeScript(const std::string& script) {
    EngineRow row{"libnode", "executable", Write("worker", "#!/bin/sh\n" + script, 0755), ""};
    row.path = row.worker;
    return Probe(row);
  }

  std::filesystem::path folder_;
};

TEST_F(EngineTable, TakesWorkersFromItsOwnFolder) {
  const auto rows = ReadEngineTable(Write(
      "engines.json",
      R"([{"id": "node-26", "kind": "node-addon", "worker": "w.node", "path": "/opt/node"}])"));
  ASSERT_TRUE(rows.ok()) << rows.status();
  ASSERT_EQ(rows->size(), 1u);
  EXPECT_EQ(rows->front().worker, folder_ / "w.node");
  EXPECT_EQ(rows->front().path, "/opt/node");
  EXPECT_TRUE(rows->front().in_node());
}

constexpr const char* kPlain =
    R"({"id": "libnode", "kind": "executable", "worker": "w", "path": "p"})";
constexpr const char* kSanitized =
    R"({"id": "libnode", "kind": "executable", "worker": "w", "path": "p", )"
    R"("instruments": ["asan"]})";

TEST_F(EngineTable, AddsTheRowsOfSiblingBuildsThatAreThere) {
  std::filesystem::create_directories(folder_ / "asan/bin");
  Write("asan/bin/engines.json", std::string("[") + kSanitized + R"(, {"table": "nested.json"}])");
  const auto rows = ReadEngineTable(
      Write("engines.json", std::string("[") + kPlain + R"(, {"table": "guard/engines.json"}, )" +
                                R"({"table": "asan/bin/engines.json"}])"));
  ASSERT_TRUE(rows.ok()) << rows.status();
  ASSERT_EQ(rows->size(), 2u) << "what is not built is not missed";
  EXPECT_FALSE(rows->at(0).sibling);
  EXPECT_THAT(rows->at(0).instruments, IsEmpty());
  EXPECT_TRUE(rows->at(1).sibling);
  EXPECT_THAT(rows->at(1).instruments, ElementsAre("asan"));
  EXPECT_EQ(rows->at(1).worker, folder_ / "asan/bin/w");
}

TEST_F(EngineTable, NamesTheSiblingThatIsBroken) {
  Write("asan.json", "{");
  EXPECT_THAT(ErrorFor(R"([{"table": "asan.json"}])"), HasSubstr("asan.json is not a JSON array"));
}

TEST_F(EngineTable, RefusesARowThatIsBuiltWithNoInstrument) {
  for (const char* name : {"7", "\"quarantine\"", "\"asa\"", "[]"}) {
    std::string row = kSanitized;
    row.replace(row.find("\"asan\""), 6, name);
    EXPECT_THAT(ErrorFor("[" + row + "]"), HasSubstr("which is no instrument")) << name;
  }
}

TEST_F(EngineTable, RefusesAWorkerThatIsBuiltOtherwiseThanItsRowSays) {
  const Engine engine = ProbeScript(
      R"(echo '{"protocol": 4, "engine": "libnode", "v8_version": "10.2.1", "can_fork": false, )"
      R"("instruments": ["asan"], "can": [], "scenarios": []}')");
  EXPECT_THAT(engine.problem, HasSubstr("built with asan, its row none"));
  EXPECT_FALSE(engine.catalog);
}

TEST(VariantOf, IsTheOneWithJustTheseInstruments) {
  const std::vector<EngineRow> rows = {{"libnode", "executable", "a", "p", {"asan"}},
                                       {"libnode", "executable", "b", "p"},
                                       {"v8-checked", "executable", "c", "p", {"asan"}}};
  EXPECT_EQ(VariantOf(rows, "libnode", {}), 1u);
  EXPECT_EQ(VariantOf(rows, "libnode", {"asan"}), 0u);
  EXPECT_EQ(VariantOf(rows, "libnode", {"guard"}), std::nullopt);
  EXPECT_EQ(VariantOf(rows, "libnode", {"asan", "guard"}), std::nullopt);
  EXPECT_EQ(VariantOf(rows, "v8-checked", {}), 2u) << "it exists with a sanitizer only";
  EXPECT_EQ(VariantOf(rows, "node-26", {}), std::nullopt);
}

TEST_F(EngineTable, SaysThatItIsMissingAndWhatToDo) {
  const auto rows = ReadEngineTable(folder_ / "nothing.json");
  EXPECT_TRUE(absl::IsNotFound(rows.status())) << rows.status();
  EXPECT_THAT(std::string(rows.status().message()), HasSubstr("scripts/run.sh"));
}

TEST_F(EngineTable, RefusesWhatIsNoTable) {
  for (const char* text : {"", "{", "{}", "7", "null", "\xff\xfe"}) {
    EXPECT_THAT(ErrorFor(text), HasSubstr("not a JSON array")) << text;
  }
}

TEST_F(EngineTable, NamesWhatIsWrongInARow) {
  EXPECT_THAT(ErrorFor("[7]"), HasSubstr("'id'"));
  EXPECT_THAT(ErrorFor(R"([{"id": 7}])"), HasSubstr("'id'"));
  EXPECT_THAT(ErrorFor(R"([{"id": "a", "kind": "executable", "worker": "w"}])"),
              HasSubstr("'path'"));
  EXPECT_THAT(ErrorFor(R"([{"id": "a", "kind": "car", "worker": "w", "path": "p"}])"),
              HasSubstr("unknown kind 'car'"));
}

TEST_F(EngineTable, NamesAWorkerThatIsMissingAndTheMend) {
  const Engine engine = Probe({"libnode", "executable", folder_ / "gone", "/bin/sh"});
  EXPECT_FALSE(engine.catalog);
  EXPECT_THAT(engine.problem, HasSubstr("gone is missing"));
  EXPECT_THAT(engine.problem, HasSubstr("scripts/setup.sh"));
}

TEST_F(EngineTable, NamesTheLibraryThatIsMissing) {
  const Engine engine = Probe({"libnode", "executable", "/bin/sh", folder_ / "libnode.so"});
  EXPECT_THAT(engine.problem, HasSubstr("libnode.so is missing"));
}

TEST_F(EngineTable, GivesTheLastLineOfAWorkerThatCannotBeLoaded) {
  const Engine engine =
      ProbeScript("echo first >&2; echo 'worker: libv8.so: cannot open' >&2; exit 127");
  EXPECT_FALSE(engine.catalog);
  EXPECT_THAT(engine.problem, HasSubstr("libv8.so: cannot open"));
  EXPECT_THAT(engine.problem, HasSubstr("scripts/setup.sh"));
}

TEST_F(EngineTable, RefusesAWorkerThatAnswersWithNonsense) {
  EXPECT_THAT(ProbeScript("echo hello").problem, HasSubstr("catalog cannot be read"));
  EXPECT_THAT(ProbeScript("kill -9 $$").problem, HasSubstr("could not be loaded"));
  EXPECT_THAT(ProbeScript("head -c 30000000 /dev/zero").problem, HasSubstr("cannot be read"));
}

// Before this was mended the pipe that the child holds was waited for, a minute here.
TEST_F(EngineTable, DoesNotWaitForAChildThatTheWorkerLeaves) {
  const auto began = std::chrono::steady_clock::now();
  EXPECT_THAT(ProbeScript("sleep 60 & echo hello").problem, HasSubstr("catalog cannot be read"));
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(20));
}

TEST_F(EngineTable, RefusesAWorkerThatIsForAnotherEngine) {
  const Engine engine = ProbeScript(
      R"(echo '{"protocol": 4, "engine": "node-26", "v8_version": "10.2.1", "can_fork": false, )"
      R"("instruments": [], "can": [], "scenarios": []}')");
  EXPECT_THAT(engine.problem, HasSubstr("says it is for 'node-26'"));
  EXPECT_FALSE(engine.catalog);
}

std::vector<EngineRow> Rows() {
  return {{"libnode", "executable", "a", "b"},
          {"node-24", "node-addon", "a", "b"},
          {"node-26", "node-addon", "a", "b"}};
}

std::vector<std::string> Chosen(const std::vector<std::string>& globs) {
  const auto rows = ChooseEngines(Rows(), globs);
  if (!rows.ok()) return {"error: " + std::string(rows.status().message())};
  std::vector<std::string> ids;
  for (const EngineRow& row : *rows) ids.push_back(row.id);
  return ids;
}

TEST(ChooseEngines, TakesAllInTheTablesOrderOrThoseThatMatch) {
  EXPECT_THAT(Chosen({}), ElementsAre("libnode", "node-24", "node-26"));
  EXPECT_THAT(Chosen({"node-*"}), ElementsAre("node-24", "node-26"));
  EXPECT_THAT(Chosen({"node-26", "lib*", "node-26"}), ElementsAre("libnode", "node-26"));
}

TEST(ChooseEngines, NamesTheNearestAndAllThereAre) {
  EXPECT_THAT(Chosen({"libnod"}), ElementsAre(HasSubstr("did you mean 'libnode'?")));
  EXPECT_THAT(Chosen({"libnode", "zzzzzz"}),
              ElementsAre(HasSubstr("'zzzzzz' (there are: libnode, node-24, node-26)")));
}

TEST(Command, PrintsItselfAsALineThatAShellReadsBack) {
  const Command command = {{"/opt/my worker", "--trial", "it's"}, {"A=b c", "N=1"}};
  EXPECT_EQ(command.ToShell(), R"('A=b c' N=1 '/opt/my worker' --trial 'it'\''s')");
  EXPECT_EQ(Command{}.ToShell(), "");
}

TEST(EngineRow, KeepsTheUsersNodeOptionsAwayFromANodeWorker) {
  const Command command = Rows()[1].WorkerCommand("--trial");
  EXPECT_THAT(command.argv, ElementsAre("b", "--expose-gc", "a", "--trial"));
  EXPECT_THAT(command.environment, ElementsAre("NODE_OPTIONS="));
  EXPECT_THAT(Rows()[0].WorkerCommand("--zygote").argv, ElementsAre("a", "--zygote"));
}

}  // namespace
}  // namespace handrail
