#include "scan/scan.h"

#include <algorithm>

#include "base/file.h"
#include "saved_model.pb.h"
#include "scan/hazards.h"
#include "support/catch.h"
#include "support/graph_text.h"

namespace smcli {
namespace {

SavedModel ModelOf(std::string_view meta_graph) {
  return Value(SavedModel::FromBytes(
      SharedBytes(BytesOf<tensorflow::SavedModel>("meta_graphs { meta_info_def { tags: 'serve' } " +
                                                  std::string(meta_graph) + " } saved_model_schema_version: 1")),
      "model.pb"));
}

ScanResult ScanOf(const SavedModel& model, const ScanOptions& options = {}) {
  std::vector<const MetaGraph*> meta_graphs;
  for (const auto& meta_graph : model.meta_graphs()) meta_graphs.push_back(meta_graph.get());
  return Value(Scan(meta_graphs, options));
}

ScanResult ScanHidden(const ScanOptions& options = {}) {
  return ScanOf(Value(SavedModel::Open(*MakeRealFileSystem(), "testdata/scan/hidden")), options);
}

std::vector<std::string> OpsOf(const ScanResult& result, Severity least = Severity::kLow) {
  std::vector<std::string> ops;
  for (const ScanFinding& finding : result.findings) {
    if (finding.severity >= least) ops.push_back(finding.op);
  }
  std::ranges::sort(ops);
  return ops;
}

const ScanFinding& FindingAt(const ScanResult& result, std::string_view node) {
  const auto found = std::ranges::find(result.findings, node, &ScanFinding::node);
  REQUIRE(found != result.findings.end());
  return *found;
}

TEST_CASE("ops are found in branches, functions of datasets, attributes of functions and where nothing calls") {
  CHECK(OpsOf(ScanHidden()) == std::vector<std::string>{"FancyOp", "InitializeTableFromTextFileV2", "PrintV2", "PyFunc",
                                                        "ReadFile", "RestoreV2", "WriteFile"});
}

TEST_CASE("the worst finding comes first, and what the saver and assets need is a note") {
  const ScanResult result = ScanHidden();
  CHECK(result.findings.front().op == "PyFunc");
  CHECK(FindingAt(result, "fill").severity == Severity::kInfo);
  CHECK(FindingAt(result, "saved").severity == Severity::kInfo);
  CHECK(result.counts.at(Severity::kInfo) == 2);
}

TEST_CASE("a finding says what runs it, call by call") {
  const ScanFinding written = FindingAt(ScanHidden(), "written");
  REQUIRE(written.routes.size() == 1);
  CHECK(written.routes[0].kind == "signature");
  CHECK(written.routes[0].name == "lookup");
  CHECK(written.routes[0].functions == std::vector<std::string>{"lookup", "map", "write"});
  CHECK(written.Where() == "serve > write > written");
  CHECK(FindingAt(ScanHidden(), "print").routes.empty());
}

TEST_CASE("a finding names the constant files") {
  const ScanResult result = ScanHidden();
  CHECK(FindingAt(result, "written").paths == std::vector<std::string>{"/etc/cron.d/job"});
  CHECK(FindingAt(result, "foreign_table").paths == std::vector<std::string>{"/etc/hosts"});
  CHECK(FindingAt(result, "contents").message == "ReadFile reads files: \"/tmp/\" joined with input key of lookup");
}

TEST_CASE("allowed ops are not reported, denied ones are, whatever they do") {
  const ScanResult result = ScanHidden({.deny = {"Str*"}, .allow = {"P*", "FancyOp"}});
  CHECK(OpsOf(result) ==
        std::vector<std::string>{"InitializeTableFromTextFileV2", "ReadFile", "RestoreV2", "StringJoin", "WriteFile"});
  CHECK(std::string(FindingAt(result, "file").rule->name) == "DENIED_OP");
  CHECK(OpsOf(ScanHidden({.deny = {"SaveV2"}, .allow = {}})).size() == 8);
}

TEST_CASE("what is milder than the threshold is not reported") {
  CHECK(ScanHidden({.deny = {}, .allow = {}, .threshold = Severity::kHigh}).findings.size() == 5);
}

TEST_CASE("a save on a path of its own is a finding only where a signature runs it") {
  constexpr std::string_view kGraph = R"(
    graph_def {
      node { name: "path" op: "Const" attr { key: "dtype" value { type: DT_STRING } }
             attr { key: "value" value { tensor { dtype: DT_STRING tensor_shape { } string_val: "/tmp/x" } } } }
      node { name: "restored" op: "RestoreV2" input: "path" input: "path" input: "path"
             attr { key: "dtypes" value { list { type: DT_FLOAT } } } } })";
  const auto findings_with = [&](std::string_view signature) {
    return ScanOf(ModelOf(std::string(kGraph) + std::string(signature)));
  };
  CHECK_FALSE(findings_with("").found());
  CHECK(
      findings_with("signature_def { key: 's' value { outputs { key: 'y' value { name: 'restored:0' } } } }").found());
  CHECK_FALSE(
      findings_with("signature_def { key: 's' value { outputs { key: 'y' value { name: 'path:0' } } } }").found());
}

TEST_CASE("what comes before the inputs of a signature is not run by it") {
  const ScanResult result = ScanOf(ModelOf(R"(
    graph_def {
      node { name: "path" op: "Const" attr { key: "dtype" value { type: DT_STRING } }
             attr { key: "value" value { tensor { dtype: DT_STRING tensor_shape { } string_val: "f" } } } }
      node { name: "read" op: "ReadFile" input: "path" }
      node { name: "x" op: "Identity" input: "read" attr { key: "T" value { type: DT_STRING } } } }
    signature_def { key: "s" value { inputs { key: "x" value { name: "x:0" } }
                                     outputs { key: "y" value { name: "x:0" } } } })"));
  REQUIRE(result.findings.size() == 1);
  CHECK(result.findings[0].routes.empty());
}

TEST_CASE("a broken graph is scanned as far as it can be read") {
  const ScanResult result = ScanOf(ModelOf(R"(
    graph_def {
      node { name: "a" op: "ReadFile" input: "gone" }
      node { name: "a" op: "WriteFile" input: "a" input: "a:7" }
      node { name: "b" op: "StatefulPartitionedCall" input: "^b" attr { key: "f" value { func { name: "no_such" } } } } })"));
  CHECK(OpsOf(result) == std::vector<std::string>{"ReadFile", "WriteFile"});
}

TEST_CASE("functions that call each other end") {
  const ScanResult result = ScanOf(ModelOf(R"(
    graph_def { library {
      function { signature { name: "f" input_arg { name: "x" type: DT_STRING } output_arg { name: "y" type: DT_STRING } }
                 node_def { name: "g" op: "g" input: "x" } node_def { name: "r" op: "ReadFile" input: "g:y:0" }
                 ret { key: "y" value: "r:contents:0" } }
      function { signature { name: "g" input_arg { name: "x" type: DT_STRING } output_arg { name: "y" type: DT_STRING } }
                 node_def { name: "f" op: "f" input: "x" } ret { key: "y" value: "f:y:0" } } }
      node { name: "start" op: "f" input: "start" } }
    signature_def { key: "s" value { outputs { key: "y" value { name: "start:0" } } } })"));
  REQUIRE(result.findings.size() == 1);
  CHECK(result.findings[0].routes.size() == 1);
}

TEST_CASE("every row of the table is an op of TensorFlow") {
  for (const Hazard& hazard : AllHazards()) CHECK(IsTensorFlowOp(hazard.name));
}

}  // namespace
}  // namespace smcli
