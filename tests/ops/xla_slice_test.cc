// Boxes at a place computed at run time: moved inside where they would stick out, refused where they cannot fit.
#include "support/op_runner.h"
#include "support/tensors.h"

namespace smcli {
namespace {

std::string Node(std::string_view op) {
  return fmt::format(
      R"(op: "{}" attr {{ key: "T" value {{ type: DT_FLOAT }} }} attr {{ key: "Tindices" value {{ type: DT_INT32 }} }})",
      op);
}
Tensor Ints(std::vector<int32_t> values) { return MakeTensor<int32_t>({static_cast<int64_t>(values.size())}, values); }

TEST_CASE("a dynamic slice that would stick out is moved inside") {
  const OpRunner slice(Node("XlaDynamicSlice"), {DataType::kFloat});
  const Tensor x = MakeTensor<float>({3, 4}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  CHECK(SameTensor(Value(slice.Run({x, Ints({2, -1}), Ints({2, 2})}))[0], MakeTensor<float>({2, 2}, {4, 5, 8, 9})));
  CHECK_FAILS(slice.Run({x, Ints({0, 0}), Ints({4, 2})}), ErrorKind::kModel, "does not fit");
  CHECK_FAILS(slice.Run({x, Ints({0, 0}), Ints({-1, 2})}), ErrorKind::kModel, "does not fit");
  CHECK_FAILS(slice.Run({x, Ints({0}), Ints({1, 2})}), ErrorKind::kModel, "index must be a vector");
  CHECK_FAILS(slice.Run({x, Ints({0, 0}), Ints({1})}), ErrorKind::kModel, "size_indices");
}

TEST_CASE("a dynamic update writes its whole box, inside") {
  const OpRunner update(Node("XlaDynamicUpdateSlice"), {DataType::kFloat});
  const Tensor zeros = MakeTensor<float>({2, 3}, {0, 0, 0, 0, 0, 0});
  const Tensor box = MakeTensor<float>({1, 2}, {1, 2});
  CHECK(SameTensor(Value(update.Run({zeros, box, Ints({5, 2})}))[0], MakeTensor<float>({2, 3}, {0, 0, 0, 0, 1, 2})));
  CHECK(SameTensor(Value(update.Run({zeros, box, Ints({-3, -3})}))[0], MakeTensor<float>({2, 3}, {1, 2, 0, 0, 0, 0})));
  CHECK(zeros.flat<float>()[0] == 0);
  CHECK_FAILS(update.Run({zeros, MakeTensor<float>({2}, {1, 2}), Ints({0, 0})}), ErrorKind::kModel, "same rank");
  CHECK_FAILS(update.Run({zeros, MakeTensor<float>({3, 1}, {1, 2, 3}), Ints({0, 0})}), ErrorKind::kModel,
              "does not fit");
}

}  // namespace
}  // namespace smcli
