// --to safetensors: the tensors of the checkpoint that the format has a dtype for.
#include "formats/safetensors.h"

#include <map>

#include "base/utf8.h"
#include "convert/weight_list.h"
#include "convert/weight_stream.h"

namespace smcli {
namespace {

using Metadata = std::vector<std::pair<std::string, std::string>>;

// What remains; the others are named.
std::vector<Weight> WithoutUnfit(std::vector<Weight> weights, Notices& notices) {
  std::erase_if(weights, [&](const Weight& weight) {
    const bool fits = SafetensorsHolds(weight.dtype);
    if (!fits) {
      notices.Warn(fmt::format("{}: is left out, for safetensors has no {}", weight.name, Name(weight.dtype)));
    }
    return !fits;
  });
  return weights;
}

// Of equal tensors the first; the names of the others go into the metadata, each with the name to look at, which is
// how the safetensors library's save_model does it.
Result<std::vector<Weight>> WithoutCopies(Conversion& conversion, std::vector<Weight> weights, Metadata& metadata) {
  SMCLI_ASSIGN_OR_RETURN(const std::vector<size_t> first, FindEqualWeights(conversion, weights));
  std::vector<Weight> kept;
  for (size_t i = 0; i < weights.size(); ++i) {
    if (first[i] == i) {
      kept.push_back(std::move(weights[i]));
    } else {
      const BundleEntry* same = weights[first[i]].entry;
      const auto at = std::ranges::find(kept, same, &Weight::entry);
      metadata.emplace_back(weights[i].name, at->name);
    }
  }
  return kept;
}

Status AppendAll(Conversion& conversion, const std::vector<SafetensorsItem>& items,
                 const std::map<std::string_view, const Weight*>& by_name, OutputFile& file) {
  if (items.empty()) return {};
  WeightReader reader(*conversion.source.variables, conversion.pool);
  for (const SafetensorsItem& item : items) {
    const Weight& weight = *by_name.at(item.name);
    SMCLI_ASSIGN_OR_RETURN(const WeightStream stream, reader.Open(*weight.entry, weight.dtype));
    SMCLI_RETURN_IF_ERROR(stream.Stream([&](std::string_view bytes) { return file.Append(bytes); }));
  }
  return {};
}

Status WriteTarget(Conversion& conversion) {
  SMCLI_ASSIGN_OR_RETURN(std::vector<Weight> weights, ListWeights(conversion));
  weights = WithoutUnfit(std::move(weights), conversion.notices);
  Metadata metadata = {{"format", "tf"}};
  if (conversion.options.dedup) {
    SMCLI_ASSIGN_OR_RETURN(weights, WithoutCopies(conversion, std::move(weights), metadata));
  }
  std::map<std::string_view, const Weight*> by_name;
  std::vector<SafetensorsItem> items;
  for (const Weight& weight : weights) {
    by_name.emplace(weight.name, &weight);
    items.push_back({weight.name, weight.dtype, weight.entry->shape});
  }
  SMCLI_ASSIGN_OR_RETURN(const std::unique_ptr<OutputFile> file, conversion.files.Create(conversion.out));
  SMCLI_RETURN_IF_ERROR(WriteSafetensorsHeader(*file, items, metadata));
  SMCLI_RETURN_IF_ERROR(AppendAll(conversion, items, by_name, *file));
  return file->Commit();
}

constexpr std::string_view kFlags[] = {"dedup", "match", "names", "strip-training", "weights"};

}  // namespace

extern const Converter kSafetensors = {
    .name = "safetensors",
    .summary = "weights for Hugging Face and others in one file that can be mapped",
    .extension = "safetensors",
    .product = Converter::Product::kFile,
    .needs = Converter::Needs::kVariables,
    .flags = kFlags,
    .run = WriteTarget,
};

}  // namespace smcli
