// One op on tensors, without a graph: its row makes a kernel from the text of a NodeDef, which runs once.
//   const OpRunner lu(R"(op: "Lu" attr { key: "T" value { type: DT_FLOAT } })", {DataType::kFloat, DataType::kInt32});
//   std::vector<Tensor> out = Value(lu.Run({matrix}));
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "graph.pb.h"
#include "model/attrs.h"
#include "model/op_defs.h"
#include "ops/registry.h"
#include "support/graph_text.h"

namespace smcli {

class OpRunner {
 public:
  OpRunner(std::string_view node_text, std::vector<DataType> outputs) : outputs_(std::move(outputs)) {
    node_def_ = BytesOf<tensorflow::NodeDef>(node_text);
    tensorflow::NodeDef node;
    REQUIRE(node.ParseFromString(node_def_));
    op_ = node.op();
  }

  // The error is the factory's or the kernel's.
  Result<std::vector<Tensor>> Run(std::vector<Tensor> inputs) const {
    const Op* op = FindOp(op_);
    REQUIRE(op != nullptr);
    const AttrReader attrs({.node = "test", .op = op_, .node_def = node_def_, .schema = definitions_.Find(op_)});
    std::vector<DataType> types;
    std::vector<uint32_t> slots;
    for (const Tensor& input : inputs) {
      slots.push_back(static_cast<uint32_t>(types.size()));
      types.push_back(input.dtype());
    }
    NoFunctions functions;
    const NodeInfo info{"test", op_, attrs, types, outputs_, functions, ""};
    SMCLI_ASSIGN_OR_RETURN(const auto kernel, op->make(info));
    ThreadPool pool(2);
    RunServices services{.pool = &pool};
    std::vector<Tensor> outputs(outputs_.size());
    KernelContext context(inputs.data(), slots, outputs, services);
    SMCLI_RETURN_IF_ERROR(kernel->Compute(context));
    return outputs;
  }

 private:
  struct NoFunctions final : FunctionResolver {
    Result<CallableFunction*> Resolve(const FuncAttr&) override { return InternalError("a test has no functions"); }
    std::optional<Result<CallableFunction*>> ResolveDirect(std::string_view, const AttrReader&) override { return {}; }
  };

  std::string op_, node_def_;
  std::vector<DataType> outputs_;
  OpDefs definitions_;
};

}  // namespace smcli
