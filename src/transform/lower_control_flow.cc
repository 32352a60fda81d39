#include "transform/lower_control_flow.h"

#include <algorithm>
#include <memory>

#include "model/attr_value.h"
#include "transform/attr_lists.h"
#include "transform/call_ops.h"
#include "transform/inline_functions.h"
#include "transform/prune.h"

namespace smcli {
namespace {

// Branches within branches, each called twice, make graphs that no memory holds; nor does recursion end.
constexpr int kMaxDepth = 100;

class Lowering {
 public:
  explicit Lowering(Rewriter& rewriter) : rewriter_(rewriter), graph_(rewriter.graph()) {}

  Status Run() {
    depths_.resize(static_cast<size_t>(graph_.size()));
    for (int32_t id = 0; id < graph_.size(); ++id) {  // grows as bodies come in
      const CallOp* call = graph_.node(id).removed ? nullptr : FindCallOp(graph_.node(id).op);
      if (call == nullptr || call->kind == CallOp::Kind::kCall) continue;
      SMCLI_RETURN_IF_ERROR(Lower(id, *call).Annotate(fmt::format("node '{}'", graph_.node(id).name)));
    }
    graph_.Redirect(to_);
    return PruneFunctions(rewriter_, {});
  }

 private:
  Status Lower(int32_t id, const CallOp& call) {
    const int depth = depths_[static_cast<size_t>(id)] + 1;
    if (depth > kMaxDepth) return UnsupportedError("control flow lies more than {} levels deep", kMaxDepth);
    const int32_t before = graph_.size();
    SMCLI_ASSIGN_OR_RETURN(const std::vector<FuncAttr> functions, CalledFunctions(graph_, id, call));
    std::vector<FunctionDraft> bodies;
    for (const FuncAttr& function : functions) {
      SMCLI_ASSIGN_OR_RETURN(FunctionDraft body, rewriter_.Instantiate(function));
      PruneBody(body);
      bodies.push_back(std::move(body));
    }
    SMCLI_RETURN_IF_ERROR(CheckArgs(id, call, bodies));
    if (call.kind == CallOp::Kind::kLoop) {
      SMCLI_RETURN_IF_ERROR(LowerLoop(id, bodies[0], bodies[1]));
    } else {
      SMCLI_RETURN_IF_ERROR(LowerBranches(id, call, bodies));
    }
    depths_.resize(static_cast<size_t>(graph_.size()));
    for (int32_t added = before; added < graph_.size(); ++added) depths_[static_cast<size_t>(added)] = depth;
    return {};
  }

  Status CheckArgs(int32_t id, const CallOp& call, const std::vector<FunctionDraft>& bodies) const {
    const size_t num_args = graph_.node(id).inputs.size() -
                            std::min<size_t>(graph_.node(id).inputs.size(), static_cast<size_t>(call.first_input));
    if (bodies.empty()) return InvalidModelError("there is no branch (AttrMissing)");
    for (const FunctionDraft& body : bodies) {
      if (body.args.size() != num_args) {
        return InvalidModelError("function '{}' takes {} arguments and gets {} (FunctionArgMismatch)", body.name,
                                 body.args.size(), num_args);
      }
    }
    const auto num_rets = static_cast<size_t>(graph_.node(id).num_outputs);
    for (size_t i = call.kind == CallOp::Kind::kLoop ? 1 : 0; i < bodies.size(); ++i) {
      if (bodies[i].rets.size() != num_rets) {
        return InvalidModelError("function '{}' returns {} tensors, not {} (FunctionArgMismatch)", bodies[i].name,
                                 bodies[i].rets.size(), num_rets);
      }
    }
    if (call.kind != CallOp::Kind::kLoop) return {};
    if (bodies[0].rets.size() != 1) return InvalidModelError("the condition returns {} tensors", bodies[0].rets.size());
    return num_args > 0 ? Status() : UnsupportedError("a loop without state cannot be lowered");
  }

  int32_t AddTyped(std::string_view name, std::string_view op, DataType dtype, std::vector<Endpoint> inputs) {
    const int32_t id = graph_.Add(name, op);
    graph_.SetAttr(id, "T", TypeAttr(dtype));
    graph_.node(id).inputs = std::move(inputs);
    if (op == "Merge") graph_.SetAttr(id, "N", IntAttr(static_cast<int64_t>(graph_.node(id).inputs.size())));
    graph_.Retype(id);
    return id;
  }

  // A scalar bool: the tensor itself, or its truth.
  Result<Endpoint> Truth(const Endpoint& tensor, std::string_view name) {
    SMCLI_ASSIGN_OR_RETURN(const DataType dtype, graph_.TypeOf(tensor));
    if (dtype == DataType::kBool) return tensor;
    return Endpoint{AddTyped(fmt::format("{}/truth", name), "ToBool", dtype, {tensor}), 0};
  }

  // The node keeps its name, as an IdentityN of the results, or a NoOp.
  void Replace(int32_t id, const std::vector<Endpoint>& results, const std::vector<DataType>& types,
               const std::vector<int32_t>& controls) {
    graph_.SetOp(id, results.empty() ? "NoOp" : "IdentityN");
    if (!results.empty()) graph_.SetAttr(id, "T", TypesAttr(types));
    graph_.node(id).inputs = results;
    graph_.node(id).control_inputs = controls;
    graph_.node(id).num_outputs = static_cast<int32_t>(results.size());
    for (size_t i = 0; i < results.size(); ++i) to_[{id, static_cast<int32_t>(i)}] = results[i];
  }

  Result<Endpoint> PredicateOf(int32_t id, const Endpoint& choice, size_t branch, bool is_case) {
    const std::string name = graph_.node(id).name;
    if (!is_case) return Truth(choice, name);
    const int32_t number =
        graph_.AddConst(fmt::format("{}/number_{}", name, branch), Tensor::Scalar(static_cast<int32_t>(branch)));
    graph_.AddControl(number, choice.node);
    return Endpoint{AddTyped(fmt::format("{}/is_{}", name, branch), "Equal", DataType::kInt32, {choice, {number, 0}}),
                    0};
  }

  // One branch: its body, and a node that stands for its having run.
  struct Branch {
    std::vector<Endpoint> rets;
    int32_t done = -1;
  };
  Result<Branch> AddBranch(const FunctionDraft& body, const std::string& prefix, const std::vector<Endpoint>& args,
                           int32_t pivot) {
    SMCLI_ASSIGN_OR_RETURN(const InlinedBody inlined, CopyBody(graph_, body, prefix, args, {pivot}, {pivot}));
    Branch branch{inlined.rets, AddTyped(prefix + "/done", "Identity", DataType::kBool, {{pivot, 0}})};
    for (int32_t node : inlined.control_rets) graph_.AddControl(branch.done, node);
    return branch;
  }

  // If is a choice of two: is it the first? Case asks so for every branch but the last, one question within the other.
  Status LowerBranches(int32_t id, const CallOp& call, const std::vector<FunctionDraft>& bodies) {
    const std::string name = graph_.node(id).name;
    const bool is_case = !call.function_list.empty();
    std::vector<Endpoint> args(graph_.node(id).inputs.begin() + 1, graph_.node(id).inputs.end());
    Endpoint choice = graph_.node(id).inputs[0];
    std::vector<DataType> arg_types, ret_types;
    for (const auto& arg : bodies[0].args) arg_types.push_back(arg.dtype);
    for (const auto& ret : bodies[0].rets) ret_types.push_back(ret.dtype);
    std::vector<int32_t> controls = graph_.node(id).control_inputs;
    std::vector<Branch> branches;
    for (size_t i = 0; i + 1 < bodies.size(); ++i) {
      const std::string prefix = fmt::format("{}/{}", name, is_case ? fmt::format("branch_{}", i) : "then");
      SMCLI_ASSIGN_OR_RETURN(const Endpoint predicate, PredicateOf(id, choice, i, is_case));
      const auto sides = AddSwitches(prefix, predicate, args, arg_types, controls);
      SMCLI_ASSIGN_OR_RETURN(Branch branch, AddBranch(bodies[i], prefix, sides.taken, sides.taken_pivot));
      branches.push_back(std::move(branch));
      if (is_case && i + 2 < bodies.size()) {
        const int32_t rest = AddTyped(prefix + "/choice", "Switch", DataType::kInt32, {choice, predicate});
        choice = {rest, 0};
      }
      args = sides.other;
      controls = {sides.other_pivot};
    }
    if (bodies.size() == 1) controls.push_back(AddPivot(name, choice));
    const std::string last = fmt::format("{}/{}", name, is_case ? fmt::format("branch_{}", bodies.size() - 1) : "else");
    SMCLI_ASSIGN_OR_RETURN(Branch result, AddBranch(bodies.back(), last, args, controls.back()));
    for (size_t i = branches.size(); i-- > 0;)
      result = Join(fmt::format("{}/merge_{}", name, i), result, branches[i], ret_types);
    Replace(id, result.rets, ret_types, {result.done});
    return {};
  }

  // For a Case of one branch, which runs always.
  int32_t AddPivot(const std::string& name, const Endpoint& choice) {
    const int32_t pivot = graph_.AddConst(name + "/pivot", Tensor::Scalar(true));
    graph_.AddControl(pivot, choice.node);
    return pivot;
  }

  struct Sides {
    std::vector<Endpoint> taken, other;
    int32_t taken_pivot = -1, other_pivot = -1;
  };
  Sides AddSwitches(const std::string& prefix, const Endpoint& predicate, const std::vector<Endpoint>& args,
                    const std::vector<DataType>& types, const std::vector<int32_t>& controls) {
    Sides sides;
    const int32_t pivot = AddTyped(prefix + "/switch", "Switch", DataType::kBool, {predicate, predicate});
    for (int32_t control : controls) graph_.AddControl(pivot, control);
    sides.taken_pivot = AddTyped(prefix + "/taken", "Identity", DataType::kBool, {{pivot, 1}});
    sides.other_pivot = AddTyped(prefix + "/other", "Identity", DataType::kBool, {{pivot, 0}});
    for (size_t i = 0; i < args.size(); ++i) {
      const int32_t split = AddTyped(fmt::format("{}/input_{}", prefix, i), "Switch", types[i], {args[i], predicate});
      sides.taken.push_back({split, 1});
      sides.other.push_back({split, 0});
    }
    return sides;
  }

  Branch Join(const std::string& name, const Branch& a, const Branch& b, const std::vector<DataType>& types) {
    Branch joined;
    for (size_t i = 0; i < a.rets.size(); ++i) {
      joined.rets.push_back(
          {AddTyped(fmt::format("{}/output_{}", name, i), "Merge", types[i], {a.rets[i], b.rets[i]}), 0});
    }
    joined.done = AddTyped(name + "/done", "Merge", DataType::kBool, {{a.done, 0}, {b.done, 0}});
    return joined;
  }

  int32_t AddEnter(const std::string& name, const std::string& frame, DataType dtype, const Endpoint& input,
                   int64_t parallel) {
    const int32_t enter = AddTyped(name, "Enter", dtype, {input});
    graph_.SetAttr(enter, "frame_name", StringAttr(frame));
    graph_.SetAttr(enter, "is_constant", BoolAttr(false));
    graph_.SetAttr(enter, "parallel_iterations", IntAttr(parallel));
    return enter;
  }

  Status LowerLoop(int32_t id, const FunctionDraft& condition, const FunctionDraft& body) {
    const std::string name = graph_.node(id).name;
    const std::vector<Endpoint> inputs = graph_.node(id).inputs;
    const std::vector<int32_t> controls = graph_.node(id).control_inputs;
    const int64_t parallel = graph_.attrs(id).Int("parallel_iterations", 10);
    std::vector<DataType> types;
    for (const auto& arg : body.args) types.push_back(arg.dtype);
    std::vector<Endpoint> merged, state, exits;
    for (size_t i = 0; i < inputs.size(); ++i) {
      const int32_t enter = AddEnter(fmt::format("{}/enter_{}", name, i), name, types[i], inputs[i], parallel);
      for (int32_t control : controls) graph_.AddControl(enter, control);
      // The second input is the way back, once there is one.
      merged.push_back({AddTyped(fmt::format("{}/merge_{}", name, i), "Merge", types[i], {{enter, 0}, {enter, 0}}), 0});
    }
    const std::vector<int32_t> pivot = {merged[0].node};
    SMCLI_ASSIGN_OR_RETURN(const InlinedBody test, CopyBody(graph_, condition, name + "/cond", merged, pivot, pivot));
    SMCLI_ASSIGN_OR_RETURN(const Endpoint truth, Truth(test.rets[0], name));
    const int32_t loop_cond = graph_.Add(name + "/loop_cond", "LoopCond");
    graph_.node(loop_cond).inputs = {truth};
    graph_.Retype(loop_cond);
    for (int32_t control : test.control_rets) graph_.AddControl(loop_cond, control);
    for (size_t i = 0; i < merged.size(); ++i) {
      const int32_t split =
          AddTyped(fmt::format("{}/switch_{}", name, i), "Switch", types[i], {merged[i], {loop_cond, 0}});
      state.push_back({AddTyped(fmt::format("{}/state_{}", name, i), "Identity", types[i], {{split, 1}}), 0});
      exits.push_back({AddTyped(fmt::format("{}/exit_{}", name, i), "Exit", types[i], {{split, 0}}), 0});
    }
    const std::vector<int32_t> inside = {state[0].node};
    SMCLI_ASSIGN_OR_RETURN(const InlinedBody step, CopyBody(graph_, body, name + "/body", state, inside, inside));
    for (size_t i = 0; i < merged.size(); ++i) {
      const int32_t next = AddTyped(fmt::format("{}/next_{}", name, i), "NextIteration", types[i], {step.rets[i]});
      for (int32_t control : step.control_rets) graph_.AddControl(next, control);
      graph_.node(merged[i].node).inputs[1] = {next, 0};
    }
    Replace(id, exits, types, {});
    return {};
  }

  Rewriter& rewriter_;
  GraphDraft& graph_;
  GraphDraft::Redirection to_;
  std::vector<int> depths_;  // by node: of control flow within control flow
};

}  // namespace

Status LowerControlFlow(Rewriter& rewriter) { return Lowering(rewriter).Run(); }

}  // namespace smcli
