// What a kernel factory may know about its node: names, attributes, dtypes, and the functions it calls.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/attrs.h"
#include "tensor/tensor.h"

namespace smcli {

struct RunServices;

// A function of the model's library, ready to be called (or being prepared: recursion is legal until it runs).
// Owned by the Session.
class CallableFunction {
 public:
  virtual ~CallableFunction() = default;
  virtual std::string_view name() const = 0;
  virtual int num_args() const = 0;
  virtual int num_rets() const = 0;
  // Consumes `args` (moved from), fills `rets` (cleared first; capacity is reused). `ModelError` beyond 200 nested
  // calls.
  virtual Status Call(RunServices& services, std::span<Tensor> args, std::vector<Tensor>& rets) = 0;
};

// Finds functions while a Plan is built. The answer stays valid as long as the Session.
class FunctionResolver {
 public:
  virtual ~FunctionResolver() = default;
  // `InvalidModelError` when the library has no such function.
  virtual Result<CallableFunction*> Resolve(const FuncAttr& function) = 0;
  // For a node whose op is a function's name; its attributes are the function's. nullopt: no such function.
  virtual std::optional<Result<CallableFunction*>> ResolveDirect(std::string_view op, const AttrReader& attrs) = 0;
};

struct NodeInfo {
  std::string_view name;  // unique in its graph or function body
  std::string_view op;
  const AttrReader& attrs;
  std::span<const DataType> input_types;  // references as their base type
  std::span<const DataType> output_types;
  FunctionResolver& functions;
  std::string scope;  // the function the node lies in; empty for the main graph. With `name`, unique in the model.

  int num_inputs() const { return static_cast<int>(input_types.size()); }
  int num_outputs() const { return static_cast<int>(output_types.size()); }
};

}  // namespace smcli
