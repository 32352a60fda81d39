#include "bench/workloads.h"

#include <fmt/format.h>

#include <vector>

#include "base/wire.h"
#include "checkpoint/bundle_writer.h"

namespace smcli {
namespace {

std::string Node(std::string_view name, std::string_view op, std::string_view input) {
  std::string node;
  AppendBytesField(1, name, node);
  AppendBytesField(2, op, node);
  if (!input.empty()) AppendBytesField(3, input, node);
  return node;
}

std::string Constant(std::string_view name, std::string_view content) {
  constexpr uint64_t kFloat = 1;
  std::string dim, shape, tensor, value, entry, type, type_entry;
  AppendVarintField(1, content.size() / sizeof(float), dim);
  AppendBytesField(2, dim, shape);
  AppendVarintField(1, kFloat, tensor);
  AppendBytesField(2, shape, tensor);
  AppendBytesField(4, content, tensor);
  AppendBytesField(8, tensor, value);
  AppendBytesField(1, "value", entry);
  AppendBytesField(2, value, entry);
  AppendVarintField(6, kFloat, type);
  AppendBytesField(1, "dtype", type_entry);
  AppendBytesField(2, type, type_entry);
  std::string node = Node(name, "Const", "");
  AppendBytesField(5, type_entry, node);
  AppendBytesField(5, entry, node);
  return node;
}

}  // namespace

std::string GraphOfConstants(int constants, int64_t bytes_each) {
  std::string graph, info, meta_graph, model;
  const std::string content(static_cast<size_t>(bytes_each), '\1');
  for (int i = 0; i < constants; ++i) {
    AppendBytesField(1, Constant(fmt::format("block_{}/kernel", i), content), graph);
    AppendBytesField(1, Node(fmt::format("block_{}/identity", i), "Identity", fmt::format("block_{}/kernel", i)),
                     graph);
    AppendBytesField(1, Node(fmt::format("block_{}/relu", i), "Relu", fmt::format("block_{}/identity", i)), graph);
  }
  AppendBytesField(4, "serve", info);
  AppendBytesField(1, info, meta_graph);
  AppendBytesField(2, graph, meta_graph);
  AppendVarintField(1, 1, model);
  AppendBytesField(2, meta_graph, model);
  return model;
}

Status WriteVariables(FileSystem& files, const std::string& prefix, int count, int64_t elements) {
  BundleWriter writer(files, prefix);
  SMCLI_ASSIGN_OR_RETURN(const Shape shape, Shape::Make(std::vector<int64_t>{elements}));
  const std::string bytes(static_cast<size_t>(elements) * sizeof(float), '\1');
  for (int i = 0; i < count; ++i) {
    const std::string key = fmt::format("layer_with_weights-{:05}/kernel/.ATTRIBUTES/VARIABLE_VALUE", i);
    SMCLI_RETURN_IF_ERROR(writer.Begin(key, DataType::kFloat, shape));
    SMCLI_RETURN_IF_ERROR(writer.Append(bytes));
    SMCLI_RETURN_IF_ERROR(writer.End());
  }
  return writer.Finish();
}

}  // namespace smcli
