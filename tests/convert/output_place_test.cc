#include "convert/output_place.h"

#include "convert_fixture.h"
#include "support/tensors.h"

namespace smcli {
namespace {

TEST_CASE_METHOD(ConvertFixture, "what exists is only replaced with --overwrite") {
  Store({{"w", Tensor::Scalar(1.0f)}});
  files.files["out"] = "mine";
  CHECK_FAILS(Run("npz", "out"), ErrorKind::kUsage, "");
  CHECK(files.files.at("out") == "mine");
  REQUIRE_OK(Run("npz", "out", true));
  CHECK(files.files.at("out") != "mine");
  files.files["ckpt.index"] = "mine";
  CHECK_FAILS(Run("checkpoint", "ckpt"), ErrorKind::kUsage, "");
}

TEST_CASE_METHOD(ConvertFixture, "the checkpoint that is read is never the one that is written") {
  Store({{"w", Tensor::Scalar(1.0f)}});
  CHECK_FAILS(Run("checkpoint", "in/ckpt", true), ErrorKind::kUsage, "");
  CHECK_FAILS(Run("checkpoint", "in/../in/ckpt", true), ErrorKind::kUsage, "");
}

TEST_CASE_METHOD(ConvertFixture, "a full disk leaves nothing behind") {
  Store({{"w", PatternTensor(DataType::kFloat, Shape{100})}});
  const auto before = files.files;
  for (const char* target : {"npz", "safetensors", "checkpoint"}) {
    for (const uint64_t space : {0u, 50u, 420u}) {
      files.disk_space = space;
      INFO(target << " " << space);
      CHECK_FAILS(Run(target, "out"), ErrorKind::kIo, "");
      CHECK(files.files == before);
    }
  }
}

TEST_CASE_METHOD(ConvertFixture, "names that are none are refused") {
  Store({{"w", Tensor::Scalar(1.0f)}});
  for (const char* out : {"", "/", ".", "..", "a/.."}) CHECK_FAILS(Run("npz", out), ErrorKind::kUsage, "");
}

TEST_CASE("targets that are not there yet are told from those that nobody knows") {
  CHECK_FAILS(FindConverter("onnx"), ErrorKind::kUnsupported, "");
  CHECK_FAILS(FindConverter("npy"), ErrorKind::kUsage, "");
}

}  // namespace
}  // namespace smcli
