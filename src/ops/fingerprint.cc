// Fingerprint: FarmHash's Fingerprint64 of every row of a tensor, as eight bytes with the lowest first.
#include "base/fingerprint.h"

#include <bit>
#include <cstring>
#include <vector>

#include "base/utf8.h"
#include "ops/op.h"

namespace smcli {
namespace {

static_assert(std::endian::native == std::endian::little, "fingerprints are written as they lie in memory");

// A row of one string is that string; of several, the fingerprints of its strings end to end.
uint64_t OfStrings(std::span<const std::string> row) {
  if (row.size() == 1) return Fingerprint64(row[0]);
  std::vector<uint64_t> hashes;
  for (const std::string& text : row) hashes.push_back(Fingerprint64(text));
  return Fingerprint64({reinterpret_cast<const char*>(hashes.data()), hashes.size() * sizeof(uint64_t)});
}

// (data, method)
Status Fingerprint(KernelContext& ctx) {
  const Tensor &data = ctx.input(0), &method = ctx.input(1);
  if (method.rank() != 0) return ModelError("`method` should be a scalar string: {}", method.shape().ToString());
  if (method.scalar<std::string>() != "farmhash64") {
    return ModelError("Unsupported method: {}", Quoted(method.scalar<std::string>()));
  }
  if (data.rank() < 1) return ModelError("`data` should have at least one dimension: {}", data.shape().ToString());
  const int64_t rows = data.dim(0);
  const auto width = static_cast<size_t>(data.shape().Product(1, data.rank()));
  SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, DataType::kUint8, Shape{rows, 8}));
  const size_t row_bytes = width * static_cast<size_t>(SizeOf(data.dtype()));
  for (int64_t i = 0; i < rows; ++i) {
    const auto row = static_cast<size_t>(i);
    const uint64_t hash = data.dtype() == DataType::kString
                              ? OfStrings(data.flat<std::string>().subspan(row * width, width))
                              : Fingerprint64(data.bytes().substr(row * row_bytes, row_bytes));
    std::memcpy(out->mutable_data<uint8_t>() + i * 8, &hash, sizeof hash);
  }
  return {};
}

constexpr Op kOps[] = {
    {.name = "Fingerprint",
     .types = {{{"T", kNumbers | kQuantized | DataType::kBool | DataType::kString}}},
     .make = MakeFunctionKernel<Fingerprint>},
};

}  // namespace

std::span<const Op> FingerprintOps() { return kOps; }

}  // namespace smcli
