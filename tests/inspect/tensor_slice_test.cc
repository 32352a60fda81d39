#include "inspect/tensor_slice.h"

#include "support/catch.h"
#include "support/tensors.h"

namespace smcli {
namespace {

const Tensor kMatrix = MakeTensor<int32_t>({3, 4}, {0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23});

void CheckSlice(std::string_view index, const Tensor& expected) {
  INFO(index);
  CHECK(SameTensor(Value(SliceOf(kMatrix, index)), expected));
}

TEST_CASE("indices, ranges, steps and the ellipsis are NumPy's") {
  CheckSlice("1", MakeTensor<int32_t>({4}, {10, 11, 12, 13}));
  CheckSlice("-1, -2", MakeTensor<int32_t>({}, {22}));
  CheckSlice(":, 0", MakeTensor<int32_t>({3}, {0, 10, 20}));
  CheckSlice("1:, ::2", MakeTensor<int32_t>({2, 2}, {10, 12, 20, 22}));
  CheckSlice("::-1, 1", MakeTensor<int32_t>({3}, {21, 11, 1}));
  CheckSlice("..., 3", MakeTensor<int32_t>({3}, {3, 13, 23}));
  CheckSlice("2:1", MakeTensor<int32_t>({0, 4}, {}));
  CheckSlice("-100:100, 1:2", MakeTensor<int32_t>({3, 1}, {1, 11, 21}));
}

TEST_CASE("strings can be sliced too") {
  const Tensor words = MakeTensor<std::string>({3}, {"a", "b", "c"});
  CHECK(SameTensor(Value(SliceOf(words, "::2")), MakeTensor<std::string>({2}, {"a", "c"})));
}

TEST_CASE("numbers at the ends of their range do no harm") {
  for (const char* index : {"9223372036854775807:", ":-9223372036854775808", "::9223372036854775807",
                            "::-9223372036854775808", "-9223372036854775808::-9223372036854775808"}) {
    INFO(index);
    CHECK(SliceOf(kMatrix, index).ok());
  }
}

TEST_CASE("what is no index is refused with its text") {
  CHECK_FAILS(SliceOf(kMatrix, "3"), ErrorKind::kUsage, "3");
  CHECK_FAILS(SliceOf(kMatrix, "0,0,0"), ErrorKind::kUsage, "3 indices");
  CHECK_FAILS(SliceOf(kMatrix, ""), ErrorKind::kUsage, "empty");
  CHECK_FAILS(SliceOf(kMatrix, "a"), ErrorKind::kUsage, "a");
  CHECK_FAILS(SliceOf(kMatrix, "1:2:3:4"), ErrorKind::kUsage, "colons");
  CHECK_FAILS(SliceOf(kMatrix, "::0"), ErrorKind::kUsage, "step");
  CHECK_FAILS(SliceOf(kMatrix, "99999999999999999999"), ErrorKind::kUsage, "99999999999999999999");
}

TEST_CASE("a name and its slice are told apart by the last bracket") {
  CHECK(SplitSlice("a/b[0, :3]").name == "a/b");
  CHECK(SplitSlice("a/b[0, :3]").index == "0, :3");
  CHECK(SplitSlice("a/b[0, :3]").sliced);
  CHECK_FALSE(SplitSlice("a/b").sliced);
}

}  // namespace
}  // namespace smcli
