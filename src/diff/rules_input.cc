// Rules about what callers send.
#include "diff/json_type.h"
#include "diff/rule_walk.h"
#include "diff/spec_rules.h"
#include "diff/spec_text.h"

namespace smcli {
namespace {

void NoDelete(const RuleContext& context, RuleReporter& reporter) {
  ForEachInput(context, [&](const std::string& place, const SignaturePair&, const SpecPair& pair) {
    if (!pair.after)
      reporter.Add(place, fmt::format("the input {} ({}) is gone", pair.key, SpecTypeText(*pair.before)));
  });
}

void NoAddUnlessDefault(const RuleContext& context, RuleReporter& reporter) {
  ForEachInput(context, [&](const std::string& place, const SignaturePair& signature, const SpecPair& pair) {
    if (pair.before || signature.after->FindDefault(pair.key)) return;
    reporter.Add(place,
                 fmt::format("the input {} ({}) is new and has no default", pair.key, SpecTypeText(*pair.after)));
  });
}

void NoAddJson(const RuleContext& context, RuleReporter& reporter) {
  ForEachInput(context, [&](const std::string& place, const SignaturePair& signature, const SpecPair& pair) {
    if (pair.before) return;
    const size_t before = signature.before->inputs.size(), after = signature.after->inputs.size();
    std::string message = fmt::format("the input {} ({}) is new", pair.key, SpecTypeText(*pair.after));
    if (before != after) message += fmt::format(": {} -> {} inputs", before, after);
    reporter.Add(place, std::move(message));
  });
}

void DefaultNoDelete(const RuleContext& context, RuleReporter& reporter) {
  ForEachInput(context, [&](const std::string& place, const SignaturePair& signature, const SpecPair& pair) {
    if (!pair.kept() || signature.after->FindDefault(pair.key)) return;
    if (const Tensor* value = signature.before->FindDefault(pair.key)) {
      reporter.Add(place, fmt::format("the default {} is gone", DefaultText(*value)));
    }
  });
}

void SameDefault(const RuleContext& context, RuleReporter& reporter) {
  ForEachInput(context, [&](const std::string& place, const SignaturePair& signature, const SpecPair& pair) {
    if (!pair.kept()) return;
    const Tensor* before = signature.before->FindDefault(pair.key);
    const Tensor* after = signature.after->FindDefault(pair.key);
    if (!before || !after || SameTensor(*before, *after)) return;
    reporter.Add(place, fmt::format("default {} -> {}", DefaultText(*before), DefaultText(*after)));
  });
}

void JsonTypeNotNarrowed(const RuleContext& context, RuleReporter& reporter) {
  ForEachKeptInput(context, [&](const std::string& place, const TensorSpec& before, const TensorSpec& after) {
    if (JsonTypeIncludes(after, before)) return;
    reporter.Add(place, fmt::format("{} -> {}: not every JSON {} that {} took is a {}", DtypeText(before),
                                    DtypeText(after), JsonTypeName(before.dtype), DtypeText(before), DtypeText(after)));
  });
}

// Ranks that are both known and differ are another rule's business.
bool Narrowed(const PartialShape& before, const PartialShape& after) {
  if (!after.known_rank()) return false;
  if (!before.known_rank()) return true;
  if (before.rank() != after.rank()) return false;
  for (int i = 0; i < before.rank(); ++i) {
    if (after.dim(i) >= 0 && after.dim(i) != before.dim(i)) return true;
  }
  return false;
}

void ShapeNotNarrowed(const RuleContext& context, RuleReporter& reporter) {
  ForEachKeptInput(context, [&](const std::string& place, const TensorSpec& before, const TensorSpec& after) {
    if (!Narrowed(before.shape, after.shape)) return;
    reporter.Add(place, fmt::format("{} -> {}", ShapeText(before.shape), ShapeText(after.shape)));
  });
}

constexpr Rule kRules[] = {
    {"SIGNATURE_INPUT_NO_DELETE", kPredict | kRest | kGraph, "Checks that no input is deleted from a signature.",
     "Clients still send it, and the server refuses the request: \"Sent extra\".",
     "Keep the input; the graph may ignore it.", NoDelete},
    {"SIGNATURE_INPUT_NO_ADD_UNLESS_DEFAULT", kPredict | kGraph,
     "Checks that no input without a default is added to a signature.",
     "Clients do not send it, and the server refuses the request: \"Missing but required\".",
     "Give the input a default in the SignatureDef, or add a signature and keep the old one.", NoAddUnlessDefault},
    {"SIGNATURE_INPUT_NO_ADD_JSON", kRest, "Checks that no input is added to a signature, with a default or without.",
     "The JSON parser wants the keys of every instance to equal the signature's inputs, and refuses the bare form as "
     "soon "
     "as there are two.",
     "Add a signature with the input, and keep the old one for REST clients.", NoAddJson},
    {"SIGNATURE_INPUT_DEFAULT_NO_DELETE", kPredict, "Checks that an input keeps having a default.",
     "Clients that leave the input out are refused from now on.", "Keep the entry in the SignatureDef's defaults.",
     DefaultNoDelete},
    {"SIGNATURE_INPUT_SAME_DEFAULT", kPredict, "Checks that the default of an input keeps its value.",
     "Clients that leave the input out get other answers without having changed anything.",
     "Keep the value, or tell these clients to send it.", SameDefault},
    {"SIGNATURE_INPUT_SAME_DTYPE", kPredict | kGraph, "Checks that an input keeps its dtype.",
     "The server does not cast: it refuses tensors of the old dtype.",
     "Keep the dtype of the input and cast inside the graph.", OfInputs<KeepsDtype>},
    {"SIGNATURE_INPUT_JSON_TYPE_NOT_NARROWED", kRest,
     "Checks that an input's dtype still accepts the JSON values the old one accepted.",
     "JSON has no dtypes, but a decimal does not fit an integer, nor a large integer a small one.",
     "Keep the dtype, or move up: int32 to int64 to float.", JsonTypeNotNarrowed},
    {"SIGNATURE_INPUT_SAME_RANK", kPredict | kRest | kGraph, "Checks that an input keeps its rank.",
     "Requests of the old rank are refused, or broadcast into something else.",
     "Keep the rank of the input and reshape inside the graph.", OfInputs<KeepsRank>},
    {"SIGNATURE_INPUT_SHAPE_NOT_NARROWED", kPredict | kRest | kGraph,
     "Checks that an input accepts every shape the old one accepted.",
     "Requests of a shape that was fine are refused: a batch of two by [1,3], any by [8,3].",
     "Export with an input signature that leaves the dimension open.", ShapeNotNarrowed},
    {"SIGNATURE_INPUT_SAME_ENCODING", kPredict | kRest | kGraph,
     "Checks that an input stays dense, sparse or composite.", "Each form is fed as other tensors.",
     "Keep the form of the input and convert inside the graph.", OfInputs<KeepsEncoding>},
    {"SIGNATURE_INPUT_SAME_TENSOR_NAME", kGraph, "Checks that an input keeps its tensor name.",
     "Programs that feed by tensor name do not find it.", "Name the placeholder as before.", OfInputs<KeepsTensorName>},
};

}  // namespace

std::span<const Rule> InputRules() { return kRules; }

}  // namespace smcli
