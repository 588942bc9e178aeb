#include "harness/core/instruments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace handrail {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(Instruments, HaveEachAName) {
  std::set<std::string_view> names;
  for (const InstrumentInfo& info : AllInstruments()) {
    EXPECT_TRUE(names.insert(info.name).second) << info.name << " is there twice";
    EXPECT_FALSE(info.about.empty()) << info.name;
    EXPECT_EQ(info.kind == InstrumentKind::kRemoval, info.name.starts_with("no-")) << info.name;
    if (info.value == InstrumentValue::kNone) {
      EXPECT_EQ(CheckInstrument(info.name), "");
    }
  }
}

TEST(Instruments, AreFoundWithAndWithoutAValue) {
  ASSERT_NE(FindInstrument("asan"), nullptr);
  EXPECT_EQ(FindInstrument("asan=1"), FindInstrument("asan"));
  EXPECT_EQ(FindInstrument("asa"), nullptr);
  EXPECT_EQ(FindInstrument(""), nullptr);
}

TEST(CheckInstrument, NamesTheNearest) {
  EXPECT_THAT(CheckInstrument("quarantin"), HasSubstr("did you mean 'quarantine'?"));
  EXPECT_THAT(CheckInstrument("no-oracel"), HasSubstr("did you mean 'no-oracle'?"));
  EXPECT_THAT(CheckInstrument("zzzzzzzzzz"), HasSubstr("handrail doctor"));
}

TEST(CheckInstrument, RefusesWhatIsNoName) {
  for (const char* text : {"", "=", "=1", "Bad name", "a/b", "\x1b[2J"}) {
    EXPECT_THAT(CheckInstrument(text), HasSubstr("not an instrument's name")) << text;
  }
  EXPECT_EQ(CheckInstrument("\x1b[2J").find('\x1b'), std::string::npos);
}

TEST(CheckInstrument, RefusesAValueWhereNoneIsTaken) {
  EXPECT_THAT(CheckInstrument("quarantine=3"), HasSubstr("takes no value"));
  EXPECT_THAT(CheckInstrument("quarantine="), HasSubstr("takes no value"));
}

TEST(CheckInstrumentValue, TakesNumbersInTheirRange) {
  const auto count = [](const char* text) {
    return CheckInstrumentValue(InstrumentValue::kCount, text);
  };
  for (const char* good : {"1", "50", "1000000"}) EXPECT_EQ(count(good), "") << good;
  for (const char* bad : {"", "0", "-1", "1.5", "1e3", "50x", "99999999999999999999"}) {
    EXPECT_EQ(count(bad), "a whole number from 1") << bad;
  }
  const auto chance = [](const char* text) {
    return CheckInstrumentValue(InstrumentValue::kChance, text);
  };
  for (const char* good : {"1", "0.5", "1e-3"}) EXPECT_EQ(chance(good), "") << good;
  for (const char* bad : {"", "0", "1.01", "-0.5", "nan", "half"})
    EXPECT_NE(chance(bad), "") << bad;
}

TEST(InstrumentSets, AreTheSameInAnyOrder) {
  EXPECT_EQ(InOrder({"asan", "quarantine", "asan"}), InOrder({"quarantine", "asan"}));
  EXPECT_EQ(InstrumentSetName({"asan", "no-oracle", "quarantine"}), "quarantine+asan+no-oracle");
  EXPECT_EQ(InstrumentSetName({}), "none");
}

TEST(InstrumentSets, AreReadAsTheyAreWritten) {
  std::string error;
  EXPECT_THAT(ParseInstrumentSets("none,asan,asan+quarantine,quarantine+asan", &error),
              ElementsAre(IsEmpty(), ElementsAre("asan"), ElementsAre("quarantine", "asan")));
  EXPECT_EQ(error, "");
  ParseInstrumentSets("none,guard+asa", &error);
  EXPECT_THAT(error, HasSubstr("no instrument 'asa'"));
  for (const char* text : {"", ",", "none,", "asan+"}) {
    error.clear();
    ParseInstrumentSets(text, &error);
    EXPECT_THAT(error, HasSubstr("not an instrument's name")) << text;
  }
}

TEST(InstrumentSets, ArePartedByKind) {
  const std::vector<std::string> all = {"quarantine", "asan", "no-oracle", "of-a-later-version=7"};
  EXPECT_THAT(InstrumentsOfKind(InstrumentKind::kBuild, all), ElementsAre("asan"));
  EXPECT_THAT(InstrumentsOfKind(InstrumentKind::kRemoval, all), ElementsAre("no-oracle"));
  EXPECT_THAT(InstrumentsOfKind(InstrumentKind::kRunTime, all),
              ElementsAre("quarantine", "of-a-later-version=7"));
  EXPECT_THAT(InstrumentsOfKind(InstrumentKind::kBuild, {}), IsEmpty());
  EXPECT_THAT(InstrumentsNotOfKind(InstrumentKind::kBuild, all),
              ElementsAre("quarantine", "no-oracle", "of-a-later-version=7"));
}

TEST(InstrumentSets, HaveAnInstrumentOnWhateverItsValue) {
  EXPECT_TRUE(InstrumentIsOn("gc-at", {"gc-at=50"}));
  EXPECT_FALSE(InstrumentIsOn("gc-at", {"gc-attic=50", "no-gc-at"}));
}

}  // namespace
}  // namespace handrail
