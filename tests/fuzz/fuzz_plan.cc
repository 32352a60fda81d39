// A GraphDef of any bytes, run: a plan for every node, its kernels with their attributes, small inputs for its
// placeholders. Memory is bounded, and so are the steps: loops of such a graph need not end.

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "exec/session.h"
#include "model/graph.h"
#include "support/fake_file_system.h"
#include "tensor/tensor.h"

namespace smcli {
namespace {

constexpr int64_t kMemory = 64 << 20;
constexpr int kMaxSteps = 2000;
constexpr int64_t kMaxElements = 1 << 12;
constexpr int64_t kOpenDim = 2;
constexpr size_t kMaxNodes = 256;

// The shape with its open dimensions closed; nullopt where that is large.
std::optional<Shape> SmallShape(const PartialShape& shape) {
  std::vector<int64_t> dims;
  int64_t elements = 1;
  for (int i = 0; i < std::max(shape.rank(), 0); ++i) {
    dims.push_back(shape.dim(i) < 0 ? kOpenDim : shape.dim(i));
    if (dims.back() > kMaxElements || (elements *= std::max<int64_t>(dims.back(), 1)) > kMaxElements) return {};
  }
  auto small = Shape::Make(dims);
  if (!small.ok()) return {};
  return *std::move(small);
}

// Small numbers of both signs, or short strings.
std::optional<Tensor> SmallTensor(DataType dtype, const Shape& shape) {
  auto tensor = Tensor::Make(dtype, shape);
  if (!tensor.ok()) return {};
  if (dtype == DataType::kString) {
    size_t length = 0;
    for (std::string& text : tensor->mutable_flat<std::string>()) text.assign(length++ % 4, 'a');
  } else if (dtype == DataType::kFloat) {
    float value = -1;
    for (float& element : tensor->mutable_flat<float>()) element = value += 0.5F;
  } else if (dtype == DataType::kDouble) {
    double value = -1;
    for (double& element : tensor->mutable_flat<double>()) element = value += 0.5;
  } else if (SizeOf(dtype) > 0) {
    auto* bytes = static_cast<uint8_t*>(tensor->mutable_raw_data());
    const size_t size = static_cast<size_t>(SizeOf(dtype));
    std::fill_n(bytes, tensor->num_bytes(), uint8_t{0});
    for (int64_t i = 0; i < tensor->num_elements(); ++i) bytes[static_cast<size_t>(i) * size] = i % 2 == 0;
  } else {
    return {};
  }
  return *std::move(tensor);
}

struct Request {
  std::vector<std::string> feeds, fetches;
  std::vector<Tensor> values;
};

// Every placeholder fed, every other node fetched.
std::optional<Request> RequestFor(const Graph& graph) {
  Request request;
  for (const Node& node : graph.nodes()) {
    if (node.num_outputs == 0) continue;
    const std::string name = fmt::format("{}:0", node.name);
    if (node.op != "Placeholder") {
      request.fetches.push_back(name);
      continue;
    }
    const AttrReader attrs = graph.attrs(node);
    const auto dtype = attrs.Type("dtype");
    const auto declared = attrs.Shape("shape");
    if (!dtype.ok()) return {};
    const auto shape = SmallShape(declared.ok() ? *declared : PartialShape());
    const auto value = shape ? SmallTensor(*dtype, *shape) : std::nullopt;
    if (!value) return {};
    request.feeds.push_back(name);
    request.values.push_back(*value);
  }
  if (request.fetches.empty()) return {};
  return request;
}

void Run(const MetaGraph& meta_graph, bool fold_constants) {
  const auto graph = meta_graph.graph();
  if (!graph.ok() || (*graph)->nodes().size() > kMaxNodes) return;
  std::optional<Request> request = RequestFor(**graph);
  if (!request) return;
  FakeFileSystem files;
  const auto session =
      Session::Open(files, meta_graph, "", {.threads = 1, .allow_files_dir = "", .fold_constants = fold_constants});
  if (!session.ok()) return;
  int steps = 0;
  (*session)->SetObserver([&](const StepInfo&, std::span<const Tensor>) {
    if (++steps == kMaxSteps) (*session)->Cancel("enough");
  });
  const auto entry = (*session)->PrepareTensors(request->feeds, request->fetches);
  if (entry.ok()) (void)(*entry)->Run(std::move(request->values)).ok();
}

}  // namespace
}  // namespace smcli

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace smcli;
  SetTensorMemoryLimit(kMemory);
  const auto meta_graph =
      MetaGraph::OpenGraphDef(SharedBytes(std::string(reinterpret_cast<const char*>(data), size)), "graph.pb");
  if (!meta_graph.ok()) return 0;
  Run(**meta_graph, size % 2 == 0);
  return 0;
}
