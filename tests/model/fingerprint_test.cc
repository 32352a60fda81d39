#include "model/fingerprint.h"

#include <functional>

#include "base/file.h"
#include "support/catch.h"

namespace smcli {
namespace {

std::vector<FingerprintCheck> CheckModel(const std::string& directory,
                                         const std::function<void(Fingerprint&)>& change = {}) {
  const auto files = MakeRealFileSystem();
  const SavedModel model = Value(SavedModel::Open(*files, directory));
  Fingerprint stored = Value(ReadFingerprint(Value(files->Map(directory + "/fingerprint.pb")).bytes()));
  if (change) change(stored);
  const MappedFile index = Value(files->Map(directory + "/variables/variables.index"));
  return Value(CheckFingerprint(stored, model, index.bytes()));
}

TEST_CASE("hashes combine as the format says") {
  CHECK(CombineHashes(0, 0) == 6351753276682545529u);
  CHECK(CombineHashes(0, 1) == 12545870214588752817u);
  CHECK(CombineHashes(1, 0) == 12725806677685968135u);
}

TEST_CASE("every hash of models that TensorFlow 2.21 wrote is reproduced") {
  for (const char* name : {"half_plus_two", "keras_dense", "vocab_lookup", "ragged_sparse_inputs", "transformer"}) {
    for (const FingerprintCheck& check : CheckModel(fmt::format("testdata/models/{}", name))) {
      INFO(name << " " << check.field);
      CHECK(check.state == FingerprintCheck::State::kMatch);
      CHECK(check.note.empty());
    }
  }
}

TEST_CASE("a changed hash is a mismatch of its field") {
  const auto checks =
      CheckModel("testdata/models/half_plus_two", [](Fingerprint& stored) { stored.signature_def_hash ^= 1; });
  CHECK(checks[2].field == "signature_def_hash");
  CHECK(checks[2].state == FingerprintCheck::State::kMismatch);
  CHECK(checks[3].state == FingerprintCheck::State::kMatch);
}

TEST_CASE("without a version the first field is of another kind") {
  const auto checks = CheckModel("testdata/models/half_plus_two", [](Fingerprint& stored) {
    stored.producer = std::nullopt;
    stored.saved_model_checksum = 5;
    stored.checkpoint_hash = 0;
  });
  CHECK(checks[0].state == FingerprintCheck::State::kNotComparable);
  CHECK(checks[1].state == FingerprintCheck::State::kMatch);
  CHECK(checks[4].note == "not in the file");
}

TEST_CASE("a fingerprint survives writing and reading, and has a short form") {
  const Fingerprint fingerprint{.saved_model_checksum = 1,
                                .graph_def_program_hash = 2,
                                .signature_def_hash = 3,
                                .saved_object_graph_hash = 4,
                                .checkpoint_hash = 5,
                                .producer = 1,
                                .uuid = "77"};
  const Fingerprint back = Value(ReadFingerprint(FingerprintBytes(fingerprint)));
  CHECK(back.checkpoint_hash == 5);
  CHECK(back.producer == 1);
  CHECK(back.uuid == "77");
  CHECK(Singleprint(back) == "2/3/4/5");
  CHECK_FAILS(ReadFingerprint("\x0a"), ErrorKind::kInvalidModel, "FingerprintUnparsable");
}

}  // namespace
}  // namespace smcli
