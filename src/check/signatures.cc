// Signatures against the graph, and against what servers ask of them.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "base/text.h"
#include "check/names.h"
#include "check/passes.h"
#include "check/tensor_facts.h"

namespace smcli {
namespace {

constexpr std::string_view kPredict = "tensorflow/serving/predict";
constexpr std::string_view kClassify = "tensorflow/serving/classify";
constexpr std::string_view kRegress = "tensorflow/serving/regress";

class SignatureChecker {
 public:
  // `facts`: null where there is no graph.
  SignatureChecker(const GraphSubject& subject, const Signature& signature, FactReader* facts, FindingCollector& found)
      : subject_(subject), signature_(signature), facts_(facts), found_(found) {}

  void Run() {
    CheckName(signature_.key, "the signature", signature_.key);
    CheckSide(signature_.inputs, "inputs", false);
    CheckSide(signature_.outputs, "outputs", true);
    CheckDefaults();
    if (signature_.outputs.empty()) Report("SIGNATURE_OUTPUT_PRESENT", signature_.key, "has no outputs");
    CheckMethod();
  }

 private:
  void Report(std::string_view rule, std::string_view place, std::string message) {
    found_.Add(rule, subject_.model.model_file, subject_.PlaceIn(fmt::format("signature {}", place)),
               std::move(message));
  }

  void CheckName(std::string_view name, std::string_view what, std::string_view place) {
    if (name.empty()) {
      Report("SIGNATURE_KEY_NAMED", place.empty() ? "''" : place, fmt::format("{} has an empty name", what));
    } else if (HasControls(name)) {
      Report("SIGNATURE_KEY_NAMED", place, fmt::format("the name of {} holds control characters", what));
    }
  }

  void CheckSide(std::span<const TensorSpec> specs, std::string_view side, bool outputs) {
    for (const TensorSpec& spec : specs) {
      CheckName(spec.key, outputs ? "an output" : "an input", fmt::format("{}.{}", signature_.key, side));
    }
    for (const TensorSpec& spec : FlattenSpecs(specs)) {
      CheckTensor(spec, fmt::format("{}.{}.{}", signature_.key, side, spec.key), outputs);
    }
  }

  void CheckTensor(const TensorSpec& spec, const std::string& place, bool output) {
    if (spec.tensor_name.empty()) return Report("SIGNATURE_TENSOR_EXISTS", place, "names no tensor");
    if (facts_ == nullptr) return;
    const Graph& graph = *subject_.graph;
    // An output may be an operation, which is run and has no value.
    if (const int32_t node = graph.Find(spec.tensor_name); output && node >= 0 && graph.node(node).num_outputs == 0)
      return;
    const auto endpoint = graph.FindTensor(spec.tensor_name);
    if (!endpoint.ok()) {
      return Report("SIGNATURE_TENSOR_EXISTS", place,
                    fmt::format("the tensor {} is not in the graph", spec.tensor_name));
    }
    const TensorFacts facts = facts_->Of(*endpoint);
    if (facts.dtype != DataType::kInvalid && spec.dtype != facts.dtype) {
      Report("SIGNATURE_DTYPE_MATCHES", place,
             fmt::format("says {}, and the tensor {} is {}",
                         spec.dtype == DataType::kInvalid ? fmt::format("dtype {}", spec.dtype_number)
                                                          : std::string(NumpyName(spec.dtype)),
                         spec.tensor_name, NumpyName(facts.dtype)));
    }
    if (spec.has_shape && !spec.shape.CompatibleWith(facts.shape)) {
      Report("SIGNATURE_SHAPE_MATCHES", place,
             fmt::format("says shape {}, and the tensor {} has {}", spec.shape.ToString(), spec.tensor_name,
                         facts.shape.ToString()));
    }
  }

  void CheckDefaults() {
    const std::vector<TensorSpec> inputs = FlattenSpecs(signature_.inputs);
    for (const auto& [key, value] : signature_.defaults) {
      const std::string place = fmt::format("{}.defaults.{}", signature_.key, key);
      const auto input = std::ranges::find(inputs, key, &TensorSpec::key);
      if (input == inputs.end()) {
        Report("SIGNATURE_DEFAULT_MATCHES", place, "there is no such input");
      } else if (input->dtype != value.dtype() || !input->shape.Accepts(value.shape())) {
        Report("SIGNATURE_DEFAULT_MATCHES", place,
               fmt::format("is {} of shape {}, and the input is {} of shape {}", NumpyName(value.dtype()),
                           value.shape().ToString(), NumpyName(input->dtype), input->shape.ToString()));
      }
    }
  }

  void CheckMethod() {
    const std::string& method = signature_.method_name;
    if (method == kClassify) return CheckClassify();
    if (method == kRegress) return CheckRegress();
    // Training and evaluation have methods of their own, which are not for servers.
    if (method == kPredict || method.starts_with("tensorflow/supervised/")) return;
    Report("SIGNATURE_METHOD_NAME", signature_.key,
           method.empty() ? "has no method name" : fmt::format("has the method {}, which no server knows", method));
  }

  void CheckExampleInput(std::string_view rule) {
    const TensorSpec* input = signature_.FindInput("inputs");
    if (input == nullptr || signature_.inputs.size() != 1) {
      Report(rule, signature_.key, "its only input is to be 'inputs'");
    } else if (input->dtype != DataType::kString) {
      Report("SIGNATURE_TAKES_EXAMPLES", signature_.key,
             fmt::format("its input is {}, and requests bring serialized tf.Examples", NumpyName(input->dtype)));
    }
  }

  void CheckClassify() {
    CheckExampleInput("SIGNATURE_CLASSIFY_FORM");
    const TensorSpec* classes = signature_.FindOutput("classes");
    const TensorSpec* scores = signature_.FindOutput("scores");
    const size_t known = (classes != nullptr ? 1 : 0) + (scores != nullptr ? 1 : 0);
    if (known == 0 || known != signature_.outputs.size()) {
      Report("SIGNATURE_CLASSIFY_FORM", signature_.key, "its outputs are to be 'classes', 'scores' or both");
    }
    if (classes != nullptr) CheckOutput("SIGNATURE_CLASSIFY_FORM", *classes, DataType::kString, 2);
    if (scores != nullptr) CheckOutput("SIGNATURE_CLASSIFY_FORM", *scores, DataType::kFloat, 2);
  }

  void CheckRegress() {
    CheckExampleInput("SIGNATURE_REGRESS_FORM");
    const TensorSpec* outputs = signature_.FindOutput("outputs");
    if (outputs == nullptr || signature_.outputs.size() != 1) {
      return Report("SIGNATURE_REGRESS_FORM", signature_.key, "its only output is to be 'outputs'");
    }
    CheckOutput("SIGNATURE_REGRESS_FORM", *outputs, DataType::kFloat, 1);
  }

  // A regression may have a second dimension of 1.
  void CheckOutput(std::string_view rule, const TensorSpec& spec, DataType dtype, int rank) {
    const std::string place = fmt::format("{}.outputs.{}", signature_.key, spec.key);
    if (spec.dtype != dtype) {
      Report(rule, place, fmt::format("is {}, and {} is wanted", NumpyName(spec.dtype), NumpyName(dtype)));
    }
    const int found = spec.shape.rank();
    if (found < 0 || found == rank || (rank == 1 && found == 2)) return;
    Report(rule, place,
           fmt::format("has shape {}, and {} is wanted", spec.shape.ToString(),
                       rank == 2 ? "[batch,classes]" : "[batch] or [batch,1]"));
  }

  const GraphSubject& subject_;
  const Signature& signature_;
  FactReader* facts_;
  FindingCollector& found_;
};

}  // namespace

void CheckSignatures(const GraphSubject& subject, FindingCollector& found) {
  if (subject.model.model->frozen()) return;
  std::optional<FactReader> facts;
  if (subject.graph) facts.emplace(*subject.graph, subject.context);
  bool any = false;
  for (const Signature& signature : subject.meta.signatures()) {
    if (signature.internal()) continue;
    any = true;
    SignatureChecker(subject, signature, facts ? &*facts : nullptr, found).Run();
  }
  if (!any) {
    found.Add("SIGNATURE_PRESENT", subject.model.model_file, subject.place,
              "there is no signature that could be called");
  }
}

void CheckTagSets(const CheckSubject& subject, FindingCollector& found) {
  if (subject.model->frozen() || subject.model->meta_graphs().empty()) return;
  std::set<std::string> seen;
  for (const auto& meta_graph : subject.model->meta_graphs()) {
    const std::string tags = meta_graph->TagText();
    if (seen.insert(tags).second) continue;
    found.Add("META_GRAPH_TAGS_UNIQUE", subject.model_file, fmt::format("meta-graph {{{}}}", tags),
              "a meta-graph before it has the same tags");
  }
  if (seen.contains("serve")) return;
  std::vector<std::string> sets;
  for (const std::string& tags : seen) sets.push_back(tags.empty() ? "one without tags" : fmt::format("{{{}}}", tags));
  found.Add("SERVING_TAG_SERVE", subject.model_file, "",
            fmt::format("no meta-graph has exactly the tag serve; there is {}", fmt::join(sets, ", ")));
}

}  // namespace smcli
