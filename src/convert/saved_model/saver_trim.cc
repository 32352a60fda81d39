#include "convert/saved_model/saver_trim.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "base/utf8.h"
#include "convert/saved_model/node_inputs.h"
#include "convert/saved_model/restored_values.h"
#include "model/attr_value.h"
#include "model/function_calls.h"

namespace smcli {
namespace {

constexpr int kMaxDepth = 16;
constexpr int kMaxCopies = 1000;
constexpr size_t kFirstSaved = 3;  // SaveV2: prefix, names, slices, then the tensors

bool IsRestore(const DraftNode& node) { return node.op == "RestoreV2"; }

// Everything that trimming one saver shares.
struct Trimming {
  Rewriter& rewriter;
  const SaverLoss& loss;
  const std::set<std::string, std::less<>>& shared;
  std::map<std::string, int> callers;  // of each function: nodes that name it
  int copies = 0;
};

// The main graph, or the body of a function.
class BodyTrim {
 public:
  BodyTrim(Trimming& all, GraphDraft& graph, FunctionDraft* function, int depth)
      : all_(all),
        graph_(graph),
        function_(function),
        depth_(depth),
        lost_(Count(), false),
        had_readers_(Count(), false) {}

  void Keep(const std::vector<bool>& kept) { kept_ = kept; }
  void Lose(int32_t id) {
    if (IsKept(id) || lost_[At(id)]) return;
    lost_[At(id)] = true;
    for (int32_t output = 0; output < std::max(graph_.node(id).num_outputs, 1); ++output) work_.push_back({id, output});
  }

  Status Run() {
    uses_ = graph_.Uses();
    CountReaders();
    for (size_t i = 0; i < Count(); ++i) had_readers_[i] = readers_[i] > 0;
    LoseKeys();
    Spread();
    SMCLI_RETURN_IF_ERROR(CheckResults());
    SMCLI_RETURN_IF_ERROR(TrimSaves());
    SMCLI_RETURN_IF_ERROR(TrimCalls());
    RemoveLost();
    RemoveUseless();
    return TrimRestores();
  }

  // Positions of the function's arguments that nobody needs any more, removed from it; ascending.
  std::vector<size_t> RemoveArgs() {
    std::vector<size_t> gone;
    for (size_t i = 0; i < function_->args.size(); ++i) {
      const int32_t node = function_->args[i].node;
      if (lost_[At(node)] || (had_readers_[At(node)] && readers_[At(node)] == 0)) gone.push_back(i);
    }
    for (auto i = gone.rbegin(); i != gone.rend(); ++i) {
      graph_.Remove(function_->args[*i].node);
      function_->args.erase(function_->args.begin() + static_cast<int64_t>(*i));
    }
    return gone;
  }

 private:
  size_t Count() const { return static_cast<size_t>(graph_.size()); }
  static size_t At(int32_t id) { return static_cast<size_t>(id); }
  bool IsKept(int32_t id) const { return At(id) < kept_.size() && kept_[At(id)]; }

  // Who waits for a RestoreV2 without taking a value from it does not count.
  void CountReaders() {
    readers_.assign(Count(), 0);
    for (int32_t id = 0; id < graph_.size(); ++id) {
      const DraftNode& node = graph_.node(id);
      for (const Endpoint& input : node.inputs) {
        if (input.node >= 0) ++readers_[At(input.node)];
      }
      for (const int32_t producer : node.control_inputs) readers_[At(producer)] += !IsRestore(graph_.node(producer));
    }
    if (function_ == nullptr) return;
    for (const auto& ret : function_->rets) ++readers_[At(ret.source.node)];
    for (const auto& [name, id] : function_->control_rets) readers_[At(id)] += !IsRestore(graph_.node(id));
  }

  void LoseKeys() {
    for (int32_t id = 0; id < graph_.size(); ++id) {
      const DraftNode& node = graph_.node(id);
      if (node.removed || IsKept(id) || (!IsRestore(node) && node.op != "SaveV2")) continue;
      const auto keys = ConstStrings(graph_, id, 1);
      if (!keys) continue;
      for (size_t i = 0; i < keys->size(); ++i) {
        if (!all_.loss.keys.contains((*keys)[i])) continue;
        if (IsRestore(node)) {
          work_.push_back({id, static_cast<int32_t>(i)});
        } else {
          unsaved_[id].insert(i + kFirstSaved);
        }
      }
    }
  }

  // Whoever reads what is lost is lost, but for those that can do without one input.
  void Spread() {
    while (!work_.empty()) {
      const Endpoint lost = work_.back();
      work_.pop_back();
      for (const DraftUse& use : uses_[At(lost.node)]) {
        if (use.output != lost.output || use.input < 0) continue;
        const DraftNode& reader = graph_.node(use.node);
        const auto input = static_cast<size_t>(use.input);
        if (reader.op == "SaveV2" && input >= kFirstSaved) {
          unsaved_[use.node].insert(input);
        } else if (IsPartitionedCall(reader.op)) {
          lost_args_[use.node].insert(input);
        } else {
          Lose(use.node);
        }
      }
    }
  }

  Status CheckResults() const {
    if (function_ == nullptr) return {};
    for (const auto& ret : function_->rets) {
      if (!lost_[At(ret.source.node)]) continue;
      return UnsupportedError("function {}: its result {} needs a variable that goes", Quoted(function_->name),
                              Quoted(ret.name));
    }
    return {};
  }

  // Leaves out elements of the node's lists of keys and slices, which become constants of its own.
  Status SetKeys(int32_t id, const std::set<size_t>& gone) {
    for (const size_t input : {size_t{1}, size_t{2}}) {
      auto strings = ConstStrings(graph_, id, input);
      if (!strings) {
        return UnsupportedError("node {} ({}): the graph computes its list of keys, so none can be left out",
                                Quoted(graph_.node(id).name), graph_.node(id).op);
      }
      std::vector<std::string> left;
      for (size_t i = 0; i < strings->size(); ++i) {
        if (!gone.contains(i)) left.push_back(std::move((*strings)[i]));
      }
      const auto count = static_cast<int64_t>(left.size());
      const DraftNode old = graph_.node(graph_.node(id).inputs[input].node);
      const int32_t list = graph_.AddConst(old.name, Tensor::Strings(Shape{count}, std::move(left)));
      graph_.node(list).device = old.device;
      graph_.node(list).control_inputs = old.control_inputs;
      graph_.node(id).inputs[input] = {list, 0};
    }
    lost_.resize(Count(), false);
    had_readers_.resize(Count(), true);
    graph_.RemoveAttr(id, "_output_shapes");  // one for each of the former outputs; TensorFlow compares
    return DropTypes(graph_, id, "dtypes", gone);
  }

  Status TrimSaves() {
    for (const auto& [id, inputs] : unsaved_) {
      if (lost_[At(id)]) continue;
      std::set<size_t> gone;
      for (const size_t input : inputs) gone.insert(input - kFirstSaved);
      DropInputs(graph_.node(id), inputs);
      if (graph_.node(id).inputs.size() == kFirstSaved) {
        Lose(id);  // nothing is left to save
        continue;
      }
      SMCLI_RETURN_IF_ERROR(SetKeys(id, gone));
    }
    return {};
  }

  Status TrimCalls() {
    for (int32_t id = 0; id < graph_.size(); ++id) {
      const DraftNode& node = graph_.node(id);
      if (node.removed || lost_[At(id)] || IsKept(id) || !IsPartitionedCall(node.op)) continue;
      SMCLI_RETURN_IF_ERROR(TrimCall(id));
    }
    return {};
  }

  Status TrimCall(int32_t id) {
    const auto function = graph_.attrs(id).Func("f");
    const std::set<size_t>& lost_args = lost_args_[id];
    if (!function.ok() || !all_.rewriter.HasFunction(function->name) || depth_ >= kMaxDepth) return {};
    if (lost_args.empty() && !TouchesCheckpoint(function->name)) return {};
    const bool copy = all_.shared.contains(function->name) || all_.callers[function->name] > 1;
    std::optional<FunctionDraft> instance;
    FunctionDraft* callee = nullptr;
    if (copy) {
      if (++all_.copies > kMaxCopies) return UnsupportedError("the saver calls too many functions to be trimmed");
      SMCLI_ASSIGN_OR_RETURN(instance, all_.rewriter.Instantiate(*function));
      callee = &*instance;
    } else {
      SMCLI_ASSIGN_OR_RETURN(callee, all_.rewriter.Function(function->name));
    }
    BodyTrim body(all_, callee->body, callee, depth_ + 1);
    for (const size_t arg : lost_args) {
      if (arg < callee->args.size()) body.Lose(callee->args[arg].node);
    }
    SMCLI_RETURN_IF_ERROR(body.Run().Annotate(fmt::format("function '{}'", function->name)));
    const std::vector<size_t> removed = body.RemoveArgs();
    const std::set<size_t> gone(removed.begin(), removed.end());
    if (copy) {
      const FunctionDraft* added = all_.rewriter.AddFunction(*std::move(instance));
      graph_.SetAttr(id, "f", FunctionAttr(added->name));
    }
    if (gone.empty()) return {};
    DropInputs(graph_.node(id), gone);
    graph_.RemoveAttr(id, "_read_only_resource_inputs");
    return DropTypes(graph_, id, "Tin", gone);
  }

  bool TouchesCheckpoint(const std::string& name) {
    const auto draft = all_.rewriter.Function(name);
    if (!draft.ok()) return false;
    for (int32_t id = 0; id < (*draft)->body.size(); ++id) {
      const DraftNode& node = (*draft)->body.node(id);
      if (!node.removed && (IsRestore(node) || node.op == "SaveV2" || IsPartitionedCall(node.op))) return true;
    }
    return false;
  }

  void RemoveLost() {
    std::vector<bool> gone = lost_;
    gone.resize(Count(), false);
    for (size_t i = 0; i < gone.size(); ++i) {
      if (gone[i] && graph_.node(static_cast<int32_t>(i)).op == "_Arg") gone[i] = false;
    }
    Forget(gone);
  }

  // Removes nodes and every edge that leads to them.
  void Forget(const std::vector<bool>& gone) {
    for (int32_t id = 0; id < graph_.size(); ++id) {
      std::erase_if(graph_.node(id).control_inputs, [&](int32_t producer) { return gone[At(producer)]; });
      if (gone[At(id)]) graph_.Remove(id);
    }
    if (function_ == nullptr) return;
    std::erase_if(function_->control_rets, [&](const auto& ret) { return gone[At(ret.second)]; });
  }

  // What had readers and has none any more.
  void RemoveUseless() {
    CountReaders();
    std::vector<bool> gone(Count(), false);
    std::vector<int32_t> useless;
    const auto look = [&](int32_t id) {
      const DraftNode& node = graph_.node(id);
      if (readers_[At(id)] > 0 || !had_readers_[At(id)] || node.removed || IsKept(id) || node.op == "_Arg") return;
      if (gone[At(id)]) return;
      gone[At(id)] = true;
      useless.push_back(id);
    };
    for (int32_t id = 0; id < graph_.size(); ++id) look(id);
    while (!useless.empty()) {
      const DraftNode& node = graph_.node(useless.back());
      useless.pop_back();
      for (const Endpoint& input : node.inputs) {
        if (input.node < 0) continue;
        --readers_[At(input.node)];
        look(input.node);
      }
      for (const int32_t producer : node.control_inputs) {
        if (IsRestore(graph_.node(producer))) continue;
        --readers_[At(producer)];
        look(producer);
      }
    }
    Forget(gone);
  }

  // Outputs that somebody read and nobody reads now.
  Status TrimRestores() {
    const auto now = graph_.Uses();
    for (int32_t id = 0; id < static_cast<int32_t>(uses_.size()); ++id) {
      if (graph_.node(id).removed || IsKept(id) || !IsRestore(graph_.node(id))) continue;
      std::set<int32_t> before, after;
      for (const DraftUse& use : uses_[At(id)]) before.insert(use.output);
      for (const DraftUse& use : now[At(id)]) after.insert(use.output);
      std::set<size_t> gone;
      for (const int32_t output : before) {
        if (output >= 0 && !after.contains(output)) gone.insert(static_cast<size_t>(output));
      }
      if (gone.empty()) continue;
      SMCLI_RETURN_IF_ERROR(SetKeys(id, gone));
      graph_.Retype(id);
      for (const DraftUse& use : now[At(id)]) {
        if (use.input < 0) continue;
        const auto before_it = std::distance(gone.begin(), gone.lower_bound(static_cast<size_t>(use.output)));
        graph_.node(use.node).inputs[static_cast<size_t>(use.input)].output -= static_cast<int32_t>(before_it);
      }
    }
    RemoveUnusedLists(now);
    return {};
  }

  // The constants that the lists of keys replaced.
  void RemoveUnusedLists(const std::vector<std::vector<DraftUse>>& before) {
    const auto now = graph_.Uses();
    for (int32_t id = 0; id < static_cast<int32_t>(before.size()); ++id) {
      if (graph_.IsConst(id) && !IsKept(id) && !before[At(id)].empty() && now[At(id)].empty()) graph_.Remove(id);
    }
  }

  Trimming& all_;
  GraphDraft& graph_;
  FunctionDraft* function_;  // null: the main graph
  int depth_;
  std::vector<bool> kept_;
  std::vector<bool> lost_;
  std::vector<bool> had_readers_;
  std::vector<int64_t> readers_;
  std::vector<std::vector<DraftUse>> uses_;  // as they were
  std::vector<Endpoint> work_;
  std::map<int32_t, std::set<size_t>> unsaved_;    // inputs of SaveV2 nodes
  std::map<int32_t, std::set<size_t>> lost_args_;  // of calls
};

}  // namespace

Status TrimSaver(Rewriter& rewriter, const SaverLoss& loss, const std::vector<bool>& kept,
                 const std::set<std::string, std::less<>>& shared) {
  Trimming all{rewriter, loss, shared, {}, 0};
  const GraphDraft& graph = rewriter.graph();
  for (int32_t id = 0; id < graph.size(); ++id) {
    if (graph.node(id).removed) continue;
    for (const std::string& name : graph.FunctionsOf(id)) ++all.callers[name];
  }
  for (const std::string& function : rewriter.functions()) {
    SMCLI_ASSIGN_OR_RETURN(const std::vector<std::string> names, rewriter.FunctionsOf(function));
    for (const std::string& name : names) ++all.callers[name];
  }
  BodyTrim main(all, rewriter.graph(), nullptr, 0);
  main.Keep(kept);
  for (const int32_t node : loss.nodes) main.Lose(node);
  return main.Run();
}

}  // namespace smcli
