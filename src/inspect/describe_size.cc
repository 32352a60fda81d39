#include "inspect/describe_size.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.h"
#include "base/wire.h"
#include "model/attrs.h"
#include "model/scope_graph.h"
#include "tensor/tensor_proto.h"

namespace smcli {
namespace {

struct NodeNames {
  std::string_view name, op;
};

NodeNames NamesOf(std::string_view node_def) {
  NodeNames names;
  WireReader reader(node_def);
  WireField field;
  while (reader.Next(field)) {
    if (field.is(1, WireType::kBytes)) names.name = field.bytes;  // NodeDef.name
    if (field.is(2, WireType::kBytes)) names.op = field.bytes;    // NodeDef.op
  }
  return names;
}

// The stored bytes of a Const's value; 0 where it cannot be read.
uint64_t ValueBytes(std::string_view name, std::string_view node_def) {
  const AttrReader attrs(AttrSource{.node = name, .op = "Const", .node_def = node_def});
  const std::optional<std::string_view> raw = attrs.Raw("value");
  return raw ? raw->size() : 0;
}

class SizeTree {
 public:
  SizeTree(uint64_t total, int64_t depth, Table* table) : total_(total), depth_(depth), table_(*table) {}

  void AddGroup(const SizeGroup& group) {
    const uint64_t bytes = SumOf(group.parts);
    if (bytes == 0) return;
    AddRow(group.name, bytes, 0);
    // Sums per scope of every level; a level's rows follow their parent.
    std::vector<const SizedName*> parts;
    for (const SizedName& part : group.parts) parts.push_back(&part);
    AddLevel(parts, 1);
  }

 private:
  void AddLevel(const std::vector<const SizedName*>& parts, int level) {
    if (level > depth_) return;
    std::map<std::string_view, std::vector<const SizedName*>> scopes;
    for (const SizedName* part : parts) scopes[ScopeOf(part->name, level)].push_back(part);
    std::vector<std::pair<uint64_t, std::string_view>> order;
    for (const auto& [scope, members] : scopes) order.emplace_back(Total(members), scope);
    std::ranges::stable_sort(order, [](const auto& a, const auto& b) { return a.first > b.first; });
    for (const auto& [bytes, scope] : order) {
      if (scope.empty()) continue;  // a part without a name is its group's alone
      AddRow(scope, bytes, level);
      const std::vector<const SizedName*>& members = scopes[scope];
      if (members.size() > 1 || members[0]->name != scope) AddLevel(members, level + 1);
    }
  }

  static uint64_t Total(const std::vector<const SizedName*>& parts) {
    uint64_t bytes = 0;
    for (const SizedName* part : parts) bytes += part->bytes;
    return bytes;
  }

  void AddRow(std::string_view name, uint64_t bytes, int level) {
    const double percent = total_ == 0 ? 0 : 100.0 * static_cast<double>(bytes) / static_cast<double>(total_);
    table_.Add({Value::Text(name), Value::Int(level), Value::Bytes(bytes), Value::Percent(percent)}, level);
  }

  const uint64_t total_;
  const int64_t depth_;
  Table& table_;
};

}  // namespace

Result<std::vector<SizedName>> ConstantsOf(const MetaGraph& meta_graph) {
  SMCLI_ASSIGN_OR_RETURN(const std::vector<NodeOutline> nodes, ListNodes(meta_graph.graph_def_bytes()));
  std::vector<SizedName> constants;
  for (const NodeOutline& node : nodes) {
    if (node.op == "Const") constants.push_back({std::string(node.name), ValueBytes(node.name, node.def)});
  }
  return constants;
}

Result<std::vector<SizedName>> FunctionConstantsOf(const MetaGraph& meta_graph) {
  SMCLI_ASSIGN_OR_RETURN(const FunctionLibrary* library, meta_graph.functions());
  std::vector<SizedName> constants;
  for (const std::string_view name : library->names()) {
    const Result<const Function*> function = library->Get(name);
    if (!function.ok()) continue;
    for (const std::string_view node_def : (*function)->node_defs()) {
      const NodeNames node = NamesOf(node_def);
      if (node.op != "Const") continue;
      constants.push_back({fmt::format("{}/{}", name, node.name), ValueBytes(node.name, node_def)});
    }
  }
  return constants;
}

Result<std::vector<SizedName>> AssetSizes(FileSystem& files, const SavedModel& model, const MetaGraph& graph) {
  SMCLI_ASSIGN_OR_RETURN(const std::vector<Asset> assets, graph.Assets());
  std::vector<SizedName> sizes;
  for (const Asset& asset : assets) {
    const Result<std::string> path = AssetPath(model.directory(), asset.filename);
    if (!path.ok()) continue;
    const Result<MappedFile> file = files.Map(*path);
    if (file.ok()) sizes.push_back({asset.filename, file->size()});
  }
  return sizes;
}

uint64_t SumOf(const std::vector<SizedName>& parts) {
  uint64_t bytes = 0;
  for (const SizedName& part : parts) bytes += part.bytes;
  return bytes;
}

Table SizeTable(const std::vector<SizeGroup>& groups, int64_t depth) {
  uint64_t total = 0;
  for (const SizeGroup& group : groups) total += SumOf(group.parts);
  Table table;
  table.columns = {{"name", "name"}, {"level", ""}, {"bytes", "size"}, {"percent", "percent"}};
  SizeTree tree(total, depth, &table);
  for (const SizeGroup& group : groups) tree.AddGroup(group);
  table.note = fmt::format("{} in all", HumanSize(total));
  return table;
}

}  // namespace smcli
