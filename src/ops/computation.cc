#include "ops/computation.h"

#include <cstring>
#include <memory>

#include "ops/move.h"

namespace smcli {

Result<std::unique_ptr<Computation>> Computation::Make(const NodeInfo& node, std::string_view attr, int num_args,
                                                       int num_rets) {
  auto computation = std::make_unique<Computation>();
  SMCLI_ASSIGN_OR_RETURN(const FuncAttr function, node.attrs.Func(attr));
  SMCLI_ASSIGN_OR_RETURN(computation->function_, node.functions.Resolve(function));
  const CallableFunction& f = *computation->function_;
  if (f.num_args() != num_args || f.num_rets() != num_rets) {
    return InvalidModelError("{} '{}' takes {} arguments and returns {} values, the node passes {} and expects {}",
                             attr, f.name(), f.num_args(), f.num_rets(), num_args, num_rets);
  }
  return computation;
}

// The function of elements i, as scalars.
Status Computation::One(RunServices& services, std::span<const Tensor> args, int64_t i,
                        std::span<const DataType> results, std::vector<Tensor>& rets) const {
  std::vector<Tensor> scalars;
  for (const Tensor& arg : args) {
    SMCLI_ASSIGN_OR_RETURN(scalars.emplace_back(), SubTensor(arg, i, Shape{}));
  }
  SMCLI_RETURN_IF_ERROR(function_->Call(services, scalars, rets));
  for (size_t r = 0; r < results.size(); ++r) {
    if (rets[r].num_elements() != 1 || rets[r].dtype() != results[r]) {
      return ModelError("'{}' gives a {} of shape {} where a scalar of {} is wanted", function_->name(),
                        Name(rets[r].dtype()), rets[r].shape().ToString(), Name(results[r]));
    }
  }
  return {};
}

// The function of whole vectors, which an element-wise body understands as well. What it says of the first and the last
// element must be what it says of them as scalars.
Result<bool> Computation::AllAtOnce(RunServices& services, std::span<const Tensor> args, int64_t count,
                                    std::span<const DataType> results, std::vector<Tensor>& rets) const {
  std::vector<Tensor> vectors(args.begin(), args.end()), scalars;
  if (!function_->Call(services, vectors, rets).ok()) return false;
  for (size_t r = 0; r < results.size(); ++r) {
    if (!(rets[r].shape() == Shape{count}) || rets[r].dtype() != results[r]) return false;
  }
  for (int64_t i : {int64_t{0}, count - 1}) {
    SMCLI_RETURN_IF_ERROR(One(services, args, i, results, scalars));
    for (size_t r = 0; r < results.size(); ++r) {
      const auto size = static_cast<size_t>(SizeOf(results[r]));
      if (std::memcmp(rets[r].data<char>() + static_cast<size_t>(i) * size, scalars[r].raw_data(), size) != 0) {
        return false;
      }
    }
  }
  return true;
}

Status Computation::Map(RunServices& services, std::vector<Tensor> args, int64_t count,
                        std::span<const DataType> results, std::vector<Tensor>& rets) const {
  for (Tensor& arg : args) arg = std::move(arg).Reshaped(Shape{count});
  if (count > 1 && takes_vectors_.load(std::memory_order_relaxed)) {
    SMCLI_ASSIGN_OR_RETURN(const bool done, AllAtOnce(services, args, count, results, rets));
    if (done) return {};
    takes_vectors_.store(false, std::memory_order_relaxed);
  }
  std::vector<Tensor> all, one;
  for (const DataType dtype : results) {
    SMCLI_ASSIGN_OR_RETURN(all.emplace_back(), Tensor::Make(dtype, Shape{count}));
  }
  for (int64_t i = 0; i < count; ++i) {
    SMCLI_RETURN_IF_ERROR(One(services, args, i, results, one));
    for (size_t r = 0; r < all.size(); ++r) CopyElements(one[r], 0, 1, all[r], i);
  }
  rets = std::move(all);
  return {};
}

}  // namespace smcli
