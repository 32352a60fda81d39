#include "ops/resources.h"

namespace smcli {

Result<Tensor> Variable::Read() const {
  if (!initialized()) return ModelError("variable '{}' has no value: nothing in the model or checkpoint set it", name_);
  return value_;
}

Result<Tensor*> Variable::Mutable() {
  if (!initialized()) return ModelError("variable '{}' has no value: nothing in the model or checkpoint set it", name_);
  if (!value_.exclusive()) {
    SMCLI_ASSIGN_OR_RETURN(value_, value_.Clone());
  }
  return &value_;
}

std::shared_ptr<Resource> ResourceManager::Find(std::string_view container, std::string_view name) {
  std::lock_guard lock(mutex_);
  const auto at = resources_.find(std::pair(std::string(container), std::string(name)));
  return at == resources_.end() ? nullptr : at->second;
}

Tensor HandleTo(std::shared_ptr<Resource> resource, std::string name) {
  auto handle = Tensor::Make(DataType::kResource, Shape{});
  SMCLI_CHECK(handle.ok());
  *handle->mutable_data<ResourceHandle>() = {std::move(resource), std::move(name)};
  return *std::move(handle);
}

}  // namespace smcli
