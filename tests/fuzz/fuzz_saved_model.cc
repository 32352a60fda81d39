// A SavedModel message, or a GraphDef, of any bytes: every part of it that anyone may ask for.

#include <cstddef>
#include <cstdint>
#include <string>

#include "model/saved_model.h"

namespace smcli {
namespace {

void AskEverything(const MetaGraph& graph) {
  (void)graph.Outline().ok();
  (void)graph.Assets().ok();
  (void)graph.InitOpName().ok();
  (void)graph.Collections().ok();
  (void)graph.CollectionVariables("variables").ok();
  (void)graph.CheckVersions().ok();
  (void)graph.PickSignature(std::nullopt).ok();
  for (const Signature& signature : graph.signatures()) (void)FlattenSpecs(signature.inputs).size();
  const auto objects = graph.object_graph();
  if (objects.ok() && *objects != nullptr) {
    (void)(*objects)->Paths().size();
    (void)(*objects)->Resolve("a.b.0").ok();
    for (const ConcreteFunction& function : (*objects)->concrete_functions()) {
      (void)FlattenStructure(function.input_signature).size();
    }
  }
}

}  // namespace
}  // namespace smcli

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace smcli;
  const auto model =
      SavedModel::FromBytes(SharedBytes(std::string(reinterpret_cast<const char*>(data), size)), "saved_model.pb");
  if (!model.ok()) return 0;
  (void)model->Validate().ok();
  (void)model->PickMetaGraph(std::nullopt).ok();
  for (const auto& graph : model->meta_graphs()) AskEverything(*graph);
  return 0;
}
