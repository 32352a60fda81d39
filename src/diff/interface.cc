#include "diff/interface.h"

#include <algorithm>

#include "diff/spec_text.h"

namespace smcli {
namespace {

class InterfaceDiff {
 public:
  explicit InterfaceDiff(std::span<const MetaGraphPair> meta_graphs) : meta_graphs_(meta_graphs) {}

  std::vector<Change> Run() {
    for (const MetaGraphPair& pair : meta_graphs_) {
      meta_graph_ = &pair;
      if (!pair.kept()) {
        Presence(pair.before != nullptr, fmt::format("tag set {{{}}}", pair.tags), "");
        continue;
      }
      for (const SignaturePair& signature : pair.signatures) DiffSignature(signature);
    }
    return std::move(changes_);
  }

 private:
  void Add(Change change) { changes_.push_back(std::move(change)); }

  void Presence(bool removed, std::string where, std::string text) {
    Change change{removed ? ChangeKind::kRemoved : ChangeKind::kAdded, std::move(where), {}, {}, {}};
    (removed ? change.before : change.after) = std::move(text);
    Add(std::move(change));
  }

  std::string Place(std::string_view rest) const { return PlaceOf(meta_graphs_, *meta_graph_, rest); }

  void DiffSignature(const SignaturePair& pair) {
    if (!pair.kept()) {
      const Signature& only = pair.before ? *pair.before : *pair.after;
      Presence(
          pair.before != nullptr, Place(pair.key),
          fmt::format("signature of {} input{} and {} output{}", only.inputs.size(), only.inputs.size() == 1 ? "" : "s",
                      only.outputs.size(), only.outputs.size() == 1 ? "" : "s"));
      return;
    }
    if (pair.before->method_name != pair.after->method_name) {
      Add({ChangeKind::kChanged, Place(pair.key), pair.before->method_name, pair.after->method_name, "method name"});
    }
    DiffSpecs(pair, "inputs", pair.inputs);
    DiffSpecs(pair, "outputs", pair.outputs);
    for (const SpecPair& input : pair.inputs) DiffDefault(pair, input);
  }

  void DiffSpecs(const SignaturePair& signature, std::string_view side, std::span<const SpecPair> specs) {
    for (const SpecPair& pair : specs) {
      const std::string where = Place(fmt::format("{}.{}.{}", signature.key, side, pair.key));
      if (!pair.kept()) {
        Presence(pair.before != nullptr, where, SpecTypeText(pair.before ? *pair.before : *pair.after));
      } else if (!SameInterface(*pair.before, *pair.after)) {
        Add({ChangeKind::kChanged, where, SpecTypeText(*pair.before), SpecTypeText(*pair.after), ""});
      }
    }
  }

  void DiffDefault(const SignaturePair& signature, const SpecPair& input) {
    const Tensor* before = signature.before->FindDefault(input.key);
    const Tensor* after = signature.after->FindDefault(input.key);
    if ((!before && !after) || (before && after && SameTensor(*before, *after))) return;
    const ChangeKind kind = !before ? ChangeKind::kAdded : !after ? ChangeKind::kRemoved : ChangeKind::kChanged;
    Add({kind, Place(fmt::format("{}.inputs.{}", signature.key, input.key)), before ? DefaultText(*before) : "",
         after ? DefaultText(*after) : "", "default"});
  }

  std::span<const MetaGraphPair> meta_graphs_;
  const MetaGraphPair* meta_graph_ = nullptr;
  std::vector<Change> changes_;
};

}  // namespace

std::vector<Change> DiffInterface(std::span<const MetaGraphPair> meta_graphs) {
  return InterfaceDiff(meta_graphs).Run();
}

std::string PlaceOf(std::span<const MetaGraphPair> meta_graphs, const MetaGraphPair& meta_graph,
                    std::string_view rest) {
  const auto kept = std::ranges::count_if(meta_graphs, &MetaGraphPair::kept);
  if (kept < 2) return std::string(rest);
  return fmt::format("{{{}}} {}", meta_graph.tags, rest);
}

bool SameInterface(const TensorSpec& a, const TensorSpec& b) {
  return a.encoding == b.encoding && a.dtype_number == b.dtype_number && a.shape == b.shape &&
         a.type_name == b.type_name && std::ranges::equal(a.components, b.components, SameInterface);
}

}  // namespace smcli
