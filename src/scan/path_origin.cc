#include "scan/path_origin.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/utf8.h"

namespace smcli {
namespace {

constexpr size_t kMaxSteps = 4096;  // of one tensor
constexpr size_t kMaxAllSteps = 1 << 21;
constexpr size_t kMaxStrings = 8;  // of one constant

// Which inputs of an op its output is, or is made of.
struct Passes {
  std::string_view op;
  size_t first = 0;
  size_t count = 1;
  bool joins = false;  // the output is text put together
};
constexpr size_t kRest = ~size_t{0};
constexpr Passes kPasses[] = {
    {"ConcatV2", 0, kRest},
    {"Concat", 1, kRest},
    {"EnsureShape"},
    {"Enter"},
    {"Exit"},
    {"ExpandDims"},
    {"Fill", 1, 1},
    {"GatherV2"},
    {"Identity"},
    {"Merge", 0, kRest},
    {"NextIteration"},
    {"Pack", 0, kRest},
    {"PlaceholderWithDefault"},
    {"PreventGradient"},
    {"ReadVariableOp"},
    {"RefEnter"},
    {"RefExit"},
    {"RefIdentity"},
    {"RefMerge", 0, kRest},
    {"RefSwitch"},
    {"Reshape"},
    {"Select", 1, 2},
    {"SelectV2", 1, 2},
    {"ShardedFilename", 0, 1, true},
    {"ShardedFilespec", 0, 1, true},
    {"Slice"},
    {"Snapshot"},
    {"Split", 1, 1},
    {"Squeeze"},
    {"StopGradient"},
    {"StridedSlice"},
    {"StringFormat", 0, kRest, true},
    {"StringJoin", 0, kRest, true},
    {"StringStrip"},
    {"Switch"},
    {"Tile"},
    {"Unpack"},
};

// Ops whose attribute names a function that gets the inputs from `skipped` on as its arguments.
struct CallOp {
  std::string_view op;
  size_t skipped = 0;
  bool loop = false;  // results are the next round's arguments
};
constexpr CallOp kCallOps[] = {
    {"Case", 1},
    {"If", 1},
    {"PartitionedCall"},
    {"RemoteCall", 1},
    {"StatefulPartitionedCall"},
    {"StatelessCase", 1},
    {"StatelessIf", 1},
    {"StatelessWhile", 0, true},
    {"TPUPartitionedCall"},
    {"While", 0, true},
};

template <typename Row>
const Row* FindRow(std::span<const Row> rows, std::string_view op) {
  const auto found = std::ranges::find(rows, op, &Row::op);
  return found == rows.end() ? nullptr : &*found;
}

// How the inputs of the node at a call site become arguments; nullopt: not as a plain list.
std::optional<CallOp> CallOf(const CallSite& site) {
  if (site.attr.empty()) return CallOp{site.op};
  const CallOp* call = FindRow<CallOp>(kCallOps, site.op);
  if (!call || site.attr.starts_with('_')) return std::nullopt;
  return *call;
}

bool LeavesFolder(const PathSource& source) {
  return source.kind == PathSource::Kind::kConstant &&
         (source.text.find("..") != std::string::npos || source.text.starts_with('/'));
}

}  // namespace

bool PathOrigin::IsAsset() const {
  return !joined && !sources.empty() &&
         std::ranges::all_of(sources, [](const PathSource& s) { return s.kind == PathSource::Kind::kAsset; });
}

bool PathOrigin::IsSaver() const {
  return std::ranges::any_of(sources, [](const PathSource& s) { return s.kind == PathSource::Kind::kSaver; }) &&
         std::ranges::none_of(sources, [](const PathSource& s) {
           return s.kind == PathSource::Kind::kInput || s.kind == PathSource::Kind::kBadAsset || LeavesFolder(s);
         });
}

bool PathOrigin::IsEmpty() const {
  return !sources.empty() && std::ranges::all_of(sources, [](const PathSource& s) {
    return s.kind == PathSource::Kind::kConstant && s.text.empty();
  });
}

std::string PathOrigin::Text() const {
  std::vector<std::string> parts;
  for (const PathSource& source : sources) {
    switch (source.kind) {
      case PathSource::Kind::kConstant: parts.push_back(Quoted(source.text)); break;
      case PathSource::Kind::kAsset: parts.push_back(fmt::format("the asset {}", Quoted(source.text))); break;
      case PathSource::Kind::kBadAsset:
        parts.push_back(fmt::format("the asset {}, which is outside of assets/", Quoted(source.text)));
        break;
      case PathSource::Kind::kSaver: parts.push_back("the saver's path"); break;
      case PathSource::Kind::kInput: parts.push_back(fmt::format("input {}", Escaped(source.text))); break;
      case PathSource::Kind::kComputed: parts.push_back(fmt::format("a result of {}", Escaped(source.text))); break;
    }
  }
  return fmt::format("{}", fmt::join(parts, joined ? " joined with " : ", "));
}

PathTracer::PathTracer(const MetaGraph& meta_graph, Bodies& bodies) : meta_graph_(meta_graph), bodies_(bodies) {
  const auto canonical = [](std::string_view name) {
    const auto parsed = ParseTensorName(name);
    return parsed ? fmt::format("{}:{}", parsed->node, parsed->output) : std::string(name);
  };
  if (const auto assets = meta_graph.Assets(); assets.ok()) {
    for (const Asset& asset : *assets) {
      const bool inside = AssetPath("", asset.filename).ok();
      const auto kind = inside ? PathSource::Kind::kAsset : PathSource::Kind::kBadAsset;
      assets_.push_back({kind, asset.filename});
      named_.insert_or_assign(canonical(asset.tensor_name), assets_.back());
    }
  }
  if (meta_graph.saver()) {
    named_.emplace(canonical(meta_graph.saver()->filename_tensor_name), PathSource{PathSource::Kind::kSaver, ""});
  }
  for (const Signature& signature : meta_graph.signatures()) {
    for (const TensorSpec& input : FlattenSpecs(signature.inputs)) {
      named_.emplace(canonical(input.tensor_name),
                     PathSource{PathSource::Kind::kInput, fmt::format("{} of {}", input.key, signature.key)});
    }
  }
  if (meta_graph.has_object_graph()) {
    if (const auto objects = meta_graph.object_graph(); objects.ok()) objects_ = *objects;
  }
  for (const Node& node : bodies.main().nodes()) {
    if ((node.op == "AssignVariableOp" || node.op == "Assign") && node.inputs.size() >= 2 && node.inputs[0].node >= 0)
      assigned_[node.inputs[0].node].push_back(node.inputs[1]);
  }
}

PathOrigin PathTracer::Trace(BodyId body, std::string_view node_name, std::string_view argument) {
  origin_ = {};
  waiting_.clear();
  seen_.clear();
  const Graph* graph = bodies_.graph(body);
  const int32_t id = graph ? graph->Find(node_name) : -1;
  if (id < 0 || !graph->node(id).schema) return {};
  const Node& node = graph->node(id);
  const std::vector<ArgSchema>& inputs = node.schema->inputs;
  const auto arg = std::ranges::find(inputs, argument, &ArgSchema::name);
  if (arg == inputs.end()) {
    const AttrReader attrs = graph->attrs(node);
    if (const auto text = attrs.String(argument); text.ok()) {
      Add(PathSource::Kind::kConstant, *text);
    } else if (const auto list = attrs.Strings(argument); list.ok()) {
      for (const std::string& item : *list) Add(PathSource::Kind::kConstant, item);
      if (list->empty()) Add(PathSource::Kind::kConstant, "");
    }
    return origin_;
  }
  // The arguments of all ops of hazards.def that come before the one asked for are single tensors.
  const auto index = static_cast<size_t>(arg - inputs.begin());
  PushInputs(body, node, index, index + 1);
  for (size_t steps = 0; !waiting_.empty() && steps < kMaxSteps && all_steps_ < kMaxAllSteps; ++steps, ++all_steps_) {
    const Place place = waiting_.back();
    waiting_.pop_back();
    Visit(place);
  }
  return origin_;
}

void PathTracer::Push(BodyId body, Endpoint endpoint) {
  if (endpoint.node >= 0 && seen_.insert({body, endpoint}).second) waiting_.push_back({body, endpoint});
}

// Backwards, so that the first is visited first.
void PathTracer::PushInputs(BodyId body, const Node& node, size_t begin, size_t end) {
  for (size_t i = std::min({end, node.inputs.size(), begin + kMaxSteps}); i > begin; --i)
    Push(body, node.inputs[i - 1]);
}

void PathTracer::Add(PathSource::Kind kind, std::string text) {
  PathSource source{kind, std::move(text)};
  if (origin_.sources.size() >= PathOrigin::kMaxSources) return;
  if (std::ranges::find(origin_.sources, source) == origin_.sources.end()) origin_.sources.push_back(std::move(source));
}

void PathTracer::Visit(const Place& place) {
  const auto& [body, endpoint] = place;
  const Graph* graph = bodies_.graph(body);
  if (!graph) return;
  if (body == kMainBody && VisitNamed(graph->node(endpoint.node), endpoint.output)) return;
  VisitNode(body, *graph, endpoint.node, endpoint.output);
}

bool PathTracer::VisitNamed(const Node& node, int32_t output) {
  const auto found = named_.find(fmt::format("{}:{}", node.name, output));
  if (found == named_.end()) return false;
  Add(found->second.kind, found->second.text);
  return true;
}

void PathTracer::VisitNode(BodyId body, const Graph& graph, int32_t id, int32_t output) {
  const Node& node = graph.node(id);
  if (node.op == "_Arg" && node.def.empty()) {
    for (size_t i = 0; i < graph.args().size(); ++i) {
      if (graph.args()[i].endpoint == Endpoint{id, output}) VisitArgument(body, static_cast<int32_t>(i));
    }
    return;
  }
  if (node.op == "Const") return VisitConstant(graph, node);
  if (node.op == "IdentityN") {
    const auto index = static_cast<size_t>(output);
    return PushInputs(body, node, index, index + 1);
  }
  if (body == kMainBody && assigned_.contains(id)) return VisitVariable(node);
  if (const Passes* passes = FindRow<Passes>(kPasses, node.op)) {
    origin_.joined = origin_.joined || passes->joins;
    const size_t end = passes->count == kRest ? kRest : passes->first + passes->count;
    return PushInputs(body, node, passes->first, end);
  }
  VisitCall(body, node, output);
}

void PathTracer::VisitConstant(const Graph& graph, const Node& node) {
  const auto tensor = graph.attrs(node).Tensor("value");
  if (!tensor.ok() || tensor->dtype() != DataType::kString) return;
  const auto strings = tensor->flat<std::string>();
  for (size_t i = 0; i < std::min(strings.size(), kMaxStrings); ++i) {
    Add(PathSource::Kind::kConstant, strings[i]);
  }
}

void PathTracer::VisitVariable(const Node& node) {
  for (const Endpoint& value : assigned_.at(bodies_.main().Find(node.name))) Push(kMainBody, value);
}

void PathTracer::VisitArgument(BodyId body, int32_t argument) {
  const bool captured = VisitCapture(body, argument);
  if (bodies_.calls_to(body).empty() && !captured) {
    return Add(PathSource::Kind::kInput, fmt::format("{} of {}", argument, bodies_.name(body)));
  }
  for (const size_t index : bodies_.calls_to(body)) {
    const CallSite& site = bodies_.calls()[index];
    const auto call = CallOf(site);
    const Graph* caller = bodies_.graph(site.caller);
    const int32_t id = caller ? caller->Find(site.node) : -1;
    if (!call || id < 0) {
      Add(PathSource::Kind::kComputed, std::string(site.op));
      continue;
    }
    const size_t input = call->skipped + static_cast<size_t>(argument);
    PushInputs(site.caller, caller->node(id), input, input + 1);
    if (call->loop && site.attr == "body") VisitResult(body, argument);
  }
}

// What the objects of Python give a function of theirs: the last of its arguments.
bool PathTracer::VisitCapture(BodyId body, int32_t argument) {
  const ConcreteFunction* function = objects_ ? objects_->FindConcreteFunction(bodies_.name(body)) : nullptr;
  const Graph* graph = bodies_.graph(body);
  if (!function || !graph || function->bound_inputs.size() > graph->args().size()) return false;
  const size_t first = graph->args().size() - function->bound_inputs.size();
  if (static_cast<size_t>(argument) < first) return false;
  const SavedObject& object = objects_->node(function->bound_inputs[static_cast<size_t>(argument) - first]);
  if (object.kind == SavedObject::Kind::kAsset) {
    const auto index = static_cast<size_t>(object.asset_index);
    if (index >= assets_.size()) return false;
    Add(assets_[index].kind, assets_[index].text);
    return true;
  }
  if (object.kind != SavedObject::Kind::kConstant && object.kind != SavedObject::Kind::kCapturedTensor) return false;
  const auto endpoint = bodies_.main().FindTensor(object.text);
  if (endpoint.ok()) Push(kMainBody, *endpoint);
  return endpoint.ok();
}

void PathTracer::VisitCall(BodyId body, const Node& node, int32_t output) {
  bool called = false;
  for (const CallSite& site : bodies_.calls_of(body, node.name)) {
    const auto call = CallOf(site);
    if (!call || site.attr == "cond") continue;
    called = true;
    VisitResult(site.callee, output);
    if (call->loop) PushInputs(body, node, static_cast<size_t>(output), static_cast<size_t>(output) + 1);
  }
  if (called) return;
  const bool fed = node.op == "Placeholder";
  Add(fed ? PathSource::Kind::kInput : PathSource::Kind::kComputed, std::string(fed ? node.name : node.op));
}

void PathTracer::VisitResult(BodyId callee, int32_t output) {
  const Graph* graph = bodies_.graph(callee);
  if (!graph || static_cast<size_t>(output) >= graph->rets().size()) return;
  Push(callee, graph->rets()[static_cast<size_t>(output)].endpoint);
}

}  // namespace smcli
