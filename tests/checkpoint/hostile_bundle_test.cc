// Bundles that are cut off or flipped anywhere: whatever comes, it is an error of the model or the right values.
#include "checkpoint/bundle_reader.h"
#include "checkpoint/bundle_writer.h"
#include "support/catch.h"
#include "support/fake_file_system.h"
#include "support/tensors.h"

namespace smcli {
namespace {

FakeFileSystem Written() {
  FakeFileSystem files;
  BundleWriter writer(files, "p");
  REQUIRE_OK(writer.Add(kObjectGraphKey, Tensor::Scalar(std::string("the objects"))));
  REQUIRE_OK(writer.Add("empty", PatternTensor(DataType::kInt64, {0})));
  REQUIRE_OK(writer.Add("floats", PatternTensor(DataType::kFloat, {3, 2})));
  REQUIRE_OK(writer.Add("bools", PatternTensor(DataType::kBool, {5})));
  REQUIRE_OK(writer.Add("strings", MakeTensor<std::string>({3}, {"abc", "", "defgh"})));
  REQUIRE_OK(writer.Finish());
  return files;
}

// True where every tensor is read and none differs from `expected`.
bool ReadsTheSame(FakeFileSystem& files, const BundleReader& expected) {
  const auto reader = BundleReader::Open(files, "p");
  if (!reader.ok()) {
    REQUIRE((reader.error().kind() == ErrorKind::kInvalidModel || reader.error().kind() == ErrorKind::kUnsupported));
    return false;
  }
  const auto objects = (*reader)->ObjectGraph();
  bool same = (*reader)->entries().size() == expected.entries().size() && objects.ok() &&
              objects->bytes() == Value(expected.ObjectGraph()).bytes();
  for (const BundleEntry& entry : (*reader)->entries()) {
    const auto tensor = (*reader)->Read(entry);
    same = same && tensor.ok() && expected.Find(entry.key) != nullptr &&
           SameTensor(*tensor, Value(expected.Read(entry.key)));
  }
  return same;
}

TEST_CASE("a bundle whose files are cut off anywhere is an invalid model, not a crash") {
  FakeFileSystem whole = Written();
  const auto expected = Value(BundleReader::Open(whole, "p"));
  for (const auto& [path, bytes] : whole.files) {
    for (size_t length = 0; length < bytes.size(); ++length) {
      FakeFileSystem cut = whole;
      cut.files[path] = bytes.substr(0, length);
      REQUIRE_FALSE(ReadsTheSame(cut, *expected));
    }
  }
}

TEST_CASE("no flipped bit of a data file goes unnoticed, none of the index does harm") {
  FakeFileSystem whole = Written();
  const auto expected = Value(BundleReader::Open(whole, "p"));
  for (const auto& [path, bytes] : whole.files) {
    const bool is_data = path.find("data") != std::string::npos;
    for (size_t i = 0; i < bytes.size() * 8; ++i) {
      FakeFileSystem flipped = whole;
      flipped.files[path][i / 8] = static_cast<char>(bytes[i / 8] ^ (1 << i % 8));
      const bool same = ReadsTheSame(flipped, *expected);
      if (is_data) REQUIRE_FALSE(same);
    }
  }
}

}  // namespace
}  // namespace smcli
