#include "report/findings.h"

#include "base/json.h"
#include "report/markup.h"
#include "support/catch.h"

namespace smcli {
namespace {

FindingList Sample() {
  FindingList list;
  list.command = "diff";
  list.version = "1.2";
  list.rules = {
      {"A_NO_DELETE", "Checks that no A is deleted.", "Clients ask for it.", "Keep it.", Severity::kError, {"LOAD"}},
      {"B_SAME", "Checks that B stays.", "", "", Severity::kWarning, {}}};
  list.findings = {{"A_NO_DELETE", Severity::kError, "m 1/saved_model.pb", "sig.x", "100% gone, \"x\" <y>\n", ""}};
  return list;
}

std::string Print(std::string_view format, const FindingList& list) {
  std::string out;
  FindFindingPrinter(format)->print(list, &out);
  return out;
}

TEST_CASE("GitHub's commands escape what the runner would read as its own") {
  CHECK(Print("github", Sample()) ==
        "::error file=m 1/saved_model.pb,title=A_NO_DELETE::sig.x: 100%25 gone, \"x\" <y>\\n%0AKeep it.\n");
}

TEST_CASE("GitLab gets one array of issues with severity, path and fingerprint") {
  const Json json = Value(Json::Parse(Print("gitlab", Sample())));
  REQUIRE(json.array()->size() == 1);
  const Json& issue = json.array()->front();
  CHECK(*issue.Find("severity")->string() == "critical");
  CHECK(*issue.Find("check_name")->string() == "A_NO_DELETE");
  CHECK(*issue.Find("location")->Find("path")->string() == "m 1/saved_model.pb");
  CHECK(issue.Find("fingerprint")->string()->size() == 16);
}

TEST_CASE("without findings GitLab gets an empty array and GitHub nothing") {
  FindingList list = Sample();
  list.findings.clear();
  CHECK(Print("gitlab", list) == "[]\n");
  CHECK(Print("github", list).empty());
}

TEST_CASE("JUnit has a failing case per finding and a passing one per silent rule") {
  const std::string xml = Print("junit", Sample());
  CHECK_THAT(xml, Catch::Contains("tests=\"2\" failures=\"1\""));
  CHECK_THAT(xml, Catch::Contains("<testcase classname=\"smcli.diff\" name=\"B_SAME\"/>"));
  CHECK_THAT(xml, Catch::Contains("message=\"100% gone, &quot;x&quot; &lt;y&gt;\\n\""));
}

TEST_CASE("SARIF names the rule by id and index, and its path is a URI") {
  const Json json = Value(Json::Parse(Print("sarif", Sample())));
  const Json& run = json.Find("runs")->array()->front();
  const Json& result = run.Find("results")->array()->front();
  CHECK(*result.Find("ruleId")->string() == "A_NO_DELETE");
  CHECK(result.Find("ruleIndex")->integer() == 0);
  CHECK(*result.Find("level")->string() == "error");
  const Json& location = result.Find("locations")->array()->front();
  CHECK(*location.Find("physicalLocation")->Find("artifactLocation")->Find("uri")->string() == "m%201/saved_model.pb");
  CHECK(run.Find("tool")->Find("driver")->Find("rules")->array()->size() == 2);
}

TEST_CASE("a fingerprint stays when the message changes, and tells equal findings apart") {
  FindingList list = Sample();
  const std::string before = FingerprintsOf(list)[0];
  list.findings[0].message = "other words";
  list.findings.push_back(list.findings[0]);
  const std::vector<std::string> after = FingerprintsOf(list);
  CHECK(after[0] == before);
  CHECK(after[1] != before);
}

TEST_CASE("markup cannot be broken out of") {
  CHECK(Markup("<a href='x'>&\"\x01") == "&lt;a href=&#39;x&#39;&gt;&amp;&quot;\\x01");
}

}  // namespace
}  // namespace smcli
