// --to npz: an array for each tensor of the checkpoint.
#include "formats/npz.h"
#include "base/file.h"
#include "base/utf8.h"
#include "convert/weight_list.h"

namespace smcli {
namespace {

Status WriteNpz(Conversion& conversion) {
  SMCLI_ASSIGN_OR_RETURN(const std::vector<Weight> weights, ListWeights(conversion));
  SMCLI_ASSIGN_OR_RETURN(const std::unique_ptr<OutputFile> file, conversion.files.Create(conversion.out));
  NpzWriter npz(*file);
  for (const Weight& weight : weights) {
    SMCLI_ASSIGN_OR_RETURN(const Tensor tensor,
                           conversion.source.variables->Read(*weight.entry, {.pool = &conversion.pool}));
    SMCLI_ASSIGN_OR_RETURN(const NpzWriter::Changes changes, npz.Add(weight.name, tensor));
    if (changes.widened) {
      conversion.notices.Warn(fmt::format("{}: {} is written as float32, for NumPy has no {}", weight.name,
                                          Name(tensor.dtype()), Name(tensor.dtype())));
    }
    if (changes.lost_zeros) {
      conversion.notices.Warn(fmt::format("{}: zero bytes at the end of strings are lost in NumPy's S", weight.name));
    }
  }
  SMCLI_RETURN_IF_ERROR(npz.Finish());
  return file->Commit();
}

constexpr std::string_view kFlags[] = {"match", "names"};

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
