#include "harness/runner/event_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <limits>
#include <string>

#include "harness/worker/event_writer.h"

namespace handrail {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string FigureLine(const std::string& what, double value, const std::string& unit = "ms") {
  Event event;
  event.kind = Event::Kind::kFigure;
  event.figure = {what, value, unit, ""};
  return ToJsonLine(event);
}

std::string ClaimLine(bool open, bool holds, const std::string& seen) {
  Event event;
  event.kind = Event::Kind::kClaim;
  event.claim = {open, holds, seen};
  return ToJsonLine(event);
}

class EventReaderTest : public ::testing::Test {
 protected:
  // Codes of the findings, which here can only be the reader's own.
  std::vector<std::string> Accused() const {
    std::vector<std::string> codes;
    for (const Finding& finding : evidence_.findings) codes.push_back(finding.code);
    return codes;
  }
  Evidence evidence_;
  EventReader reader_{evidence_};
};

TEST_F(EventReaderTest, KeepsFiguresInTheOrderInWhichTheyWereTold) {
  const std::string lines = FigureLine("a", 1.5) + FigureLine("b", -2, "x");
  for (const char byte : lines) reader_.Take({&byte, 1});
  ASSERT_THAT(evidence_.figures, SizeIs(2));
  EXPECT_EQ(FigureText(evidence_.figures[0]), "a 1.5 ms");
  EXPECT_EQ(FigureText(evidence_.figures[1]), "b -2 x");
  EXPECT_THAT(Accused(), IsEmpty());
}

TEST_F(EventReaderTest, TakesABoundedNumberOfFiguresAndSaysSoOnce) {
  for (int i = 0; i < 10'000; ++i) reader_.Take(FigureLine("figure " + std::to_string(i), i));
  EXPECT_THAT(evidence_.figures, SizeIs(kMostFigures));
  ASSERT_THAT(evidence_.notes, SizeIs(1));
  EXPECT_EQ(evidence_.notes[0], "more than 16 figures: the others are left out");
}

TEST_F(EventReaderTest, CutsTextsWithoutEnd) {
  const std::string endless(20'000, 'w');
  reader_.Take(R"({"event":"figure","what":")" + endless + R"(","value":1,"unit":")" + endless +
               R"(","said":")" + endless + "\"}\n");
  reader_.Take(R"({"event":"claim","holds":true,"seen":")" + endless + "\"}\n");
  ASSERT_THAT(evidence_.figures, SizeIs(1));
  EXPECT_EQ(evidence_.figures[0].what.size(), kMostFigureText);
  EXPECT_EQ(evidence_.figures[0].said.size(), kMostFigureText);
  EXPECT_EQ(evidence_.figures[0].unit.size(), kMostUnitText);
  EXPECT_EQ(evidence_.claim->seen.size(), kMostSeenText);
}

TEST_F(EventReaderTest, ShowsNothingThatATerminalActsOn) {
  reader_.Take(
      "{\"event\":\"figure\",\"what\":\"a\\u001b[31m\\n\",\"value\":1,\"unit\":\"\\u0007\"}\n");
  ASSERT_THAT(evidence_.figures, SizeIs(1));
  EXPECT_EQ(FigureText(evidence_.figures[0]), "a?[31m 1 ?");
}

TEST_F(EventReaderTest, CallsWhatIsNoFigureUnreadable) {
  for (const char* bad : {
           R"({"event":"figure","what":"a","value":null,"unit":""})",
           R"({"event":"figure","what":"a","value":1e999,"unit":""})",
           R"({"event":"figure","what":"a","value":1e16,"unit":""})",
           R"({"event":"figure","what":"a","value":NaN,"unit":""})",
           R"({"event":"figure","what":"a","value":"1","unit":""})",
           R"({"event":"figure","what":"","value":1,"unit":""})",
           R"({"event":"figure","what":"a","value":1})",
           R"({"event":"claim","holds":"yes","seen":""})",
           R"({"event":"claim","holds":true})",
       }) {
    Evidence evidence;
    EventReader reader(evidence);
    reader.Take(std::string(bad) + "\n");
    EXPECT_THAT(evidence.figures, IsEmpty()) << bad;
    EXPECT_FALSE(evidence.claim.has_value()) << bad;
    ASSERT_THAT(evidence.findings, SizeIs(1)) << bad;
    EXPECT_EQ(evidence.findings[0].code, "PX010") << bad;
  }
}

TEST_F(EventReaderTest, KeepsAClaimOpenUntilItsOutcomeIsTold) {
  reader_.Take(ClaimLine(true, false, ""));
  ASSERT_TRUE(evidence_.claim.has_value());
  EXPECT_TRUE(evidence_.claim->open);
  reader_.Take(ClaimLine(false, true, "so it is"));
  EXPECT_FALSE(evidence_.claim->open);
  EXPECT_TRUE(evidence_.claim->holds);
  EXPECT_EQ(evidence_.claim->seen, "so it is");
}

TEST_F(EventReaderTest, TakesNoOutcomeBackButByOneThatRefutes) {
  reader_.Take(ClaimLine(false, true, "holds"));
  reader_.Take(ClaimLine(true, false, "open again"));
  EXPECT_EQ(evidence_.claim->seen, "holds");
  reader_.Take(ClaimLine(false, false, "refuted"));
  reader_.Take(ClaimLine(false, true, "holds after all"));
  EXPECT_FALSE(evidence_.claim->holds);
  EXPECT_EQ(evidence_.claim->seen, "refuted");
}

// From the worker's end of a pipe to the runner's.
TEST_F(EventReaderTest, GetsANoteInPlaceOfAFigureThatIsNoNumber) {
  int pipe_ends[2];
  ASSERT_EQ(pipe(pipe_ends), 0);
  EventWriter writer(pipe_ends[1]);
  writer.Measured({"ratio", std::nan(""), "x", ""});
  writer.Measured({"time", std::numeric_limits<double>::infinity(), "ms", ""});
  writer.Measured({"bytes", 12, "bytes", ""});
  writer.Claim({false, true, "12 bytes"});
  close(pipe_ends[1]);
  std::array<char, 4096> bytes;
  for (ssize_t n; (n = read(pipe_ends[0], bytes.data(), bytes.size())) > 0;) {
    reader_.Take({bytes.data(), static_cast<size_t>(n)});
  }
  close(pipe_ends[0]);
  EXPECT_THAT(Accused(), IsEmpty());
  ASSERT_THAT(evidence_.figures, SizeIs(1));
  EXPECT_EQ(evidence_.figures[0].what, "bytes");
  ASSERT_THAT(evidence_.notes, SizeIs(2));
  EXPECT_THAT(evidence_.notes[0], HasSubstr("'ratio'"));
  EXPECT_TRUE(evidence_.claim->holds);
}

}  // namespace
}  // namespace handrail
