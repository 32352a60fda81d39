// The features of tf.train.Example messages, straight from their bytes:
//   Example         { Features features = 1 }
//   SequenceExample { Features context = 1; FeatureLists feature_lists = 2 }
//   Features        { map<string, Feature> feature = 1 }         FeatureLists { map<string, FeatureList> feature_list =
//   1 } FeatureList     { repeated Feature feature = 1 } Feature         { oneof: BytesList = 1, FloatList = 2,
//   Int64List = 3, each with `repeated value = 1` }
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "tensor/tensor.h"

namespace smcli {

// One Feature, its list not yet decoded. No dtype: no list was set.
struct FeatureView {
  DataType dtype = DataType::kInvalid;  // kString, kFloat, kInt64
  std::string_view list;
};
// `ModelError` for bytes that are no Feature. Of several lists the first counts, as in TensorFlow's fast parser.
Result<FeatureView> ReadFeature(std::string_view message);

// The keys that an op wants, each with a slot.
class WantedKeys {
 public:
  // The key's slot, a new one if need be. Slots count from 0.
  size_t Add(const std::string& key);
  size_t size() const { return slots_.size(); }
  std::optional<size_t> Find(std::string_view key) const;

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  std::unordered_map<std::string, size_t, Hash, std::equal_to<>> slots_;
};

// By slot: the bytes of the last value that a map holds for the key; nullopt where there is none.
using FoundMessages = std::vector<std::optional<std::string_view>>;
// Reads every map that is field `number` of `message` (Features or FeatureLists; several are merged), into `found`,
// which is reset. `ModelError` when bytes are malformed.
Status CollectMap(std::string_view message, uint32_t number, const WantedKeys& keys, FoundMessages& found);

// Values of one dtype in the making: a column of a batch.
class FeatureValues {
 public:
  explicit FeatureValues(DataType dtype) : dtype_(dtype) {}

  DataType dtype() const { return dtype_; }
  int64_t size() const;
  // All values of a feature of the same dtype. `ModelError` when its list is malformed.
  Status Append(const FeatureView& feature);
  // The elements of a tensor of the same dtype.
  void Append(const Tensor& tensor);
  // Leaves nothing. `shape` has size() elements.
  Tensor Take(const Shape& shape);
  // The values are rows of the given lengths, one after the other; the tensor has rows of `width`, filled up with the
  // only element of `filler`, with zeros or empty strings when that is null. `shape` has lengths.size() * width
  // elements.
  Result<Tensor> TakePadded(const std::vector<int64_t>& lengths, int64_t width, const Tensor* filler,
                            const Shape& shape);

 private:
  DataType dtype_;
  std::vector<float> floats_;
  std::vector<int64_t> ints_;
  std::vector<std::string> texts_;
};

}  // namespace smcli
