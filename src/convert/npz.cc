// --to npz: an array for each tensor of the checkpoint.
#include "formats/npz.h"
#include "base/file.h"
#include "base/utf8.h"
#include "convert/weight_list.h"
#include "convert/weight_stream.h"
#include "formats/npy.h"
#include "tensor/numbers.h"

namespace smcli {
namespace {

// Larger tensors are looked at once, and their checksums told afterwards; smaller ones stay in the caches.
constexpr uint64_t kWorthPatching = uint64_t{1} << 20;

void Tell(const Weight& weight, const NpzWriter::Changes& changes, Notices& notices) {
  if (changes.widened) {
    notices.Warn(fmt::format("{}: {} is written as float32, for NumPy has no {}", weight.name, Name(weight.dtype),
                             Name(weight.dtype)));
  }
  if (changes.lost_zeros) {
    notices.Warn(fmt::format("{}: zero bytes at the end of its strings are lost in NumPy's S", weight.name));
  }
}

// What remains; the others are named.
std::vector<Weight> WithoutUnfit(std::vector<Weight> weights, Notices& notices) {
  std::erase_if(weights, [&](const Weight& weight) {
    if (NpyHolds(weight.dtype)) return false;
    notices.Warn(fmt::format("{}: is left out, for NumPy has no {}", weight.name, Name(weight.dtype)));
    return true;
  });
  return weights;
}

Status AddWeight(Conversion& conversion, WeightReader& reader, const Weight& weight, NpzWriter& npz) {
  const BundleReader& variables = *conversion.source.variables;
  SMCLI_ASSIGN_OR_RETURN(const WeightStream stream, reader.Open(*weight.entry, weight.dtype));
  if (stream.whole()) {
    SMCLI_ASSIGN_OR_RETURN(const NpzWriter::Changes changes, npz.Add(weight.name, *stream.whole()));
    Tell(weight, changes, conversion.notices);
    return {};
  }
  if (weight.dtype == DataType::kBfloat16 || kFloat8s.Contains(weight.dtype)) {
    // --weights bfloat16 rounds, and NumPy then gets the rounded numbers as float32.
    SMCLI_ASSIGN_OR_RETURN(Tensor tensor, variables.Read(*weight.entry, {.pool = &conversion.pool}));
    if (tensor.dtype() != weight.dtype) {
      SMCLI_ASSIGN_OR_RETURN(tensor, CastNumbers(tensor, weight.dtype));
    }
    SMCLI_ASSIGN_OR_RETURN(const NpzWriter::Changes changes, npz.Add(weight.name, tensor));
    Tell(weight, changes, conversion.notices);
    return {};
  }
  const auto append = [&](std::string_view bytes) { return npz.Append(bytes); };
  if (npz.takes_late_checksums() && stream.num_bytes() >= kWorthPatching) {
    uint32_t crc = 0;
    SMCLI_RETURN_IF_ERROR(npz.Begin(weight.name, weight.dtype, stream.shape(), 0));
    SMCLI_RETURN_IF_ERROR(stream.StreamAndSum(append, &crc));
    return npz.SetChecksum(crc);
  }
  SMCLI_ASSIGN_OR_RETURN(const uint32_t crc, stream.ZipChecksum());
  SMCLI_RETURN_IF_ERROR(npz.Begin(weight.name, weight.dtype, stream.shape(), crc));
  return stream.Stream(append);
}

Status WriteNpz(Conversion& conversion) {
  SMCLI_ASSIGN_OR_RETURN(std::vector<Weight> listed, ListWeights(conversion));
  const std::vector<Weight> weights = WithoutUnfit(std::move(listed), conversion.notices);
  SMCLI_ASSIGN_OR_RETURN(const std::unique_ptr<OutputFile> file, conversion.files.Create(conversion.out));
  NpzWriter npz(*file);
  if (!weights.empty()) {
    WeightReader reader(*conversion.source.variables, conversion.pool);
    for (const Weight& weight : weights) SMCLI_RETURN_IF_ERROR(AddWeight(conversion, reader, weight, npz));
  }
  SMCLI_RETURN_IF_ERROR(npz.Finish());
  return file->Commit();
}

constexpr std::string_view kFlags[] = {"match", "names", "strip-training", "weights"};

}  // namespace

extern const Converter kNpz = {
    .name = "npz",
    .summary = "weights as NumPy arrays in one file",
    .extension = "npz",
    .product = Converter::Product::kFile,
    .needs = Converter::Needs::kVariables,
    .flags = kFlags,
    .run = WriteNpz,
};

}  // namespace smcli
