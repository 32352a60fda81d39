#include "model/function_calls.h"

#include <unordered_map>

#include "base/wire.h"
#include "model/attr_value.h"
#include "model/node_reader.h"

namespace smcli {
namespace {

// NameAttrList.name.
std::string_view FunctionName(std::string_view func) {
  std::string_view name;
  WireReader reader(func);
  WireField field;
  while (reader.Next(field)) {
    if (field.is(1, WireType::kBytes)) name = field.bytes;
  }
  return name;
}

// The attributes that a function-valued attribute hands on may name functions too; so deep, and no deeper.
constexpr int kMaxAttrDepth = 8;

constexpr uint32_t kNameAttrListAttr = 2;  // NameAttrList.attr, entries of a map: key 1, value 2

void AddValueCalls(std::string_view value, int depth, const FunctionCall& call, std::vector<FunctionCall>& calls);

void AddFunction(std::string_view func, int depth, const FunctionCall& call, std::vector<FunctionCall>& calls) {
  calls.push_back(call);
  calls.back().function = FunctionName(func);
  WireReader reader(func);
  WireField entry;
  while (reader.Next(entry)) {
    if (!entry.is(kNameAttrListAttr, WireType::kBytes)) continue;
    WireReader members(entry.bytes);
    WireField member;
    while (members.Next(member)) {
      if (member.is(2, WireType::kBytes)) AddValueCalls(member.bytes, depth + 1, call, calls);
    }
  }
}

void AddValueCalls(std::string_view value, int depth, const FunctionCall& call, std::vector<FunctionCall>& calls) {
  if (depth > kMaxAttrDepth) return;
  const auto member = ReadAttrMember(value);
  if (!member.ok()) return;
  if (member->which == AttrField::kFunc) AddFunction(member->field.bytes, depth, call, calls);
  if (member->which != AttrField::kList) return;
  WireReader list(member->field.bytes);
  WireField item;
  while (list.Next(item)) {
    if (item.is(kListFuncField, WireType::kBytes)) AddFunction(item.bytes, depth, call, calls);
  }
}

void AddAttrCalls(const AttrReader& attrs, std::string_view attr, std::vector<FunctionCall>& calls) {
  if (const auto value = attrs.Raw(attr)) AddValueCalls(*value, 0, {attrs.node(), attrs.op(), attr, ""}, calls);
}

void AddNodeCalls(const AttrReader& attrs, const FunctionLibrary& library, std::vector<FunctionCall>& calls) {
  if (library.Contains(attrs.op())) calls.push_back({attrs.node(), attrs.op(), "", std::string(attrs.op())});
  for (std::string_view attr : attrs.Names()) AddAttrCalls(attrs, attr, calls);
}

// A depth-first walk over who calls whom.
class Walker {
 public:
  explicit Walker(const FunctionLibrary& library) : library_(library) {}

  std::vector<std::vector<std::string_view>> Run() {
    for (std::string_view name : library_.names()) Visit(name);
    return std::move(circles_);
  }

 private:
  enum State : uint8_t { kOpen, kDone };
  struct Frame {
    std::string_view function;
    std::vector<std::string_view> callees;
    size_t next = 0;
  };

  std::vector<std::string_view> Callees(std::string_view name) const {
    std::vector<std::string_view> callees;
    const auto function = library_.Get(name);
    if (!function.ok()) return callees;
    for (const FunctionCall& call : FunctionCalls(**function, library_)) {
      const auto callee = library_.Get(call.function);
      if (callee.ok()) callees.push_back((*callee)->name());
    }
    return callees;
  }

  void Enter(std::string_view name) {
    states_[name] = kOpen;
    stack_.push_back({name, Callees(name)});
  }

  void Visit(std::string_view root) {
    if (states_.contains(root)) return;
    Enter(root);
    while (!stack_.empty()) {
      Frame& frame = stack_.back();
      if (frame.next == frame.callees.size()) {
        states_[frame.function] = kDone;
        stack_.pop_back();
        continue;
      }
      const std::string_view callee = frame.callees[frame.next++];
      const auto state = states_.find(callee);
      if (state == states_.end()) {
        Enter(callee);
      } else if (state->second == kOpen) {
        AddCircle(callee);
      }
    }
  }

  // Of many functions that all call each other there are more circles than anybody can look at.
  static constexpr size_t kMaxCircles = 100;

  void AddCircle(std::string_view first) {
    if (circles_.size() >= kMaxCircles) return;
    std::vector<std::string_view>& circle = circles_.emplace_back();
    bool inside = false;
    for (const Frame& frame : stack_) {
      inside = inside || frame.function == first;
      if (inside) circle.push_back(frame.function);
    }
  }

  const FunctionLibrary& library_;
  std::unordered_map<std::string_view, State> states_;
  std::vector<Frame> stack_;
  std::vector<std::vector<std::string_view>> circles_;
};

}  // namespace

bool IsPartitionedCall(std::string_view op) { return op == "PartitionedCall" || op == "StatefulPartitionedCall"; }

std::vector<FunctionCall> FunctionCalls(const Graph& graph, const FunctionLibrary& library) {
  std::vector<FunctionCall> calls;
  for (const Node& node : graph.nodes()) AddNodeCalls(graph.attrs(node), library, calls);
  return calls;
}

std::vector<FunctionCall> FunctionCalls(const Function& function, const FunctionLibrary& library) {
  std::vector<FunctionCall> calls;
  std::vector<std::string_view> inputs;
  for (std::string_view node_def : function.node_defs()) {
    inputs.clear();
    const auto parts = ReadNodeParts(node_def, node_def.data(), inputs);
    if (!parts.ok()) continue;
    AddNodeCalls(AttrReader({.node = parts->name, .op = parts->op, .node_def = node_def}), library, calls);
  }
  return calls;
}

std::vector<std::vector<std::string_view>> RecursiveFunctions(const FunctionLibrary& library) {
  return Walker(library).Run();
}

}  // namespace smcli
