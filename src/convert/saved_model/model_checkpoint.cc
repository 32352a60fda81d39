// The checkpoint of an ExportedModel.
#include <optional>
#include <vector>

#include "base/utf8.h"
#include "checkpoint/bundle_writer.h"
#include "convert/saved_model/model_folder.h"
#include "convert/weight_list.h"
#include "convert/weight_stream.h"
#include "tensor/float16.h"

namespace smcli {
namespace {

struct Item {
  std::string_view key;
  const StoredTensor* stored;
  size_t first;  // of the items, the first one that is equal to it
};

// Where values are the source's own, those that are equal are found.
Status FindEqual(Conversion& conversion, std::vector<Item>& items) {
  std::vector<Weight> weights;
  std::vector<size_t> places;
  for (size_t i = 0; i < items.size(); ++i) {
    const StoredTensor& stored = *items[i].stored;
    if (stored.value) continue;
    weights.push_back({std::string(items[i].key), stored.entry, stored.dtype()});
    places.push_back(i);
  }
  SMCLI_ASSIGN_OR_RETURN(const std::vector<size_t> first, FindEqualWeights(conversion, weights));
  for (size_t i = 0; i < weights.size(); ++i) {
    // Scalars stay wide where vectors become narrow.
    if (weights[first[i]].dtype == weights[i].dtype) items[places[i]].first = places[first[i]];
  }
  return {};
}

// A value that was put in, as the dtype it is stored in.
Result<Tensor> Narrowed(const Tensor& tensor, DataType dtype) {
  if (tensor.dtype() == dtype) return tensor;
  SMCLI_ASSIGN_OR_RETURN(Tensor result, Tensor::Make(dtype, tensor.shape()));
  for (int64_t i = 0; i < tensor.num_elements(); ++i) {
    const float value = tensor.data<float>()[i];
    if (dtype == DataType::kHalf) {
      result.mutable_data<Half>()[i] = Half(value);
    } else {
      result.mutable_data<BFloat16>()[i] = BFloat16(value);
    }
  }
  return result;
}

Status AddTensor(WeightReader* reader, const Item& item, int shard, BundleWriter& bundle) {
  const StoredTensor& stored = *item.stored;
  if (stored.value) {
    SMCLI_ASSIGN_OR_RETURN(const Tensor tensor, Narrowed(*stored.value, stored.dtype()));
    return bundle.Add(item.key, tensor, shard);
  }
  SMCLI_ASSIGN_OR_RETURN(const WeightStream stream, reader->Open(*stored.entry, stored.dtype()));
  if (stream.whole()) return bundle.Add(item.key, *stream.whole(), shard);
  SMCLI_RETURN_IF_ERROR(bundle.Begin(item.key, stored.dtype(), stream.shape(), shard));
  SMCLI_RETURN_IF_ERROR(stream.Stream([&](std::string_view bytes) { return bundle.Append(bytes); }));
  return bundle.End();
}

}  // namespace

Status WriteModelCheckpoint(const ExportedModel& model, Conversion& conversion, const std::string& prefix) {
  std::vector<Item> items;
  for (const auto& [key, stored] : model.tensors()) items.push_back({key, &stored, items.size()});
  if (conversion.options.dedup) SMCLI_RETURN_IF_ERROR(FindEqual(conversion, items));
  std::vector<int64_t> sizes;
  const std::string objects = model.ObjectGraphBytes();
  if (model.has_trackables()) sizes.push_back(static_cast<int64_t>(objects.size()));
  for (size_t i = 0; i < items.size(); ++i) {
    if (items[i].first == i) sizes.push_back(items[i].stored->bytes());
  }
  const auto most = static_cast<int64_t>(items.size()) + 1;
  const ShardPlan plan = SpreadOverShards(sizes, static_cast<int>(std::min(conversion.options.shards, most)));
  BundleWriter bundle(conversion.files, prefix, plan.shards, conversion.options.compress == "snappy");
  std::optional<WeightReader> reader;
  if (conversion.source.variables != nullptr) reader.emplace(*conversion.source.variables, conversion.pool);
  size_t next = 0;
  if (model.has_trackables()) {
    SMCLI_RETURN_IF_ERROR(bundle.Add(kObjectGraphKey, Tensor::Scalar(objects), plan.shard_of[next++]));
  }
  for (size_t i = 0; i < items.size(); ++i) {
    const Item& item = items[i];
    Status added = item.first == i ? AddTensor(reader ? &*reader : nullptr, item, plan.shard_of[next++], bundle)
                                   : bundle.AddAlias(item.key, items[item.first].key);
    SMCLI_RETURN_IF_ERROR(std::move(added).Annotate(Escaped(item.key)));
  }
  return bundle.Finish();
}

}  // namespace smcli
