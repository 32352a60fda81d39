// Builds a Plan: kernels, constants folded, values numbered, slots shared between values that never live together.
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "exec/edge_types.h"
#include "exec/plan.h"
#include "ops/element_chain.h"
#include "ops/padded_window.h"
#include "ops/registry.h"

namespace smcli {
namespace {

constexpr uint32_t kNoValue = ~0u;

// Nodes that hand their input on: they need no step, their readers read what they read.
bool PassesThrough(std::string_view op) {
  return op == "Identity" || op == "StopGradient" || op == "PreventGradient" || op == "Snapshot" ||
         op == "PlaceholderWithDefault";
}

bool IsDivision(std::string_view op) { return op == "RealDiv" || op == "Div"; }

// A tensor in the course of a run; becomes a slot once its life is known.
struct Value {
  uint32_t slot = kNoValue;
  uint32_t last_step = kNoValue;  // that reads it
  bool keep = false;              // a constant, or fetched: stays until the end
  bool is_constant = false;
  DataType dtype = DataType::kInvalid;  // kInvalid: not known
  Tensor constant;
};

struct Draft {
  const Kernel* kernel;
  int32_t node;
  std::vector<uint32_t> inputs;  // values
  uint32_t first_output = 0;     // value; outputs are numbered one after the other
  uint32_t num_outputs = 0;
  std::string_view op = {};     // that the kernel computes
  bool reports_itself = false;  // its kernel tells monitors what it does
};

// Element-wise drafts in a row, see ElementChain.
struct Chain {
  std::vector<size_t> drafts;
  std::vector<ChainLink> links;
  std::vector<uint32_t> inputs;
};

}  // namespace

class PlanBuilder {
 public:
  explicit PlanBuilder(const PlanRequest& request)
      : request_(request),
        graph_(*request.graph),
        value_of_(static_cast<size_t>(graph_.num_nodes()), kNoValue),
        plan_(new Plan(graph_)) {}

  Result<std::unique_ptr<RunnablePlan>> Build(std::span<const int32_t> order) {
    SMCLI_RETURN_IF_ERROR(AddFeeds());
    for (int32_t node : order) SMCLI_RETURN_IF_ERROR(AddNode(node));
    for (const Endpoint& fetch : request_.fetches) {
      SMCLI_ASSIGN_OR_RETURN(const uint32_t value, Fetched(fetch));
      SMCLI_RETURN_IF_ERROR(CheckReturn(graph_, fetches_.size(), values_[value].dtype));
      fetches_.push_back(value);
      values_[value].keep = true;
    }
    FusePads();
    FuseChains();
    FindLastReaders();
    AssignSlots();
    return std::unique_ptr<RunnablePlan>(std::move(plan_));
  }

 private:
  Status AddFeeds() {
    SMCLI_ASSIGN_OR_RETURN(plan_->feed_types_, FeedTypes(graph_, request_.feeds));
    for (size_t i = 0; i < request_.feeds.size(); ++i) {
      const auto [at, fresh] = fed_.emplace(Key(request_.feeds[i]), NewValues(1));
      values_[at->second].dtype = plan_->feed_types_[i];
    }
    return {};
  }

  static int64_t Key(const Endpoint& e) { return static_cast<int64_t>(e.node) << 32 | static_cast<uint32_t>(e.output); }

  uint32_t NewValues(uint32_t count) {
    const auto first = static_cast<uint32_t>(values_.size());
    values_.resize(values_.size() + count);
    return first;
  }

  // Of an op that nobody knows any output is taken for there: the op will be named as missing.
  Result<uint32_t> ValueOf(const Endpoint& endpoint) const {
    if (!fed_.empty()) {
      if (const auto at = fed_.find(Key(endpoint)); at != fed_.end()) return at->second;
    }
    const uint32_t first = value_of_[static_cast<size_t>(endpoint.node)];
    const Node& node = graph_.node(endpoint.node);
    if (first != kNoValue && node.schema == nullptr) return first;
    if (first == kNoValue || endpoint.output >= node.num_outputs) {
      return InvalidModelError("OutputIndexOutOfRange: node '{}' has no output {}", node.name, endpoint.output);
    }
    return first + static_cast<uint32_t>(endpoint.output);
  }

  // A reference is fetched by the value it has at the end.
  Result<uint32_t> Fetched(const Endpoint& endpoint) {
    SMCLI_ASSIGN_OR_RETURN(const uint32_t value, ValueOf(endpoint));
    return is_ref_.contains(value) ? AddDereference(value, endpoint.node) : value;
  }

  uint32_t AddDereference(uint32_t reference, int32_t node) {
    const uint32_t value = NewValues(1);
    values_[value].dtype = values_[reference].dtype;
    drafts_.push_back({&DereferenceKernel(), node, {reference}, value, 1});
    return value;
  }

  // What the node reads, with the reads of references that must come before it.
  Result<std::vector<uint32_t>> InputValues(const Node& node, int32_t id, const ArgTypes& types) {
    std::vector<uint32_t> inputs;
    inputs.reserve(node.inputs.size());
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      SMCLI_ASSIGN_OR_RETURN(uint32_t value, ValueOf(node.inputs[i]));
      SMCLI_RETURN_IF_ERROR(CheckEdge(node, i, types, values_[value].dtype));
      const bool wants_ref = i < types.is_ref.size() && types.is_ref[i];
      if (is_ref_.contains(value) && !wants_ref) value = AddDereference(value, id);
      inputs.push_back(value);
    }
    return inputs;
  }

  Status AddNode(int32_t id) {
    const Node& node = graph_.node(id);
    if (node.op == "_Arg") return {};  // fed
    if (PassesThrough(node.op) && node.inputs.size() == 1) {
      // A reference stays one: TensorFlow's Identity shares the variable's buffer, so its readers see later
      // assignments.
      SMCLI_ASSIGN_OR_RETURN(value_of_[static_cast<size_t>(id)], ValueOf(node.inputs[0]));
      return {};
    }
    SMCLI_ASSIGN_OR_RETURN(const NodeTypes types, TypesOf(graph_, id));
    SMCLI_ASSIGN_OR_RETURN(std::vector<uint32_t> inputs, InputValues(node, id, types.inputs));
    const auto num_outputs = static_cast<uint32_t>(node.num_outputs);
    const uint32_t first_output = NewValues(node.schema == nullptr ? num_outputs + 1 : num_outputs);
    value_of_[static_cast<size_t>(id)] = first_output;
    for (uint32_t i = 0; i < num_outputs && i < types.outputs.is_ref.size(); ++i) {
      values_[first_output + i].dtype = types.outputs.types[i];
      if (types.outputs.is_ref[i]) is_ref_.insert(first_output + i);
    }
    SMCLI_ASSIGN_OR_RETURN(auto kernel, MakeNodeKernel(graph_, id, types, *request_.functions, *request_.missing));
    if (!kernel) return {};
    if (node.op == "NoOp") return {};
    Draft draft{kernel.get(), id, std::move(inputs), first_output, num_outputs, node.op};
    if (IsPure(node) && Fold(draft)) return {};
    if (IsDivision(node.op)) SMCLI_RETURN_IF_ERROR(DivideByMultiplying(types, draft, kernel));
    plan_->kernels_.push_back(std::move(kernel));
    drafts_.push_back(std::move(draft));
    return {};
  }

  static bool IsPure(const Node& node);

  // x / c becomes x * (1 / c) where c is constant, as in TensorFlow's graph optimiser, whose rounding an answer in half
  // shows (grappler/optimizers/constant_folding.cc).
  Status DivideByMultiplying(const NodeTypes& types, Draft& draft, std::unique_ptr<Kernel>& kernel) {
    const auto is_constant = [&](size_t i) { return values_[draft.inputs[i]].is_constant; };
    if (draft.inputs.size() != 2 || is_constant(0) || !is_constant(1)) return {};
    if (!(kFloats | kComplexes).Contains(types.inputs.types[1])) return {};
    const auto make = [&](std::string_view op) {
      return MakeKernelOf(op, graph_, draft.node, types, *request_.functions, *request_.missing);
    };
    SMCLI_ASSIGN_OR_RETURN(const auto reciprocal, make("Reciprocal"));
    const Draft inverse{reciprocal.get(), draft.node, {draft.inputs[1]}, NewValues(1), 1};
    if (!reciprocal || !Fold(inverse)) return {};
    SMCLI_ASSIGN_OR_RETURN(kernel, make("Mul"));
    values_[inverse.first_output].dtype = types.inputs.types[1];
    draft.kernel = kernel.get();
    draft.inputs[1] = inverse.first_output;
    draft.op = "Mul";
    return {};
  }

  // Runs a pure step over constants now. A step that fails is left to fail when the plan runs: perhaps nobody asks for
  // it.
  bool Fold(const Draft& draft) {
    if (request_.services == nullptr || draft.num_outputs == 0) return false;
    std::vector<Tensor> slots(draft.inputs.size() + draft.num_outputs);
    std::vector<uint32_t> indices(draft.inputs.size());
    for (size_t i = 0; i < draft.inputs.size(); ++i) {
      if (!values_[draft.inputs[i]].is_constant) return false;
      slots[i] = values_[draft.inputs[i]].constant;
      indices[i] = static_cast<uint32_t>(i);
    }
    const std::span<Tensor> outputs(slots.data() + draft.inputs.size(), draft.num_outputs);
    KernelContext ctx(slots.data(), indices, outputs, *request_.services);
    if (!draft.kernel->Compute(ctx).ok() || IsTooLarge(slots, draft.inputs.size())) return false;
    for (uint32_t i = 0; i < draft.num_outputs; ++i) {
      Value& value = values_[draft.first_output + i];
      value.constant = std::move(outputs[i]);
      value.is_constant = value.keep = true;
    }
    return true;
  }

  // A folded value stays in memory as long as the plan: one that is large, and larger than what it was made from, is
  // better made anew in each run.
  static bool IsTooLarge(std::span<const Tensor> all, size_t num_inputs) {
    constexpr size_t kLarge = size_t{4} << 20;
    size_t bytes[2] = {0, 0};
    for (size_t i = 0; i < all.size(); ++i) bytes[i < num_inputs ? 0 : 1] += all[i].num_bytes();
    return bytes[1] > kLarge && bytes[1] > 2 * bytes[0];
  }

  // Which values one step alone reads.
  std::vector<bool> ReadOnce() const {
    std::vector<uint32_t> readers(values_.size());
    for (const Draft& draft : drafts_) {
      for (uint32_t input : draft.inputs) ++readers[input];
    }
    std::vector<bool> once(values_.size());
    for (size_t i = 0; i < values_.size(); ++i) once[i] = readers[i] == 1 && !values_[i].keep;
    return once;
  }

  std::optional<ChainLink> LinkOf(const Draft& draft) const {
    const bool floats =
        std::ranges::all_of(draft.inputs, [&](uint32_t value) { return values_[value].dtype == DataType::kFloat; });
    // What reads a reference for a node stands in its name.
    if (value_of_[static_cast<size_t>(draft.node)] != draft.first_output) return std::nullopt;
    if (!floats || draft.inputs.empty() || draft.inputs.size() > 2 || draft.num_outputs != 1) return std::nullopt;
    std::optional<ChainLink> link = FindChainLink(draft.op, graph_.attrs(draft.node));
    if (!link || link->is_binary() != (draft.inputs.size() == 2)) return std::nullopt;
    link->step = InnerStepOf(draft);
    return link;
  }

  InnerStep InnerStepOf(const Draft& draft) const {
    return {draft.kernel, std::string(graph_.node(draft.node).name), std::string(draft.op)};
  }

  // Zeros around an image that one convolution alone reads are left to the convolution.
  void FusePads() {
    const std::vector<bool> once = ReadOnce();
    std::unordered_map<uint32_t, size_t> pads;  // a padded value -> its draft
    std::vector<bool> gone(drafts_.size());
    for (size_t i = 0; i < drafts_.size(); ++i) {
      Draft& draft = drafts_[i];
      if (draft.op == "Pad" && once[draft.first_output] && values_[draft.inputs[1]].is_constant) {
        pads.emplace(draft.first_output, i);
      }
      const auto pad = draft.inputs.size() == 2 ? pads.find(draft.inputs[0]) : pads.end();
      if (pad == pads.end()) continue;
      const Draft& before = drafts_[pad->second];
      auto kernel = PaddedWindow::Make(InnerStepOf(before), InnerStepOf(draft), values_[before.inputs[1]].constant,
                                       std::string(graph_.name()));
      if (!kernel) continue;
      gone[pad->second] = true;
      draft.kernel = kernel.get();
      draft.inputs[0] = before.inputs[0];
      draft.reports_itself = true;
      plan_->kernels_.push_back(std::move(kernel));
    }
    Erase(gone);
  }

  void Erase(const std::vector<bool>& gone) {
    std::vector<Draft> left;
    for (size_t i = 0; i < drafts_.size(); ++i) {
      if (!gone[i]) left.push_back(std::move(drafts_[i]));
    }
    drafts_ = std::move(left);
  }

  // Element-wise steps of which each has the one before for itself become one step, where the last of them was.
  void FuseChains() {
    const std::vector<bool> once = ReadOnce();
    std::vector<Chain> chains;
    std::unordered_map<uint32_t, size_t> ends_in;  // the value that a chain ends in so far -> the chain
    for (size_t i = 0; i < drafts_.size(); ++i) {
      const Draft& draft = drafts_[i];
      std::optional<ChainLink> link = LinkOf(draft);
      if (!link) continue;
      size_t side = 0;
      auto before = once[draft.inputs[0]] ? ends_in.find(draft.inputs[0]) : ends_in.end();
      if (before == ends_in.end() && link->commutes && once[draft.inputs[1]]) {
        before = ends_in.find(draft.inputs[1]);
        side = before == ends_in.end() ? 0 : 1;
      }
      if (before != ends_in.end() && chains[before->second].links.size() == ElementChain::kMostLinks) {
        before = ends_in.end();
        side = 0;
      }
      const size_t chain = before == ends_in.end() ? chains.size() : before->second;
      if (before == ends_in.end()) {
        chains.push_back({.drafts = {}, .links = {}, .inputs = {draft.inputs[0]}});
      } else {
        ends_in.erase(before);
      }
      if (link->is_binary()) chains[chain].inputs.push_back(draft.inputs[1 - side]);
      chains[chain].drafts.push_back(i);
      chains[chain].links.push_back(*std::move(link));
      ends_in.emplace(draft.first_output, chain);
    }
    ReplaceByChains(std::move(chains));
  }

  void ReplaceByChains(std::vector<Chain> chains) {
    std::vector<bool> gone(drafts_.size());
    for (Chain& chain : chains) {
      if (chain.drafts.size() < 2) continue;
      for (size_t draft : chain.drafts) gone[draft] = draft != chain.drafts.back();
      Draft& last = drafts_[chain.drafts.back()];
      auto kernel = std::make_unique<ElementChain>(std::move(chain.links), std::string(graph_.name()));
      last.kernel = kernel.get();
      last.inputs = std::move(chain.inputs);
      last.reports_itself = true;
      plan_->kernels_.push_back(std::move(kernel));
    }
    Erase(gone);
  }

  void FindLastReaders() {
    for (uint32_t step = 0; step < drafts_.size(); ++step) {
      for (uint32_t input : drafts_[step].inputs) values_[input].last_step = step;
    }
  }

  uint32_t TakeSlots(uint32_t count) {
    if (count == 1 && !free_slots_.empty()) {
      const uint32_t slot = free_slots_.back();
      free_slots_.pop_back();
      return slot;
    }
    const uint32_t first = plan_->num_slots_;
    plan_->num_slots_ += count;
    return first;
  }

  // A constant needs a slot only where a step or a fetch reads it.
  uint32_t SlotOf(uint32_t id) {
    Value& value = values_[id];
    if (value.slot == kNoValue) {
      value.slot = plan_->num_slots_++;
      plan_->constants_.emplace_back(value.slot, value.constant);
    }
    return value.slot;
  }

  void AssignSlots() {
    for (const Endpoint& feed : request_.feeds) {
      Value& value = values_[fed_.at(Key(feed))];
      if (value.slot == kNoValue) value.slot = TakeSlots(1);
      plan_->feed_slots_.push_back(value.slot);
    }
    for (uint32_t step = 0; step < drafts_.size(); ++step) AddStep(step);
    std::unordered_map<uint32_t, size_t> last_fetch;
    for (size_t i = 0; i < fetches_.size(); ++i) last_fetch[fetches_[i]] = i;
    for (size_t i = 0; i < fetches_.size(); ++i) {
      plan_->fetch_slots_.push_back(SlotOf(fetches_[i]));
      plan_->fetch_moves_.push_back(!values_[fetches_[i]].is_constant && last_fetch[fetches_[i]] == i);
    }
  }

  void AddStep(uint32_t index) {
    const Draft& draft = drafts_[index];
    Plan::Step step{};
    step.kernel = draft.kernel;
    step.node = draft.node;
    step.reports_itself = draft.reports_itself;
    step.first_input = static_cast<uint32_t>(plan_->inputs_.size());
    step.num_inputs = static_cast<uint32_t>(draft.inputs.size());
    step.first_release = static_cast<uint32_t>(plan_->releases_.size());
    for (uint32_t input : draft.inputs) AddInput(draft, input, index);
    step.first_output = draft.num_outputs == 0 ? 0 : TakeSlots(draft.num_outputs);
    step.num_outputs = draft.num_outputs;
    for (uint32_t i = 0; i < draft.num_outputs; ++i) {
      Value& value = values_[draft.first_output + i];
      value.slot = step.first_output + i;
      if (value.last_step == kNoValue && !value.keep) plan_->releases_.push_back(value.slot);
    }
    step.num_releases = static_cast<uint32_t>(plan_->releases_.size()) - step.first_release;
    for (uint32_t i = 0; i < step.num_releases; ++i) free_slots_.push_back(plan_->releases_[step.first_release + i]);
    plan_->steps_.push_back(step);
  }

  // A kernel may take an input that nobody reads later and that it does not itself read twice.
  void AddInput(const Draft& draft, uint32_t input, uint32_t step) {
    const uint32_t slot = SlotOf(input);
    const Value& value = values_[input];
    const bool last = value.last_step == step && !value.keep;
    const bool twice = std::ranges::count(draft.inputs, input) > 1;
    plan_->inputs_.push_back(last && !twice ? slot | KernelContext::kLastUse : slot);
    if (!last) return;
    auto& releases = plan_->releases_;
    const auto own = std::span(releases).subspan(plan_->steps_.empty() ? 0 : ReleasedBefore());
    if (std::ranges::find(own, slot) == own.end()) releases.push_back(slot);
  }
  size_t ReleasedBefore() const { return plan_->steps_.back().first_release + plan_->steps_.back().num_releases; }

  const PlanRequest& request_;
  const Graph& graph_;
  std::vector<Value> values_;
  std::vector<uint32_t> value_of_;  // node -> its first value
  std::unordered_map<int64_t, uint32_t> fed_;
  std::unordered_set<uint32_t> is_ref_;
  std::vector<Draft> drafts_;
  std::vector<uint32_t> fetches_;
  std::vector<uint32_t> free_slots_;
  std::unique_ptr<Plan> plan_;
};

bool PlanBuilder::IsPure(const Node& node) {
  const Op* op = FindOp(node.op);
  return op != nullptr && op->pure && node.schema != nullptr && !node.schema->stateful;
}

Result<std::unique_ptr<RunnablePlan>> Plan::Build(const PlanRequest& request, std::span<const int32_t> order) {
  return PlanBuilder(request).Build(order);
}

}  // namespace smcli
