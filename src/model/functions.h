// FunctionLibrary: the functions of a meta-graph, by name. A function is read when it is first asked for.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/result.h"
#include "model/attrs.h"
#include "model/op_defs.h"
#include "model/shared_bytes.h"
#include "tensor/dtype.h"
#include "tensor/shape.h"

namespace tensorflow {
class FunctionDef;
}  // namespace tensorflow

namespace smcli {

// Dtype and shape of what a resource argument points at.
struct HandleData {
  DataType dtype = DataType::kInvalid;
  PartialShape shape;
};

// What is known about an input argument beyond its ArgSchema.
struct FunctionArg {
  std::vector<HandleData> handle_data;
  std::string user_name;              // _user_specified_name
  std::optional<PartialShape> shape;  // _output_shapes: a hint
};

class Function {
 public:
  // Name, arguments (list arguments unflattened), attributes, statefulness.
  const OpSchema& signature() const { return signature_; }
  std::string_view name() const { return signature_.name; }
  const std::vector<FunctionArg>& args() const { return args_; }  // beside signature().inputs
  // Where the value of an output comes from, as written: "node:out:0", "arg". nullopt: FunctionDef.ret lacks it.
  std::optional<std::string_view> FindRet(std::string_view output) const;
  // Name of a control output, the node that must run; sorted by name.
  const std::vector<std::pair<std::string_view, std::string_view>>& control_rets() const { return control_rets_; }
  const std::vector<std::string_view>& node_defs() const { return node_defs_; }  // bytes of each NodeDef
  const SharedBytes& bytes() const { return bytes_; }                            // of the FunctionDef
  std::optional<std::string_view> FindAttr(std::string_view attr) const;  // bytes of an AttrValue of FunctionDef.attr

  // A copy as a protobuf message, for those who write graphs.
  Status Parse(tensorflow::FunctionDef* def) const;

 private:
  friend class FunctionLibrary;
  static Result<std::unique_ptr<Function>> Read(SharedBytes bytes);

  SharedBytes bytes_;
  std::string merged_signature_;  // of a signature that came in pieces
  OpSchema signature_;
  std::vector<FunctionArg> args_;
  std::vector<std::pair<std::string_view, std::string_view>> rets_;
  std::vector<std::pair<std::string_view, std::string_view>> control_rets_;
  std::vector<std::pair<std::string_view, std::string_view>> attrs_;
  std::vector<std::string_view> node_defs_;
};

// Safe to use from several threads; what it returns stays valid while it lives.
class FunctionLibrary {
 public:
  FunctionLibrary() = default;  // no functions
  // From the bytes of a GraphDef (its field `library`). `InvalidModelError` DuplicateFunctionName.
  static Result<std::unique_ptr<FunctionLibrary>> Open(const SharedBytes& graph_def);

  FunctionLibrary(const FunctionLibrary&) = delete;
  FunctionLibrary& operator=(const FunctionLibrary&) = delete;

  const std::vector<std::string_view>& names() const { return names_; }  // in file order
  bool Contains(std::string_view name) const { return entries_.contains(name); }
  // `InvalidModelError` FunctionNotFound, or what is wrong with its bytes.
  Result<const Function*> Get(std::string_view name) const;
  // Empty: none declared. FunctionDefLibrary.gradient.
  std::string_view GradientOf(std::string_view function) const;

 private:
  Status AddAll(std::string_view library);

  SharedBytes bytes_;
  std::vector<std::string_view> names_;
  std::unordered_map<std::string_view, std::string_view> entries_;  // name -> bytes of the FunctionDef
  std::unordered_map<std::string_view, std::string_view> gradients_;
  mutable std::mutex mutex_;
  mutable std::unordered_map<std::string_view, std::unique_ptr<Function>> read_;
};

}  // namespace smcli
