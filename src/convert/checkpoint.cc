// --to checkpoint: the same tensors as a tensor bundle, whole, in as many data files as are wanted.
#include "base/utf8.h"
#include "checkpoint/bundle_writer.h"
#include "convert/training_state.h"
#include "convert/weight_list.h"
#include "convert/weight_stream.h"

namespace smcli {
namespace {

// Keys stay as they are, and the object graph is a tensor like all others.
Result<std::vector<Weight>> ListEntries(const Conversion& conversion) {
  SMCLI_ASSIGN_OR_RETURN(std::vector<Weight> weights, ListWeights(conversion));
  const BundleEntry* objects = conversion.source.variables->Find(kObjectGraphKey);
  if (objects == nullptr || !conversion.options.match.empty()) return weights;
  const auto at = std::ranges::find_if(weights, [&](const Weight& weight) { return weight.entry > objects; });
  weights.insert(at, {std::string(kObjectGraphKey), objects, objects->dtype});
  return weights;
}

int64_t BytesOf(const Weight& weight) {
  if (!kPlain.Contains(weight.dtype)) return weight.entry->stored_bytes();
  int64_t bytes = 0;
  if (__builtin_mul_overflow(weight.entry->shape.num_elements(), int64_t{SizeOf(weight.dtype)}, &bytes)) {
    return INT64_MAX;
  }
  return bytes;
}

Result<std::string> WithoutTraining(const BundleReader& variables) {
  SMCLI_ASSIGN_OR_RETURN(const TrainingState training, FindTrainingState(variables));
  SMCLI_ASSIGN_OR_RETURN(const MappedFile objects, variables.ObjectGraph());
  return WithoutKeys(objects.bytes(), training.keys);
}

Status AddWeight(Conversion& conversion, WeightReader& reader, const Weight& weight, int shard, BundleWriter& bundle) {
  SMCLI_ASSIGN_OR_RETURN(const WeightStream stream, reader.Open(*weight.entry, weight.dtype));
  if (weight.entry->key == kObjectGraphKey && conversion.options.strip_training) {
    SMCLI_ASSIGN_OR_RETURN(const std::string objects, WithoutTraining(*conversion.source.variables));
    return bundle.Add(kObjectGraphKey, Tensor::Scalar(objects), shard);
  }
  if (stream.whole()) return bundle.Add(weight.entry->key, *stream.whole(), shard);
  SMCLI_RETURN_IF_ERROR(bundle.Begin(weight.entry->key, weight.dtype, stream.shape(), shard));
  SMCLI_RETURN_IF_ERROR(stream.Stream([&](std::string_view bytes) { return bundle.Append(bytes); }));
  return bundle.End();
}

Status WriteCheckpoint(Conversion& conversion) {
  const ConvertOptions& options = conversion.options;
  if (conversion.source.variables == nullptr) {
    return UsageError("{}: has no variables, and an empty checkpoint is none", conversion.source.path);
  }
  SMCLI_ASSIGN_OR_RETURN(const std::vector<Weight> weights, ListEntries(conversion));
  std::vector<size_t> first(weights.size());
  for (size_t i = 0; i < first.size(); ++i) first[i] = i;
  if (options.dedup) {
    SMCLI_ASSIGN_OR_RETURN(first, FindEqualWeights(conversion, weights));
  }
  std::vector<int64_t> sizes;
  for (size_t i = 0; i < weights.size(); ++i) {
    if (first[i] == i) sizes.push_back(BytesOf(weights[i]));
  }
  const int shards = static_cast<int>(std::min<int64_t>(options.shards, static_cast<int64_t>(weights.size()) + 1));
  const ShardPlan plan = SpreadOverShards(sizes, shards);
  BundleWriter bundle(conversion.files, conversion.out, plan.shards, options.compress == "snappy");
  WeightReader reader(*conversion.source.variables, conversion.pool);
  size_t stored = 0;
  for (size_t i = 0; i < weights.size(); ++i) {
    const Weight& weight = weights[i];
    SMCLI_RETURN_IF_ERROR(first[i] == i ? AddWeight(conversion, reader, weight, plan.shard_of[stored++], bundle)
                                        : bundle.AddAlias(weight.entry->key, weights[first[i]].entry->key));
  }
  return bundle.Finish();
}

constexpr std::string_view kFlags[] = {"compress", "dedup", "match", "shards", "strip-training", "weights"};

}  // namespace

extern const Converter kCheckpoint = {
    .name = "checkpoint",
    .summary = "weights as a TensorFlow checkpoint: slices merged, shards chosen",
    .extension = "ckpt",
    .product = Converter::Product::kPrefix,
    .needs = Converter::Needs::kVariables,
    .flags = kFlags,
    .run = WriteCheckpoint,
};

}  // namespace smcli
