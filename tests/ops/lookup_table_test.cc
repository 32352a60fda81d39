// A dense table takes the buckets that TensorFlow's checkpoint holds.
#include "ops/lookup_table.h"
#include "support/catch.h"
#include "support/tensors.h"

namespace smcli {
namespace {

TEST_CASE("a dense table imports all its buckets and leaves out those of the reserved keys") {
  TableSchema schema;
  schema.kind = TableKind::kDense;
  schema.key = DataType::kInt64;
  schema.value = DataType::kFloat;
  schema.value_shape = Shape{2};
  schema.reserved_keys[0] = Tensor::Scalar<int64_t>(-1);
  schema.reserved_keys[1] = Tensor::Scalar<int64_t>(-2);
  const auto table = Value(LookupTable::Make(schema));
  const Tensor keys = MakeTensor<int64_t>({4, 1}, {-1, 7, -2, 9});
  const Tensor values = MakeTensor<float>({4, 2}, {0, 0, 1, 2, 0, 0, 3, 4});
  REQUIRE_OK(table->Import(keys, values));
  CHECK(table->size() == 2);
  const Tensor found = Value(table->Find(MakeTensor<int64_t>({2}, {9, 8}), MakeTensor<float>({2}, {5, 6})));
  CHECK(SameTensor(found, MakeTensor<float>({2, 2}, {3, 4, 5, 6})));
  CHECK_FAILS(table->Import(keys, MakeTensor<float>({4, 1}, {0, 0, 0, 0})), ErrorKind::kModel, "buckets");
}

}  // namespace
}  // namespace smcli
