// ObjectGraph: the Python objects that a V2 export holds: named edges, variables, functions with what they capture.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "model/shared_bytes.h"
#include "model/structured_value.h"
#include "tensor/dtype.h"
#include "tensor/shape.h"

namespace smcli {

struct ObjectEdge {
  std::string name;
  int32_t node = 0;
};

struct SlotReference {  // an optimizer's slot: "m" of a variable
  int32_t original = 0;
  std::string slot_name;
  int32_t slot = 0;
};

struct SavedVariable {
  std::string name;  // for display; not the checkpoint key
  DataType dtype = DataType::kInvalid;
  int dtype_number = 0;
  PartialShape shape;
  bool trainable = false;
  int synchronization = 0;  // number of VariableSynchronization
  int aggregation = 0;      // number of VariableAggregation
  std::string device;
};

struct FunctionSpec {
  StructuredValue fullargspec;      // named tuple FullArgSpec
  StructuredValue input_signature;  // kUnset, kNone or a tuple
  bool is_method = false;
  int jit_compile = 0;  // 0 default, 1 on, 2 off
};

struct SavedObject {
  enum class Kind {
    kUnset,
    kUserObject,
    kAsset,
    kFunction,
    kVariable,
    kBareFunction,
    kConstant,
    kResource,
    kCapturedTensor
  };

  Kind kind = Kind::kUnset;
  std::vector<ObjectEdge> children;
  std::vector<ObjectEdge> dependencies;  // must be created before
  std::vector<SlotReference> slots;
  std::string registered_name;
  std::string registered_saver;
  // Key (".TENSORS" or a saver's name), node ids of its save and restore functions.
  struct Saveable {
    std::string key;
    int32_t save_function = 0;
    int32_t restore_function = 0;
  };
  std::vector<Saveable> saveables;

  // By kind:
  std::string text;      // user object: identifier; constant: operation; captured tensor: tensor name; resource: device
  std::string metadata;  // user object: JSON of old Keras exports; captured tensor: its concrete function
  int32_t asset_index = 0;
  SavedVariable variable;
  std::vector<std::string> concrete_functions;  // function: in trace order; bare function: one
  std::shared_ptr<const FunctionSpec> spec;     // function; bare function, perhaps; else null: it is large
  std::vector<std::string> argument_keywords;   // bare function
  int64_t allowed_positional = 0;               // bare function
};
std::string_view Name(SavedObject::Kind kind);  // "user_object", "variable", ...

struct ConcreteFunction {
  std::string name;                   // of the FunctionDef
  std::vector<int32_t> bound_inputs;  // node ids of the captures: the last arguments of the FunctionDef
  StructuredValue input_signature;    // tuple (args, kwargs)
  StructuredValue output_signature;   // kUnset when nothing is returned
};

class ObjectGraph {
 public:
  // From the bytes of a SavedObjectGraph. `InvalidModelError` ObjectIdOutOfRange and what protobuf cannot read.
  static Result<std::unique_ptr<ObjectGraph>> Read(const SharedBytes& bytes);

  const std::vector<SavedObject>& nodes() const { return nodes_; }
  const SavedObject& node(int32_t id) const { return nodes_[static_cast<size_t>(id)]; }
  const std::vector<ConcreteFunction>& concrete_functions() const { return concrete_functions_; }  // sorted by name
  const ConcreteFunction* FindConcreteFunction(std::string_view name) const;
  std::optional<int32_t> FindChild(int32_t node, std::string_view name) const;

  // Follows edge names joined by dots from the root: "sub.double", "items.0.f", "__call__". A name that itself holds
  // dots is found too. `NotFoundError` lists what the last object found has.
  Result<int32_t> Resolve(std::string_view path) const;
  // The shortest path of edge names from the root to each node ("" for the root); nullopt: unreachable by edges.
  std::vector<std::optional<std::string>> Paths() const;

 private:
  std::vector<SavedObject> nodes_;
  std::vector<ConcreteFunction> concrete_functions_;
};

// What a checkpoint stores for one node of the saved object graph.
struct CheckpointAttribute {
  int32_t node = 0;
  std::string name;  // VARIABLE_VALUE for variables
  std::string full_name;
  std::string checkpoint_key;
};

// The checkpoint's own object graph walked beside the saved one (loading.md 3.3).
struct CheckpointMatch {
  std::vector<CheckpointAttribute> attributes;  // in order of node, then of the file
  // Edges and slots that the checkpoint has and the saved graph lacks: "path/to/object", for warnings.
  std::vector<std::string> unmatched;
  // Saved nodes whose values a registered saver wrote: node, saver's name.
  std::vector<std::pair<int32_t, std::string>> registered_savers;
};
// `trackable_object_graph`: the string stored under _CHECKPOINTABLE_OBJECT_GRAPH.
Result<CheckpointMatch> MatchCheckpoint(const ObjectGraph& objects, std::string_view trackable_object_graph);
inline constexpr std::string_view kTrackableGraphKey = "_CHECKPOINTABLE_OBJECT_GRAPH";
inline constexpr std::string_view kVariableValue = "VARIABLE_VALUE";

// Reads a TrackableObjectGraph alone: the path of every object and its attributes, for checkpoints without a
// SavedModel.
struct TrackableEntry {
  std::string path;  // edge names joined by '/'
  std::string name, full_name, checkpoint_key;
};
Result<std::vector<TrackableEntry>> ListTrackables(std::string_view trackable_object_graph);

// What a TrackableObjectGraph says of one value that is stored; looks into its bytes.
struct StoredAttribute {
  std::string_view name, full_name, checkpoint_key;
};
// All of them in the order of the bytes, without the objects they belong to.
Status VisitStoredAttributes(std::string_view trackable_object_graph,
                             const std::function<void(const StoredAttribute&)>& visit);

}  // namespace smcli
