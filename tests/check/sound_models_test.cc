// No noise: what TensorFlow wrote checks without a finding that would stop a pipeline.
#include "check/faulty_model.h"

namespace smcli {
namespace {

TEST_CASE("models as TensorFlow writes them have no findings above info") {
  const auto real = MakeRealFileSystem();
  for (const DirectoryEntry& entry : Value(real->List("testdata/models"))) {
    if (entry.kind != FileKind::kDirectory) continue;
    INFO(entry.name);
    // It has none on purpose.
    const CheckWords words{{}, {}, {"SIGNATURE_PRESENT"}};
    const CheckPolicy policy = Value(CheckPolicy::Make(words));
    ThreadPool pool(2);
    const CheckAnswer answer = Value(CheckModel(*real, "testdata/models/" + entry.name, policy, {.deep = true}, pool));
    for (const Finding& finding : answer.findings) {
      INFO(finding.rule << " " << finding.place << ": " << finding.message);
      CHECK(finding.severity == Severity::kInfo);
    }
  }
}

TEST_CASE("a checkpoint alone is checked by its prefix, and a folder without a model is none") {
  const auto real = MakeRealFileSystem();
  const CheckPolicy policy = Value(CheckPolicy::Make({}));
  ThreadPool pool(1);
  const std::string prefix = "testdata/models/sharded/variables/variables";
  CHECK(Value(CheckModel(*real, prefix, policy, {.deep = true}, pool)).findings.empty());
  CHECK_FAILS(CheckModel(*real, "testdata/ops", policy, {}, pool), ErrorKind::kNotFound, "testdata/ops");
  CHECK_FAILS(CheckModel(*real, "testdata/none", policy, {}, pool), ErrorKind::kNotFound, "testdata/none");
}

}  // namespace
}  // namespace smcli
