// What loaders run and rebuild: the initialiser, the restore op, and the objects of a V2 export with their functions.
#include <fmt/format.h>

#include <algorithm>

#include "check/passes.h"

namespace smcli {
namespace {

void CheckInitOp(const GraphSubject& subject, FindingCollector& found) {
  const auto name = subject.meta.InitOpName();
  if (!name.ok()) return found.AddProblem(name.error(), "INIT_OP_EXISTS", subject.model.model_file, subject.place);
  if (name->empty() || subject.FindNode(*name) >= 0) return;
  found.Add("INIT_OP_EXISTS", subject.model.model_file, subject.place,
            fmt::format("the initialiser {} is not in the graph", *name));
}

void CheckRestoreOp(const GraphSubject& subject, FindingCollector& found) {
  const auto& saver = subject.meta.saver();
  if (!saver) return;
  const auto check = [&](std::string_view what, const std::string& name) {
    if (subject.FindNode(name) >= 0) return;
    found.Add(
        "RESTORE_OP_EXISTS", subject.model.model_file, subject.PlaceIn("saver"),
        name.empty() ? fmt::format("names no {}", what) : fmt::format("the {} {} is not in the graph", what, name));
  };
  check("restore op", saver->restore_op_name);
  check("filename tensor", saver->filename_tensor_name);
  check("save op", saver->save_tensor_name);
}

// Whether a value of the structure, however deep, has no kind: TensorFlow then has "no encoder" for it.
bool IsIncomplete(const StructuredValue& value) {
  return value.kind == StructuredValue::Kind::kUnset || std::ranges::any_of(value.items, IsIncomplete);
}

class ObjectChecker {
 public:
  ObjectChecker(const GraphSubject& subject, const ObjectGraph& objects, FindingCollector& found)
      : subject_(subject), objects_(objects), found_(found), paths_(objects.Paths()) {
    const auto assets = subject.meta.Assets();
    if (assets.ok()) num_assets_ = static_cast<int64_t>(assets->size());
  }

  void Run() {
    for (const ConcreteFunction& function : objects_.concrete_functions()) CheckConcrete(function);
    for (size_t i = 0; i < objects_.nodes().size(); ++i) CheckObject(static_cast<int32_t>(i));
  }

 private:
  std::string PlaceOf(int32_t id) const {
    const auto& path = paths_[static_cast<size_t>(id)];
    return subject_.PlaceIn(fmt::format("object {}", path && !path->empty() ? *path : std::to_string(id)));
  }
  void Report(std::string_view rule, std::string_view place, std::string message) {
    found_.Add(rule, subject_.model.model_file, place, std::move(message));
  }

  void CheckObject(int32_t id) {
    const SavedObject& object = objects_.node(id);
    for (const std::string& name : object.concrete_functions) {
      if (objects_.FindConcreteFunction(name) != nullptr) continue;  // CheckConcrete looks further
      Report("OBJECT_FUNCTION_EXISTS", PlaceOf(id),
             fmt::format("the function {} is none of the object graph's concrete functions", name));
    }
    if (object.spec && (IsIncomplete(object.spec->fullargspec) || IsIncomplete(object.spec->input_signature))) {
      Report("OBJECT_GRAPH_READABLE", PlaceOf(id), "a part of its function's signature has no kind");
    }
    if (object.kind == SavedObject::Kind::kAsset && (object.asset_index < 0 || object.asset_index >= num_assets_)) {
      Report("OBJECT_ASSET_EXISTS", PlaceOf(id),
             fmt::format("is asset {}, and the meta-graph has {}", object.asset_index, num_assets_));
    }
    if (object.kind == SavedObject::Kind::kConstant && subject_.graph && subject_.FindNode(object.text) < 0) {
      Report("OBJECT_GRAPH_READABLE", PlaceOf(id), fmt::format("its constant {} is not in the graph", object.text));
    }
  }

  static DataType CaptureType(const SavedObject& object) {
    switch (object.kind) {
      case SavedObject::Kind::kVariable:
      case SavedObject::Kind::kResource: return DataType::kResource;
      case SavedObject::Kind::kAsset: return DataType::kString;
      default: return DataType::kInvalid;  // may be anything
    }
  }

  void CheckConcrete(const ConcreteFunction& concrete) {
    const std::string place = subject_.PlaceIn(fmt::format("function {}", concrete.name));
    if (IsIncomplete(concrete.input_signature) || IsIncomplete(concrete.output_signature)) {
      Report("OBJECT_GRAPH_READABLE", place, "a part of its Python arguments or results has no kind");
    }
    if (subject_.context.functions == nullptr) return;
    if (!subject_.context.functions->Contains(concrete.name)) {
      return Report("OBJECT_FUNCTION_EXISTS", place, "the object graph has it, and the library does not");
    }
    const auto function = subject_.context.functions->Get(concrete.name);
    if (function.ok()) CheckCaptures(concrete, (*function)->signature().inputs, place);
  }

  void CheckCaptures(const ConcreteFunction& concrete, const std::vector<ArgSchema>& args, const std::string& place) {
    if (concrete.bound_inputs.size() > args.size()) {
      return Report(
          "OBJECT_CAPTURES_MATCH", place,
          fmt::format("captures {} objects, and takes {} arguments", concrete.bound_inputs.size(), args.size()));
    }
    const size_t first = args.size() - concrete.bound_inputs.size();
    for (size_t i = 0; i < concrete.bound_inputs.size(); ++i) {
      const ArgSchema& arg = args[first + i];
      const DataType wanted = CaptureType(objects_.node(concrete.bound_inputs[i]));
      if (wanted == DataType::kInvalid || !arg.single() || !arg.type_attr.empty() || arg.type == wanted) continue;
      Report("OBJECT_CAPTURES_MATCH", place,
             fmt::format("argument {} is a {}, and captures a {}", arg.name, Name(arg.type), Name(wanted)));
    }
  }

  const GraphSubject& subject_;
  const ObjectGraph& objects_;
  FindingCollector& found_;
  std::vector<std::optional<std::string>> paths_;
  int64_t num_assets_ = 0;
};

}  // namespace

void CheckObjects(const GraphSubject& subject, FindingCollector& found) {
  if (subject.graph) {
    CheckInitOp(subject, found);
    CheckRestoreOp(subject, found);
  }
  if (!subject.meta.has_object_graph()) return;
  const auto objects = subject.meta.object_graph();
  if (!objects.ok()) {
    return found.AddProblem(objects.error(), "OBJECT_GRAPH_READABLE", subject.model.model_file, subject.place);
  }
  if (*objects != nullptr) ObjectChecker(subject, **objects, found).Run();
}

}  // namespace smcli
