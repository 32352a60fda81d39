// The mutable state of a loaded model: resources by name, state of single nodes, and what file ops may touch.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "tensor/tensor.h"

namespace smcli {

// A variable: VariableV2 (as a reference) or VarHandleOp. Holds the current value; readers share its buffer.
class Variable final : public Resource {
 public:
  Variable(std::string name, DataType dtype, PartialShape shape)
      : name_(std::move(name)), dtype_(dtype), shape_(std::move(shape)) {}

  std::string_view type_name() const override { return "Variable"; }
  const std::string& name() const { return name_; }
  DataType dtype() const { return dtype_; }
  const PartialShape& shape() const { return shape_; }

  bool initialized() const { return value_.has_value(); }
  // `ModelError` (TensorFlow's FailedPrecondition) when nothing has been assigned.
  Result<Tensor> Read() const;
  void Assign(Tensor value) { value_ = std::move(value); }
  void Forget() { value_ = Tensor(); }
  // The value for change in place: an own copy is made first when readers share it.
  Result<Tensor*> Mutable();

 private:
  std::string name_;
  DataType dtype_;
  PartialShape shape_;
  Tensor value_;
};

class ResourceManager {
 public:
  // The resource (container, name), made by `make` when absent. `ModelError` when it is there with another type.
  template <typename T, typename Make>
  Result<std::shared_ptr<T>> LookupOrCreate(std::string_view container, std::string_view name, Make&& make) {
    std::lock_guard lock(mutex_);
    auto& slot = resources_[{std::string(container), std::string(name)}];
    if (!slot) slot = make();
    if (auto typed = std::dynamic_pointer_cast<T>(slot)) return typed;
    return ModelError("resource '{}' is a {}, not what this op works on", name, slot->type_name());
  }
  std::shared_ptr<Resource> Find(std::string_view container, std::string_view name);

 private:
  std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, std::shared_ptr<Resource>, std::less<>> resources_;
};

// The T behind a scalar DT_RESOURCE tensor. `ModelError` for no resource or another type.
template <typename T>
Result<std::shared_ptr<T>> ResourceOf(const Tensor& handle) {
  if (handle.dtype() != DataType::kResource || handle.num_elements() != 1) {
    return ModelError("expected a scalar resource handle, got {} {}", Name(handle.dtype()), handle.shape().ToString());
  }
  const ResourceHandle& target = handle.scalar<ResourceHandle>();
  if (!target.resource) return ModelError("resource '{}' does not exist", target.name);
  if (auto typed = std::dynamic_pointer_cast<T>(target.resource)) return typed;
  return ModelError("resource '{}' is a {}, not what this op works on", target.name, target.resource->type_name());
}
Tensor HandleTo(std::shared_ptr<Resource> resource, std::string name);

// Which files ops may read or write. Models are not trusted: without --allow-files only the model's own assets
// (by the exact paths that the loader handed out) can be read, and nothing written.
class FilePolicy {
 public:
  explicit FilePolicy(std::string allowed_dir) : allowed_dir_(std::move(allowed_dir)) {}
  void AddAsset(std::string path) { assets_.push_back(std::move(path)); }
  // The whole file. `UnsupportedError` (exit 4) for a path that is not allowed.
  Result<std::string> ReadForOp(std::string_view path, std::string_view op) const;
  Status CheckWrite(std::string_view path, std::string_view op) const;
  Status CheckList(std::string_view folder, std::string_view op) const;
  const std::string& allowed_dir() const { return allowed_dir_; }

 private:
  bool Allowed(std::string_view path) const;
  std::string allowed_dir_;  // empty: none
  std::vector<std::string> assets_;
};

}  // namespace smcli
