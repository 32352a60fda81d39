#include "convert/saved_model/weights_from.h"

#include <functional>
#include <optional>
#include <vector>

#include "base/path.h"
#include "base/text.h"
#include "base/utf8.h"
#include "formats/npz.h"
#include "formats/safetensors.h"
#include "tensor/float16.h"

namespace smcli {
namespace {

constexpr std::string_view kValueSuffix = "/.ATTRIBUTES/VARIABLE_VALUE";
constexpr size_t kMaxFaults = 20;

// Tensors by name, wherever they come from.
struct WeightSource {
  std::vector<std::string> names;
  std::function<Result<Tensor>(size_t)> read;  // by position
  bool may_have_more = false;                  // than the model's variables
};

Result<WeightSource> OpenNpz(MappedFile file) {
  SMCLI_ASSIGN_OR_RETURN(NpzReader opened, NpzReader::Open(std::move(file)));
  auto npz = std::make_shared<NpzReader>(std::move(opened));
  return WeightSource{npz->names(), [npz](size_t i) { return npz->Read(npz->names()[i]); }};
}

Result<WeightSource> OpenSafetensors(MappedFile file) {
  SMCLI_ASSIGN_OR_RETURN(SafetensorsReader opened, SafetensorsReader::Open(std::move(file)));
  auto reader = std::make_shared<SafetensorsReader>(std::move(opened));
  WeightSource source{{}, [reader](size_t i) { return reader->Read(reader->entries()[i]); }};
  for (const SafetensorsEntry& entry : reader->entries()) source.names.push_back(entry.name);
  return source;
}

Result<WeightSource> OpenCheckpoint(const FileSystem& files, const std::string& prefix) {
  SMCLI_ASSIGN_OR_RETURN(std::shared_ptr<BundleReader> bundle, BundleReader::Open(files, prefix));
  WeightSource source;
  std::vector<const BundleEntry*> entries;
  for (const BundleEntry& entry : bundle->entries()) {
    if (entry.key == kObjectGraphKey) continue;
    source.names.emplace_back(entry.key);
    entries.push_back(&entry);
  }
  source.read = [bundle, entries](size_t i) { return bundle->Read(*entries[i]); };
  source.may_have_more = true;
  return source;
}

Result<WeightSource> OpenWeights(const FileSystem& files, std::string path) {
  if (files.Kind(path) == FileKind::kDirectory) return OpenCheckpoint(files, JoinPath(path, "variables/variables"));
  path.resize(WithoutIndexSuffix(path).size());
  const bool npz = path.ends_with(".npz");
  if (!npz && !path.ends_with(".safetensors")) return OpenCheckpoint(files, path);
  SMCLI_ASSIGN_OR_RETURN(MappedFile file, files.Map(path));
  return npz ? OpenNpz(std::move(file)) : OpenSafetensors(std::move(file));
}

// npz files hold bfloat16 as float32, which is exact both ways.
std::optional<Tensor> AsDtype(const Tensor& tensor, DataType dtype) {
  if (tensor.dtype() == dtype) return tensor;
  if (tensor.dtype() != DataType::kFloat || dtype != DataType::kBfloat16) return std::nullopt;
  auto result = Tensor::Make(dtype, tensor.shape());
  if (!result.ok()) return std::nullopt;
  for (int64_t i = 0; i < tensor.num_elements(); ++i) {
    const float value = tensor.data<float>()[i];
    const BFloat16 narrow(value);
    if (static_cast<float>(narrow) != value && value == value) return std::nullopt;
    result->mutable_data<BFloat16>()[i] = narrow;
  }
  return *std::move(result);
}

using Tensors = std::map<std::string, StoredTensor, std::less<>>;

Tensors::iterator FindTensor(Tensors& tensors, const std::string& name) {
  const auto found = tensors.find(name);
  return found != tensors.end() ? found : tensors.find(name + std::string(kValueSuffix));
}

std::string NearestKey(const Tensors& tensors, std::string_view name) {
  std::vector<std::string_view> names;
  for (const auto& [key, stored] : tensors) {
    std::string_view known = key;
    if (known.ends_with(kValueSuffix)) known.remove_suffix(kValueSuffix.size());
    names.push_back(known);
  }
  return Suggestion(name, names);
}

// What is wrong with this value; empty: it has been taken.
std::string Take(const std::string& name, const Tensor& tensor, StoredTensor& stored) {
  const BundleEntry& entry = *stored.entry;
  auto value = AsDtype(tensor, entry.dtype);
  if (!value || value->shape() != entry.shape) {
    return fmt::format("{} is {}{}, the variable {}{}", Quoted(name), Name(tensor.dtype()), tensor.shape().ToString(),
                       Name(entry.dtype), entry.shape.ToString());
  }
  stored.value = *std::move(value);
  return {};
}

}  // namespace

Status TakeWeights(const std::string& path, ExportedModel& model, Conversion& conversion) {
  auto opened = OpenWeights(conversion.files, path);
  if (!opened.ok()) return std::move(opened).error().Annotate("--weights-from");
  const WeightSource& source = *opened;
  std::vector<std::string> faults;
  size_t taken = 0, unknown = 0;
  for (size_t i = 0; i < source.names.size() && faults.size() < kMaxFaults; ++i) {
    const auto found = FindTensor(model.tensors(), source.names[i]);
    if (found == model.tensors().end()) {
      ++unknown;
      if (source.may_have_more) continue;
      faults.push_back(fmt::format("there is no variable {}{}", Quoted(source.names[i]),
                                   NearestKey(model.tensors(), source.names[i])));
      continue;
    }
    SMCLI_ASSIGN_OR_RETURN(const Tensor tensor, source.read(i).Annotate(path));
    std::string fault = Take(source.names[i], tensor, found->second);
    if (!fault.empty()) faults.push_back(std::move(fault));
    ++taken;
  }
  if (!faults.empty()) return UsageError("--weights-from {}: {}", path, fmt::join(faults, "; "));
  if (taken == 0) return UsageError("--weights-from {}: holds none of the model's variables", path);
  if (unknown > 0) conversion.notices.Warn(fmt::format("{}: {} tensors are not the model's", path, unknown));
  if (taken < model.tensors().size()) {
    conversion.notices.Warn(
        fmt::format("{}: {} of {} variables; the others keep their values", path, taken, model.tensors().size()));
  }
  return {};
}

}  // namespace smcli
