// FunctionDraft: a function of the library that can be changed: its arguments, its body, what it returns.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "model/functions.h"
#include "model/shared_bytes.h"
#include "transform/graph_draft.h"

namespace smcli {

class ByteRope;

struct FunctionDraft {
  struct Arg {
    int32_t node = -1;  // of the body, op "_Arg"; its name is the argument's
    DataType dtype = DataType::kInvalid;
    SharedBytes def;                // the ArgDef as it was; empty where it is to be written anew
    std::string attrs;              // bytes of FunctionDef.ArgAttrs
    std::optional<uint32_t> alias;  // FunctionDef.resource_arg_unique_id
  };
  struct Ret {
    std::string name;
    Endpoint source;
    DataType dtype = DataType::kInvalid;
    SharedBytes def;
  };

  std::string name;
  GraphDraft body;
  std::vector<Arg> args;
  std::vector<Ret> rets;
  std::vector<std::pair<std::string, int32_t>> control_rets;  // control output, node that must run
  SharedBytes source;                  // the FunctionDef it was made from, for everything that is not said here
  std::shared_ptr<const Graph> graph;  // which `body` was made from

  // `bindings`: the attributes of the call, for functions with attributes; list arguments become single ones.
  static Result<FunctionDraft> Of(const Function& function, const AttrBindings& bindings, const GraphContext& context);
  // Every reader of a key reads the value, returns included.
  void Redirect(const GraphDraft::Redirection& to);
  // Gives an argument another dtype.
  void RetypeArg(size_t arg, DataType dtype);
  // The bytes of a FunctionDef. `UnsupportedError` where an edge cannot be named because nobody defines the op.
  // What the rope refers to must outlive it: the draft, the model.
  Status Write(ByteRope& out) const;
};

}  // namespace smcli
