#include "transform/fold_batch_norms.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "model/attr_value.h"
#include "transform/body_pass.h"
#include "transform/remove_identities.h"

namespace smcli {
namespace {

using Channels = std::vector<double>;  // one number per output channel

// A product and perhaps the bias that is added to it, each read by nobody else but what comes next.
struct Product {
  int32_t node = -1;  // Conv2D, DepthwiseConv2dNative or MatMul
  int32_t bias = -1;  // BiasAdd or Add; -1: none
  Tensor weights;
  Tensor bias_value;
  std::string data_format;  // "NHWC" for MatMul
  int64_t channels = 0;
};

class BatchNormFolder {
 public:
  explicit BatchNormFolder(PassGraph& pass) : pass_(pass), graph_(pass.graph), uses_(graph_.Uses()) {}

  Status Run() {
    for (int32_t id = 0; id < static_cast<int32_t>(uses_.size()); ++id) {
      const std::string& op = graph_.node(id).op;
      if (graph_.node(id).removed) continue;
      if (op == "FusedBatchNorm" || op == "FusedBatchNormV2" || op == "FusedBatchNormV3")
        SMCLI_RETURN_IF_ERROR(FoldFused(id));
      if (op == "Mul") SMCLI_RETURN_IF_ERROR(FoldMul(id));
    }
    return {};
  }

 private:
  // The float constant behind an endpoint, identities in between looked through.
  std::optional<Tensor> Constant(Endpoint endpoint) const {
    for (int steps = 0; steps < 8; ++steps) {
      const DraftNode& node = graph_.node(endpoint.node);
      if (node.op != "Identity" || node.inputs.size() != 1) break;
      endpoint = node.inputs[0];
    }
    if (!graph_.IsConst(endpoint.node)) return std::nullopt;
    auto value = graph_.ConstValue(endpoint.node);
    if (!value.ok() || value->dtype() != DataType::kFloat) return std::nullopt;
    return *std::move(value);
  }
  bool OnlyReadBy(int32_t id, int32_t reader) const {
    const auto& uses = uses_[static_cast<size_t>(id)];
    return uses.size() == 1 && uses[0].node == reader && uses[0].input >= 0 && uses[0].output == 0 &&
           !pass_.returned[static_cast<size_t>(id)];
  }

  // The product that `reader` takes at `endpoint`.
  std::optional<Product> FindProduct(Endpoint endpoint, int32_t reader) const {
    Product product;
    if (endpoint.node >= static_cast<int32_t>(uses_.size()) || !OnlyReadBy(endpoint.node, reader)) return std::nullopt;
    const DraftNode& node = graph_.node(endpoint.node);
    if (node.op == "BiasAdd") {
      const auto bias = Constant(node.inputs[1]);
      if (!bias || !OnlyReadBy(node.inputs[0].node, endpoint.node)) return std::nullopt;
      product.bias = endpoint.node;
      product.bias_value = *bias;
      endpoint = node.inputs[0];
    }
    product.node = endpoint.node;
    const DraftNode& made = graph_.node(product.node);
    const bool is_conv = made.op == "Conv2D" || made.op == "DepthwiseConv2dNative";
    if (!is_conv && made.op != "MatMul") return std::nullopt;
    const auto weights = Constant(made.inputs[1]);
    if (!weights) return std::nullopt;
    product.weights = *weights;
    product.data_format = is_conv ? graph_.attrs(product.node).String("data_format", "NHWC") : "NHWC";
    product.channels = ChannelsOf(product);
    if (product.channels <= 0 || product.data_format.size() != 4) return std::nullopt;
    if (product.bias >= 0 && product.bias_value.num_elements() != product.channels) return std::nullopt;
    return product;
  }

  bool TransposedWeights(const Product& product) const {
    return graph_.node(product.node).op == "MatMul" && graph_.attrs(product.node).Bool("transpose_b", false);
  }
  int64_t ChannelsOf(const Product& product) const {
    const Shape& shape = product.weights.shape();
    const std::string& op = graph_.node(product.node).op;
    if (op == "Conv2D") return shape.rank() == 4 ? shape.dim(3) : 0;
    if (op == "DepthwiseConv2dNative") return shape.rank() == 4 ? shape.dim(2) * shape.dim(3) : 0;
    if (shape.rank() != 2) return 0;
    return TransposedWeights(product) ? shape.dim(0) : shape.dim(1);
  }

  // The weights times the scale of the channel they lead to. Output channels are the innermost of all layouts but one.
  Result<Tensor> Scaled(const Product& product, const Channels& scale) const {
    SMCLI_ASSIGN_OR_RETURN(Tensor scaled, Tensor::Make(DataType::kFloat, product.weights.shape()));
    const std::span<const float> from = product.weights.flat<float>();
    const std::span<float> into = scaled.mutable_flat<float>();
    const auto channels = static_cast<size_t>(product.channels);
    const bool outermost = TransposedWeights(product);
    const size_t per_channel = from.size() / channels;
    for (size_t i = 0; i < from.size(); ++i) {
      const size_t channel = outermost ? i / per_channel : i % channels;
      into[i] = static_cast<float>(from[i] * scale[channel]);
    }
    return scaled;
  }

  Status SetWeights(const Product& product, const Channels& scale) {
    SMCLI_ASSIGN_OR_RETURN(Tensor scaled, Scaled(product, scale));
    const int32_t made = graph_.AddConst(graph_.node(product.node).name + "/scaled", std::move(scaled));
    const DraftNode& old = graph_.node(graph_.node(product.node).inputs[1].node);
    graph_.node(made).control_inputs = old.control_inputs;
    graph_.node(product.node).inputs[1] = {made, 0};
    return {};
  }
  int32_t AddVector(std::string_view name, const Channels& values, const std::vector<int32_t>& controls) {
    std::vector<float> floats(values.begin(), values.end());
    const int32_t made = graph_.AddConst(name, Tensor::Vector<float>(floats));
    graph_.node(made).control_inputs = controls;
    return made;
  }

  static bool IsVector(const Tensor& tensor, int64_t size) { return tensor.rank() == 1 && tensor.dim(0) == size; }

  Status FoldFused(int32_t id) {
    const std::vector<Endpoint> inputs = graph_.node(id).inputs;
    const AttrReader attrs = graph_.attrs(id);
    if (attrs.Bool("is_training", true) || inputs.size() < 5) return {};
    const auto& uses = uses_[static_cast<size_t>(id)];
    if (std::ranges::any_of(uses, [](const DraftUse& use) { return use.output > 0; })) return {};
    const std::string format = attrs.String("data_format", "NHWC");
    const auto product = FindProduct(inputs[0], id);
    if (!product || product->data_format != format || graph_.node(product->node).op == "MatMul") return {};
    std::vector<Tensor> values;
    for (size_t i = 1; i < 5; ++i) {
      const auto value = Constant(inputs[i]);
      if (!value || !IsVector(*value, product->channels)) return {};
      values.push_back(*value);
    }
    const double epsilon = attrs.Float("epsilon", 0.0001F);
    Channels scale, shift;
    for (size_t c = 0; c < static_cast<size_t>(product->channels); ++c) {
      scale.push_back(values[0].flat<float>()[c] / std::sqrt(values[3].flat<float>()[c] + epsilon));
      const double bias = product->bias >= 0 ? product->bias_value.flat<float>()[c] : 0.0;
      shift.push_back(values[1].flat<float>()[c] + (bias - values[2].flat<float>()[c]) * scale[c]);
    }
    SMCLI_RETURN_IF_ERROR(SetWeights(*product, scale));
    const std::vector<int32_t> controls = graph_.node(inputs[2].node).control_inputs;
    const int32_t bias = AddVector(graph_.node(id).name + "/shift", shift, controls);
    graph_.SetOp(id, "BiasAdd");
    graph_.SetAttr(id, "T", TypeAttr(DataType::kFloat));
    graph_.SetAttr(id, "data_format", StringAttr(format));
    graph_.node(id).num_outputs = 1;
    graph_.node(id).inputs = {{product->node, 0}, {bias, 0}};
    return {};
  }

  // Of a factor that has one number for each channel, or one for all: per channel. Where the channels come last.
  static std::optional<Channels> PerChannel(const Tensor& factor, int64_t channels) {
    if (factor.num_elements() == 1 && factor.rank() <= 1) {
      return Channels(static_cast<size_t>(channels), factor.flat<float>()[0]);
    }
    if (!IsVector(factor, channels)) return std::nullopt;
    return Channels(factor.flat<float>().begin(), factor.flat<float>().end());
  }

  Status FoldMul(int32_t id) {
    if (pass_.returned[static_cast<size_t>(id)] || !graph_.node(id).control_inputs.empty()) return {};
    if (graph_.node(id).inputs.size() != 2) return {};
    for (const size_t side : {size_t{0}, size_t{1}}) {
      const Endpoint input = graph_.node(id).inputs[side];
      const auto factor = Constant(graph_.node(id).inputs[1 - side]);
      const auto product = factor ? FindProduct(input, id) : std::nullopt;
      if (!product || product->data_format != "NHWC") continue;
      const auto scale = PerChannel(*factor, product->channels);
      if (!scale) continue;
      SMCLI_RETURN_IF_ERROR(SetWeights(*product, *scale));
      if (product->bias >= 0) SetBias(*product, *scale);
      Bypass(id, input);
      return {};
    }
    return {};
  }

  // At once, since what comes next may be a scale too.
  void Bypass(int32_t id, const Endpoint& source) {
    std::vector<DraftUse>& uses = uses_[static_cast<size_t>(id)];
    for (DraftUse& use : uses) {
      DraftNode& reader = graph_.node(use.node);
      if (use.input < 0) std::ranges::replace(reader.control_inputs, id, source.node);
      if (use.input >= 0) reader.inputs[static_cast<size_t>(use.input)] = source;
      if (use.input >= 0) use.output = source.output;
    }
    uses_[static_cast<size_t>(source.node)] = std::exchange(uses, {});
  }

  void SetBias(const Product& product, const Channels& scale) {
    Channels bias;
    for (size_t c = 0; c < scale.size(); ++c) bias.push_back(product.bias_value.flat<float>()[c] * scale[c]);
    const std::vector<int32_t> controls = graph_.node(graph_.node(product.bias).inputs[1].node).control_inputs;
    const int32_t made = AddVector(graph_.node(product.bias).name + "/scaled", bias, controls);
    graph_.node(product.bias).inputs[1] = {made, 0};
  }

  PassGraph& pass_;
  GraphDraft& graph_;
  std::vector<std::vector<DraftUse>> uses_;
};

}  // namespace

Status FoldBatchNorms(Rewriter& rewriter) {
  return ForEachGraph(rewriter,
                      [](PassGraph& pass, GraphDraft::Redirection&) -> Status { return BatchNormFolder(pass).Run(); });
}

}  // namespace smcli
