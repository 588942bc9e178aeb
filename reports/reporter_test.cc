#include "reports/reporter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "reports/record_json.h"
#include "reports/test_records.h"
#include "reports/test_support.h"

namespace handrail {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string Message(const absl::Status& status) { return std::string(status.message()); }

TEST(Reporter, WritesTheRecordAsJson) {
  std::string path = testing::TempDir() + "/handrail_reporter.json";
  ASSERT_TRUE(WriteReport({"json", path}, MixedRecord()).ok());
  EXPECT_EQ(ReadWhole(path), RecordToJson(MixedRecord()));
}

TEST(Reporter, NamesTheNearestKindAndAllOthers) {
  absl::Status status = WriteReport({"jsn", "unused"}, EmptyRecord());
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_THAT(Message(status), HasSubstr("there is no report 'jsn'; did you mean 'json'?"));
  EXPECT_THAT(Message(status), HasSubstr("The kinds are: json"));
  EXPECT_THAT(Message(CheckReportKind("zebra\n")), Not(HasSubstr("did you mean")));
  EXPECT_TRUE(CheckReportKind("json").ok());
}

TEST(Reporter, EveryKindThatIsListedIsKnown) {
  for (const std::string& kind : ReportKinds()) EXPECT_TRUE(CheckReportKind(kind).ok()) << kind;
}

}  // namespace
}  // namespace handrail
