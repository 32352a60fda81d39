#include "diff/bisect.h"

#include <fmt/format.h>

#include "base/thread_pool.h"
#include "diff/canonical_graph.h"
#include "diff/function_match.h"
#include "diff/node_match.h"

namespace smcli {
namespace {

class MatchedStepNames final : public StepNames {
 public:
  MatchedStepNames(std::unique_ptr<const CanonicalGraph> before, std::unique_ptr<const CanonicalGraph> after)
      : before_(std::move(before)), after_(std::move(after)) {
    main_ = MatchNodes(SideOf(*before_), SideOf(*after_));
    matching_.emplace(*before_, *after_, main_);
    for (const FunctionMatching::Pair& pair : matching_->changed()) {
      pair_of_before_[pair.before] = &pair;
      pair_of_after_[pair.after] = &pair;
    }
  }

  std::string Before(std::string_view function, std::string_view node) const override {
    const int32_t id = before_->FindFunction(function);
    if (id < 0) return Name("", node);
    const auto pair = pair_of_before_.find(id);
    return Name(pair == pair_of_before_.end() ? DigestName(*before_, id) : PairName(*pair->second), node);
  }

  std::optional<std::string> After(std::string_view function, std::string_view node) const override {
    const int32_t id = after_->FindFunction(function);
    if (id < 0) return MatchedName("", before_->main(), after_->main(), main_, node);
    const auto pair = pair_of_after_.find(id);
    if (pair == pair_of_after_.end()) return Name(DigestName(*after_, id), node);
    const Graph* old_graph = before_->functions()[static_cast<size_t>(pair->second->before)].graph.get();
    const Graph* new_graph = after_->functions()[static_cast<size_t>(id)].graph.get();
    return MatchedName(PairName(*pair->second), *old_graph, *new_graph, pair->second->nodes, node);
  }

 private:
  static std::string Name(std::string_view function, std::string_view node) {
    return fmt::format("{}\n{}", function, node);
  }
  static std::string DigestName(const CanonicalGraph& graph, int32_t function) {
    return HexOf(graph.functions()[static_cast<size_t>(function)].digest);
  }
  static std::string PairName(const FunctionMatching::Pair& pair) { return fmt::format("pair {}", pair.before); }

  static std::optional<std::string> MatchedName(std::string_view function, const Graph& before, const Graph& after,
                                                const NodeMatching& nodes, std::string_view node) {
    const int32_t id = after.Find(node);
    const int32_t match = id < 0 ? -1 : nodes.BeforeOf(id);
    return match < 0 ? std::nullopt : std::optional(Name(function, before.node(match).name));
  }

  std::unique_ptr<const CanonicalGraph> before_, after_;
  NodeMatching main_;
  std::optional<FunctionMatching> matching_;
  std::unordered_map<int32_t, const FunctionMatching::Pair*> pair_of_before_, pair_of_after_;
};

// Values that can be compared: no handles.
std::vector<Tensor> Values(std::span<const Tensor> outputs) {
  std::vector<Tensor> values(outputs.begin(), outputs.end());
  for (Tensor& value : values) {
    if (value.dtype() == DataType::kResource || value.dtype() == DataType::kVariant) value.Clear();
  }
  return values;
}

}  // namespace

Result<std::unique_ptr<const StepNames>> StepNames::Make(const MetaGraphPair& pair, ThreadPool& threads) {
  std::vector<Error> problems;
  SMCLI_ASSIGN_OR_RETURN(auto before, CanonicalGraph::Make(*pair.before, threads, problems));
  SMCLI_ASSIGN_OR_RETURN(auto after, CanonicalGraph::Make(*pair.after, threads, problems));
  return std::unique_ptr<const StepNames>(std::make_unique<MatchedStepNames>(std::move(before), std::move(after)));
}

void Bisection::ObserveBefore(const StepInfo& step, std::span<const Tensor> outputs) {
  before_.push_back({names_.Before(step.function, step.node), std::string(step.function), std::string(step.node),
                     std::string(step.op), Values(outputs)});
}

void Bisection::ObserveAfter(const StepInfo& step, std::span<const Tensor> outputs) {
  if (auto name = names_.After(step.function, step.node)) {
    after_[*std::move(name)].push_back({std::string(step.node), Values(outputs)});
  }
}

std::optional<Divergence> Bisection::First(const Tolerances& tolerances) const {
  Divergence first;
  std::unordered_map<std::string_view, size_t> turns;
  for (const Step& step : before_) {
    const size_t turn = turns[step.name]++;
    const auto found = after_.find(step.name);
    if (found == after_.end() || found->second.size() <= turn) {
      ++first.unmatched;
      continue;
    }
    const Turn& after = found->second[turn];
    for (size_t i = 0; i < std::min(step.outputs.size(), after.outputs.size()); ++i) {
      if (!step.outputs[i].has_value() || !after.outputs[i].has_value()) continue;
      first.change = CompareOutput(fmt::format("{}", i), step.outputs[i], after.outputs[i], tolerances);
      if (first.change.changed) {
        first.function = step.function;
        first.node = step.node;
        first.op = step.op;
        if (after.node != step.node) first.node_after = after.node;
        first.turn = static_cast<int64_t>(turn);
        return first;
      }
      ++first.agreed;
    }
  }
  return std::nullopt;
}

}  // namespace smcli
