// Rules about what callers get.
#include "diff/json_type.h"
#include "diff/rule_walk.h"
#include "diff/spec_rules.h"
#include "diff/spec_text.h"

namespace smcli {
namespace {

constexpr int64_t kOpen = -1;  // a dimension that is not known

void NoDelete(const RuleContext& context, RuleReporter& reporter) {
  ForEachOutput(context, [&](const std::string& place, const SignaturePair&, const SpecPair& pair) {
    if (!pair.after)
      reporter.Add(place, fmt::format("the output {} ({}) is gone", pair.key, SpecTypeText(*pair.before)));
  });
}

void SameJsonForm(const RuleContext& context, RuleReporter& reporter) {
  ForEachKeptSignature(context, [&](const std::string& place, const SignaturePair& pair) {
    const size_t before = pair.before->outputs.size(), after = pair.after->outputs.size();
    if (before == 0 || after == 0 || (before == 1) == (after == 1)) return;
    reporter.Add(place, fmt::format("{} -> {} outputs: the JSON {} their names", before, after,
                                    after == 1 ? "loses" : "now holds"));
  });
}

void JsonTypeNotWidened(const RuleContext& context, RuleReporter& reporter) {
  ForEachKeptOutput(context, [&](const std::string& place, const TensorSpec& before, const TensorSpec& after) {
    if (JsonTypeIncludes(before, after)) return;
    reporter.Add(place, fmt::format("{} -> {}: not every JSON {} that {} gives is a {}", DtypeText(before),
                                    DtypeText(after), JsonTypeName(after.dtype), DtypeText(after), DtypeText(before)));
  });
}

bool SameKnownRank(const PartialShape& a, const PartialShape& b) {
  return a.known_rank() && b.known_rank() && a.rank() == b.rank();
}

bool Contradicts(const PartialShape& before, const PartialShape& after) {
  for (int i = 0; i < before.rank(); ++i) {
    if (before.dim(i) >= 0 && after.dim(i) >= 0 && before.dim(i) != after.dim(i)) return true;
  }
  return false;
}

void ShapeCompatible(const RuleContext& context, RuleReporter& reporter) {
  ForEachKeptOutput(context, [&](const std::string& place, const TensorSpec& before, const TensorSpec& after) {
    if (!SameKnownRank(before.shape, after.shape) || !Contradicts(before.shape, after.shape)) return;
    reporter.Add(place, fmt::format("{} -> {}", ShapeText(before.shape), ShapeText(after.shape)));
  });
}

void ShapeNotWidened(const RuleContext& context, RuleReporter& reporter) {
  ForEachKeptOutput(context, [&](const std::string& place, const TensorSpec& before, const TensorSpec& after) {
    if (!SameKnownRank(before.shape, after.shape) || Contradicts(before.shape, after.shape)) return;
    for (int i = 0; i < before.shape.rank(); ++i) {
      if (before.shape.dim(i) < 0 || after.shape.dim(i) >= 0) continue;
      reporter.Add(place, fmt::format("{} -> {}", ShapeText(before.shape), ShapeText(after.shape)));
      return;
    }
  });
}

void RankKnown(const RuleContext& context, RuleReporter& reporter) {
  ForEachKeptOutput(context, [&](const std::string& place, const TensorSpec& before, const TensorSpec& after) {
    if (!before.shape.known_rank() || after.shape.known_rank()) return;
    reporter.Add(place, fmt::format("{} -> unknown rank", ShapeText(before.shape)));
  });
}

void BatchFirst(const RuleContext& context, RuleReporter& reporter) {
  ForEachKeptOutput(context, [&](const std::string& place, const TensorSpec& before, const TensorSpec& after) {
    const bool had_batch = before.shape.rank() > 0 && before.shape.dim(0) == kOpen;
    if (!had_batch || !after.shape.known_rank()) return;
    if (after.shape.rank() > 0 && after.shape.dim(0) == kOpen) return;
    reporter.Add(place, fmt::format("{} -> {}: the first dimension is the batch no more", ShapeText(before.shape),
                                    ShapeText(after.shape)));
  });
}

constexpr Rule kRules[] = {
    {"SIGNATURE_OUTPUT_NO_DELETE", kPredict | kRest | kGraph, "Checks that no output is deleted from a signature.",
     "Clients read it, or name it in their filter: \"output tensor alias not found in signature\".",
     "Keep the output under its key.", NoDelete},
    {"SIGNATURE_OUTPUT_SAME_JSON_FORM", kRest, "Checks that a signature does not cross between one output and several.",
     "With one output TensorFlow Serving leaves its name out of the JSON; with several each row is an object.",
     "Put the other outputs into a signature of their own.", SameJsonForm},
    {"SIGNATURE_OUTPUT_SAME_DTYPE", kPredict | kGraph, "Checks that an output keeps its dtype.",
     "Clients read the field of the old dtype, and find it empty.", "Cast the output back inside the graph.",
     OfOutputs<KeepsDtype>},
    {"SIGNATURE_OUTPUT_JSON_TYPE_NOT_WIDENED", kRest,
     "Checks that an output's JSON values are ones the old dtype could give.",
     "A client that parses integers stumbles over 1.0, one with 32 bits over larger numbers.",
     "Cast the output back inside the graph.", JsonTypeNotWidened},
    {"SIGNATURE_OUTPUT_SAME_RANK", kPredict | kRest | kGraph, "Checks that an output keeps its rank.",
     "Clients index the result by its old rank.", "Reshape the output inside the graph.", OfOutputs<KeepsRank>},
    {"SIGNATURE_OUTPUT_SHAPE_COMPATIBLE", kPredict | kRest | kGraph,
     "Checks that no known dimension of an output changes its size.",
     "Clients rely on the size: so many classes, so long an embedding.",
     "Add an output, or a signature, of the new size, and keep the old one.", ShapeCompatible},
    {"SIGNATURE_OUTPUT_SHAPE_NOT_WIDENED", kGraph, "Checks that a known dimension of an output stays known.",
     "Programs compiled against the static shape need it.", "Set the static shape of the output before exporting.",
     ShapeNotWidened},
    {"SIGNATURE_OUTPUT_RANK_KNOWN", kRest | kGraph, "Checks that an output of known rank keeps a known rank.",
     "Nothing promises a row per instance any more; of a scalar the server says \"has no shape information\".",
     "Set the static shape of the output before exporting.", RankKnown},
    {"SIGNATURE_OUTPUT_BATCH_FIRST", kRest, "Checks that an output whose first dimension is the batch keeps it.",
     "The row format cuts every output along its first dimension, a row per instance.",
     "Keep the batch first and open, or add an output of the other form.", BatchFirst},
    {"SIGNATURE_OUTPUT_SAME_ENCODING", kPredict | kRest | kGraph,
     "Checks that an output stays dense, sparse or composite.", "Each form is fetched as other tensors.",
     "Convert the output back inside the graph.", OfOutputs<KeepsEncoding>},
    {"SIGNATURE_OUTPUT_SAME_TENSOR_NAME", kGraph, "Checks that an output keeps its tensor name.",
     "Programs that fetch by tensor name do not find it, or fetch another tensor.", "Name the output's node as before.",
     OfOutputs<KeepsTensorName>},
};

}  // namespace

std::span<const Rule> OutputRules() { return kRules; }

}  // namespace smcli
