#include "harness/core/protocol.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace handrail {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TrialRequest Request() {
  TrialRequest request;
  request.scenario = "escape/resolver-map";
  request.strategy = "local-in-map";
  request.seed = UINT64_MAX;
  request.size = 1000000;
  request.instruments = {"asan"};
  request.sample_spaces = true;
  return request;
}

Event FindingEvent() {
  Event event;
  event.kind = Event::Kind::kFinding;
  event.finding.code = "HD010";
  event.finding.detector = "oracle";
  event.finding.certainty = Certainty::kStatistical;
  event.finding.message = "promise 3 reads back as promise 7";
  event.finding.life = {{"created here", "scenarios/escape/resolver_map.cc", 44},
                        {"used here", "scenarios/escape/resolver_map.cc", 58}};
  event.finding.operation = 12;
  event.finding.count = 3;
  return event;
}

// `json` with the first `from` in it made `to`.
std::string With(std::string json, const std::string& from, const std::string& to) {
  size_t at = json.find(from);
  EXPECT_NE(at, std::string::npos) << from << " is not in " << json;
  return at == std::string::npos ? json : json.replace(at, from.size(), to);
}

std::string RequestError(const std::string& json) {
  std::string error;
  EXPECT_FALSE(ParseTrialRequest(json, &error).has_value()) << json.substr(0, 200);
  return error;
}

std::string EventError(const std::string& json) {
  std::string error;
  EXPECT_FALSE(ParseEvent(json, &error).has_value()) << json.substr(0, 200);
  return error;
}

TEST(TrialRequest, SurvivesTheRoundTrip) {
  std::string error = "old";
  std::optional<TrialRequest> parsed = ParseTrialRequest(ToJson(Request()), &error);
  ASSERT_TRUE(parsed.has_value()) << error;
  EXPECT_EQ(error, "");
  EXPECT_EQ(parsed->scenario, "escape/resolver-map");
  EXPECT_EQ(parsed->strategy, "local-in-map");
  EXPECT_EQ(parsed->seed, UINT64_MAX);
  EXPECT_EQ(parsed->size, 1000000);
  EXPECT_EQ(parsed->instruments, std::vector<std::string>{"asan"});
  EXPECT_FALSE(parsed->sample_pss);
  EXPECT_TRUE(parsed->sample_spaces);
}

TEST(TrialRequest, IsRefusedWhereverItIsCutOff) {
  std::string json = ToJson(Request());
  for (size_t length = 0; length < json.size(); ++length) {
    EXPECT_THAT(RequestError(json.substr(0, length)), StartsWith("not JSON: "));
  }
}

TEST(TrialRequest, NamesTheFieldThatIsMissingOrOfTheWrongType) {
  std::string json = ToJson(Request());
  EXPECT_EQ(RequestError(With(json, "\"seed\"", "\"sead\"")), "seed: missing");
  EXPECT_EQ(RequestError(With(json, "\"size\":1000000", "\"size\":\"big\"")),
            "size: not a whole number");
  EXPECT_EQ(RequestError(With(json, "\"asan\"", "7")), "instruments[0]: not a string");
  EXPECT_THAT(RequestError(With(json, "\"asan\"", "\"asam\"")),
              HasSubstr("instruments[0]: there is no instrument 'asam'"));
  EXPECT_EQ(RequestError(With(json, "[\"asan\"]", "{}")), "instruments: not a list");
  EXPECT_EQ(RequestError("[]"), "the whole: not an object");
  EXPECT_EQ(RequestError("null"), "the whole: not an object");
}

TEST(TrialRequest, IsRefusedWithNumbersOutOfRange) {
  std::string json = ToJson(Request());
  std::string seed = std::to_string(UINT64_MAX);
  EXPECT_THAT(RequestError(With(json, "\"size\":1000000", "\"size\":0")),
              StartsWith("size: 0 is not between 1 and"));
  EXPECT_THAT(RequestError(With(json, "\"size\":1000000", "\"size\":" + seed)),
              StartsWith("size: " + seed));
  EXPECT_EQ(RequestError(With(json, "\"size\":1000000", "\"size\":1e3")),
            "size: not a whole number");
  EXPECT_THAT(RequestError(With(json, seed, "-1")), StartsWith("seed: "));
  EXPECT_THAT(RequestError(With(json, seed, "1e999")), StartsWith("not JSON: "));
}

TEST(TrialRequest, IsRefusedWithIdsThatAreNone) {
  std::string json = ToJson(Request());
  for (const char* id : {"escape", "escape/", "/map", "a/b/c", "Escape/map", "../passwd", ""}) {
    EXPECT_THAT(RequestError(With(json, "escape/resolver-map", id)), HasSubstr("family/name"));
  }
  EXPECT_THAT(RequestError(With(json, "local-in-map", "local in map")), StartsWith("strategy: "));
}

TEST(TrialRequest, IsRefusedFromAnotherVersionOfTheProtocol) {
  EXPECT_THAT(RequestError(With(ToJson(Request()), "\"protocol\":4", "\"protocol\":3")),
              StartsWith("protocol: 3"));
}

TEST(TrialRequest, IsRefusedWhenDeepHugeOrNotUtf8) {
  EXPECT_THAT(RequestError(std::string(1000, '[')), HasSubstr("nested deeper than"));
  EXPECT_THAT(RequestError(std::string(10 << 20, '[')), HasSubstr("10485760 bytes"));
  EXPECT_THAT(RequestError(With(ToJson(Request()), "resolver", "res\xFFlver")), HasSubstr("UTF-8"));
  std::string error = RequestError("\x1b[31m\xFF\n");
  EXPECT_EQ(error.find('\x1b'), std::string::npos) << "an error is printed on a terminal";
  EXPECT_EQ(error.find('\xFF'), std::string::npos);
}

TEST(Event, SurvivesTheRoundTripWithItsFinding) {
  std::string line = ToJsonLine(FindingEvent());
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  std::string error;
  std::optional<Event> parsed = ParseEvent(line, &error);
  ASSERT_TRUE(parsed.has_value()) << error;
  EXPECT_EQ(parsed->kind, Event::Kind::kFinding);
  const Finding& finding = parsed->finding;
  EXPECT_EQ(finding.code, "HD010");
  EXPECT_EQ(finding.detector, "oracle");
  EXPECT_EQ(finding.certainty, Certainty::kStatistical);
  EXPECT_EQ(finding.message, "promise 3 reads back as promise 7");
  ASSERT_EQ(finding.life.size(), 2u);
  EXPECT_EQ(finding.life[1].what, "used here");
  EXPECT_EQ(finding.life[1].file, "scenarios/escape/resolver_map.cc");
  EXPECT_EQ(finding.life[1].line, 58);
  EXPECT_EQ(finding.operation, 12);
  EXPECT_EQ(finding.count, 3);
}

TEST(Event, SurvivesTheRoundTripInEveryKind) {
  for (Event::Kind kind :
       {Event::Kind::kV8Fatal, Event::Kind::kOutOfMemory, Event::Kind::kNote, Event::Kind::kDone}) {
    Event event;
    event.kind = kind;
    event.where = "v8::HandleScope::CreateHandle()";
    event.message = "Cannot create a handle without a HandleScope";
    std::string error;
    std::optional<Event> parsed = ParseEvent(ToJsonLine(event), &error);
    ASSERT_TRUE(parsed.has_value()) << error;
    EXPECT_EQ(parsed->kind, kind);
    EXPECT_EQ(parsed->message, kind == Event::Kind::kDone ? "" : event.message);
  }
}

TEST(Event, CarriesAFigureAndTheOutcomeOfAClaim) {
  Event figure;
  figure.kind = Event::Kind::kFigure;
  figure.figure = {"thread, made and joined", 0.0412, "ms", "about 1 ms"};
  std::string error;
  std::optional<Event> parsed = ParseEvent(ToJsonLine(figure), &error);
  ASSERT_TRUE(parsed.has_value()) << error;
  EXPECT_EQ(FigureText(parsed->figure), FigureText(figure.figure));
  EXPECT_EQ(parsed->figure.value, 0.0412);

  Event claim;
  claim.kind = Event::Kind::kClaim;
  parsed = ParseEvent(ToJsonLine(claim), &error);
  ASSERT_TRUE(parsed.has_value()) << error;
  EXPECT_TRUE(parsed->claim.open);
  claim.claim = {false, true, "0.04 ms is not about 1 ms"};
  parsed = ParseEvent(ToJsonLine(claim), &error);
  ASSERT_TRUE(parsed.has_value()) << error;
  EXPECT_FALSE(parsed->claim.open);
  EXPECT_TRUE(parsed->claim.holds);
  EXPECT_EQ(parsed->claim.seen, "0.04 ms is not about 1 ms");
}

TEST(Event, FitsIntoOneWriteWhateverItHolds) {
  Event event = FindingEvent();
  event.finding.message = std::string(100000, '"');
  event.finding.code = std::string(100000, '\\');
  event.finding.detector = std::string(100000, '\xFF');
  event.finding.life.assign(1000, {std::string(5000, '"'), std::string(5000, '\\'), 1});
  EXPECT_LE(ToJsonLine(event).size(), kMaxEventLine);
  event.kind = Event::Kind::kFigure;
  event.figure = {std::string(100000, '"'), 1, std::string(100000, '\\'), std::string(9999, '"')};
  EXPECT_LE(ToJsonLine(event).size(), kMaxEventLine);
  event.kind = Event::Kind::kClaim;
  event.claim = {false, true, std::string(100000, '"')};
  EXPECT_LE(ToJsonLine(event).size(), kMaxEventLine);
  event.kind = Event::Kind::kFinding;
  event.finding = FindingEvent().finding;
  event.finding.life.insert(event.finding.life.begin(), 1000, {std::string(5000, 'x'), "", 1});
  std::string line = ToJsonLine(event);
  EXPECT_LE(line.size(), kMaxEventLine);
  std::string error;
  std::optional<Event> parsed = ParseEvent(line, &error);
  ASSERT_TRUE(parsed.has_value()) << error;
  EXPECT_EQ(parsed->finding.life.back().line, 58) << "the end of a life is the harm";
}

TEST(Event, ComesOutWithoutWhatATerminalActsOn) {
  std::string error;
  std::optional<Event> parsed =
      ParseEvent(R"({"event":"note","message":"a\u001b[31m\nb\u202e"})", &error);
  ASSERT_TRUE(parsed.has_value()) << error;
  EXPECT_EQ(parsed->message, "a?[31m b?");
}

TEST(Event, NamesWhatIsWrongWithIt) {
  std::string line = ToJsonLine(FindingEvent());
  EXPECT_EQ(EventError(R"({"event":"dance"})"), "event: 'dance' is not an event");
  EXPECT_EQ(EventError(R"({"event":"note"})"), "message: missing");
  EXPECT_EQ(EventError(R"({"event":"finding"})"), "finding: missing");
  EXPECT_EQ(EventError(R"({"event":"finding","finding":[]})"), "finding: not an object");
  EXPECT_THAT(EventError(With(line, "HD010", "HD1")), StartsWith("finding.code: "));
  EXPECT_THAT(EventError(With(line, "statistical", "maybe")), StartsWith("finding.certainty: "));
  EXPECT_THAT(EventError(With(line, "\"count\":3", "\"count\":0")), StartsWith("finding.count: "));
  EXPECT_THAT(EventError(With(line, "\"line\":58", "\"line\":-58")),
              StartsWith("finding.life[1].line: "));
  EXPECT_THAT(EventError(With(line, "\"operation\":12", "\"operation\":1.5")),
              StartsWith("finding.operation: "));
}

TEST(Event, IsRefusedWhenDeepHugeOrEmpty) {
  EXPECT_THAT(EventError(""), StartsWith("not JSON: "));
  EXPECT_THAT(EventError(std::string(1000, '[')), HasSubstr("nested deeper than"));
  EXPECT_THAT(EventError("{\"event\":\"" + std::string(10 << 20, 'x')), HasSubstr("at most"));
  EXPECT_THAT(EventError("{\"event\":\"no\xFFte\"}"), HasSubstr("UTF-8"));
}

}  // namespace
}  // namespace handrail
