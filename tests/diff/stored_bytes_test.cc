#include "diff/stored_bytes.h"

#include <algorithm>

#include "checkpoint/bundle_writer.h"
#include "checkpoint/stored_strings.h"
#include "support/catch.h"
#include "support/scratch_directory.h"
#include "support/tensors.h"
#include "tensor/tensor_proto.h"

namespace smcli {
namespace {

class TwoCheckpoints {
 public:
  TwoCheckpoints(const Tensor& before, const Tensor& after)
      : before_(Write("before", before)), after_(Write("after", after)) {}

  TensorTask Compare() {
    TensorTask task{before_.get(), before_->Find("x"), after_.get(), after_->Find("x"), false, {}, {}};
    ThreadPool threads(2);
    CompareTensors({&task, 1}, {}, threads);
    return task;
  }

 private:
  std::unique_ptr<BundleReader> Write(const std::string& name, const Tensor& tensor) {
    BundleWriter writer(scratch_.files(), scratch_.Path(name));
    REQUIRE(writer.Add("x", tensor).ok());
    REQUIRE(writer.Finish().ok());
    return Value(BundleReader::Open(scratch_.files(), scratch_.Path(name)));
  }

  ScratchDirectory scratch_;
  std::unique_ptr<BundleReader> before_, after_;
};

TEST_CASE("tensors of many pieces are compared whole") {
  std::vector<float> values(300'000, 1);
  const Tensor before = MakeTensor<float>({300'000}, values);
  CHECK(TwoCheckpoints(before, before).Compare().same_bits);
  values[0] = 2;
  values[299'999] = 4;
  const TensorTask task = TwoCheckpoints(before, MakeTensor<float>({300'000}, values)).Compare();
  CHECK_FALSE(task.same_bits);
  CHECK_FALSE(task.fault.has_value());
  REQUIRE(task.values.has_value());
  CHECK(task.values->changed == 2);
  CHECK(task.values->max_abs == 3);
}

TEST_CASE("denormal numbers count on whichever thread they are compared") {
  std::vector<float> values(2'000'000, 0);
  const Tensor before = MakeTensor<float>({2'000'000}, values);
  for (const size_t place : {0, 700'000, 1'999'999}) {
    values.assign(values.size(), 0);
    values[place] = 1e-40F;
    const TensorTask task = TwoCheckpoints(before, MakeTensor<float>({2'000'000}, values)).Compare();
    REQUIRE(task.values.has_value());
    CHECK(task.values->changed == 1);
    CHECK(task.values->failed == 1);
    CHECK(task.values->max_abs == static_cast<double>(1e-40F));
  }
}

TEST_CASE("blocks that differ among equal ones, and back, keep their checksums") {
  std::vector<float> values(700'001, 1);
  const Tensor before = MakeTensor<float>({700'001}, values);
  for (size_t i = 0; i < values.size(); ++i) {
    if (i / 5000 % 3 == 1 || i + 1 == values.size()) values[i] = 2;
  }
  const TensorTask task = TwoCheckpoints(before, MakeTensor<float>({700'001}, values)).Compare();
  CHECK_FALSE(task.fault.has_value());
  REQUIRE(task.values.has_value());
  CHECK(task.values->changed == std::ranges::count(values, 2.0F));
  CHECK(task.values->mean_abs == Approx(static_cast<double>(task.values->changed) / 700'001));
}

TEST_CASE("variants are the same when all that is stored of them is") {
  const auto make = [](std::string metadata) {
    auto variant = std::make_shared<StoredVariant>();
    variant->name = "tensorflow::Iterator";
    variant->metadata = std::move(metadata);
    variant->tensors = {Tensor::Scalar(7)};
    Tensor tensor = Value(Tensor::Make(DataType::kVariant, {1}));
    tensor.mutable_flat<Variant>()[0] = std::move(variant);
    return tensor;
  };
  CHECK(TwoCheckpoints(make("a"), make("a")).Compare().same_bits);
  const TensorTask task = TwoCheckpoints(make("a"), make("b")).Compare();
  CHECK_FALSE(task.same_bits);
  CHECK_FALSE(task.fault.has_value());
}

TEST_CASE("strings are compared one by one, of whatever length") {
  const Tensor before = MakeTensor<std::string>({3}, {"a", std::string(300, 'b'), ""});
  CHECK(TwoCheckpoints(before, before).Compare().same_bits);
  const TensorTask task =
      TwoCheckpoints(before, MakeTensor<std::string>({3}, {"a", std::string(301, 'b'), ""})).Compare();
  CHECK_FALSE(task.fault.has_value());
  REQUIRE(task.values.has_value());
  CHECK(task.values->changed == 1);
  CHECK(task.values->elements == 3);
}

TEST_CASE("shapes of one size are paired, other sizes are not") {
  const auto compare = [](const Shape& shape, const std::vector<float>& values) {
    return TwoCheckpoints(MakeTensor<float>({2, 2}, {1, 2, 3, 4}), MakeTensor<float>(shape, values)).Compare();
  };
  CHECK(compare({4}, {1, 2, 3, 4}).same_bits);
  CHECK_FALSE(compare({3}, {1, 2, 3}).values.has_value());
}

TEST_CASE("empty tensors and bools are tensors too") {
  CHECK(TwoCheckpoints(MakeTensor<float>({0}, {}), MakeTensor<float>({0}, {})).Compare().same_bits);
  const TensorTask task = TwoCheckpoints(MakeBools({2}, {true, false}), MakeBools({2}, {true, true})).Compare();
  CHECK_FALSE(task.same_bits);
  CHECK(task.values->changed == 1);
}

TEST_CASE("lengths of strings that lie are told") {
  CHECK_FALSE(StoredStrings::Open(std::string_view("\x05", 1), 1).ok());
  CHECK_FALSE(StoredStrings::Open(std::string_view("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 11), 1).ok());
  CHECK_FALSE(StoredStrings::Open("", 1).ok());
  CHECK_FALSE(StoredStrings::Open(std::string_view("\x01\0\0\0\0a", 6), 1).ok());
}

}  // namespace
}  // namespace smcli
