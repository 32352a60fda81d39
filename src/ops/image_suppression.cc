// NonMaxSuppression to V5, NonMaxSuppressionWithOverlaps and CombinedNonMaxSuppression: the best of overlapping boxes
// (kernels/image/non_max_suppression_op.cc of TensorFlow).
#include <algorithm>
#include <cmath>
#include <limits>
#include <queue>
#include <vector>

#include "ops/expect.h"
#include "ops/int_args.h"
#include "ops/op.h"

namespace smcli {
namespace {

// y1, x1, y2, x2, either corner first.
float IntersectionOverUnion(const float* a, const float* b) {
  const auto low = [](const float* box, int axis) { return std::min(box[axis], box[axis + 2]); };
  const auto high = [](const float* box, int axis) { return std::max(box[axis], box[axis + 2]); };
  const auto area = [&](const float* box) { return (high(box, 0) - low(box, 0)) * (high(box, 1) - low(box, 1)); };
  const float area_a = area(a);
  const float area_b = area(b);
  if (area_a <= 0 || area_b <= 0) return 0;
  const auto common = [&](int axis) {
    return std::max(std::min(high(a, axis), high(b, axis)) - std::max(low(a, axis), low(b, axis)), 0.0f);
  };
  const float intersection = common(0) * common(1);
  return intersection / (area_a + area_b - intersection);
}

struct Limits {
  int64_t most = 0;
  float similarity = 0.5f;
  float score = std::numeric_limits<float>::lowest();
  float sigma = 0;  // above 0: scores sink by similarity instead of being cut off
};

struct Selection {
  std::vector<int32_t> indices;
  std::vector<float> scores;
};

struct Candidate {
  int32_t box;
  float score;
  size_t compared;  // selections that it has been held against
};

template <typename Similarity>
Selection Select(const std::vector<float>& scores, const Limits& limits, Similarity similarity) {
  const auto worse = [](const Candidate& a, const Candidate& b) {
    return (a.score == b.score && a.box > b.box) || a.score < b.score;
  };
  std::priority_queue<Candidate, std::vector<Candidate>, decltype(worse)> queue(worse);
  for (size_t i = 0; i < scores.size(); ++i) {
    if (scores[i] > limits.score) queue.push({static_cast<int32_t>(i), scores[i], 0});
  }
  const bool soft = limits.sigma > 0;
  const float scale = soft ? -0.5f / limits.sigma : 0.0f;
  Selection selection;
  while (static_cast<int64_t>(selection.indices.size()) < limits.most && !queue.empty()) {
    Candidate next = queue.top();
    queue.pop();
    const float before = next.score;
    bool suppressed = false;
    for (size_t j = selection.indices.size(); j > next.compared && !suppressed; --j) {
      const float same = similarity(next.box, selection.indices[j - 1]);
      if (soft || same <= limits.similarity) {
        next.score *= std::exp(scale * same * same);
      } else {
        next.score = 0;
        suppressed = same > limits.similarity;
      }
      if (next.score <= limits.score) break;
    }
    next.compared = selection.indices.size();
    if (suppressed) continue;
    if (next.score == before) {
      selection.indices.push_back(next.box);
      selection.scores.push_back(next.score);
    } else if (next.score > limits.score) {
      queue.push(next);
    }
  }
  return selection;
}

std::vector<float> Floats(const Tensor& tensor) {
  std::vector<float> values(static_cast<size_t>(tensor.num_elements()));
  if (tensor.dtype() == DataType::kHalf) {
    std::ranges::transform(tensor.flat<Half>(), values.begin(), [](Half x) { return static_cast<float>(x); });
  } else {
    std::ranges::copy(tensor.flat<float>(), values.begin());
  }
  return values;
}

Result<float> FloatScalar(const Tensor& tensor, std::string_view what) {
  SMCLI_RETURN_IF_ERROR(ExpectScalar(tensor, what));
  return Floats(tensor)[0];
}

Tensor OfType(DataType dtype, const std::vector<float>& values) {
  if (dtype == DataType::kFloat) return Tensor::Vector<float>(values);
  std::vector<Half> narrow;
  for (float value : values) narrow.push_back(Half(value));
  return Tensor::Vector<Half>(narrow);
}

class NonMaxSuppression final : public Kernel {
 public:
  static Result<NonMaxSuppression> Make(const NodeInfo& node) {
    NonMaxSuppression kernel;
    kernel.overlaps_ = node.op == "NonMaxSuppressionWithOverlaps";
    kernel.iou_threshold_ = node.attrs.Float("iou_threshold", 0.5f);
    kernel.pad_ = node.attrs.Bool("pad_to_max_output_size", false);
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    const Tensor& boxes = ctx.input(0);
    const Tensor& scores = ctx.input(1);
    SMCLI_RETURN_IF_ERROR(ExpectMatrix(boxes, "boxes"));
    const int64_t count = boxes.dim(0);
    if (boxes.dim(1) != (overlaps_ ? count : 4))
      return ModelError("boxes has incompatible shape {}", boxes.shape().ToString());
    if (!(scores.shape() == Shape{count})) {
      return ModelError("scores has incompatible shape {} for {} boxes", scores.shape().ToString(), count);
    }
    if (count > INT32_MAX) return ModelError("too many boxes");
    SMCLI_ASSIGN_OR_RETURN(const Limits limits, ReadLimits(ctx));
    const std::vector<float> corners = Floats(boxes);
    Selection selection = Select(Floats(scores), limits, [&](int32_t a, int32_t b) {
      if (overlaps_) return corners[static_cast<size_t>(a * count + b)];
      return IntersectionOverUnion(&corners[static_cast<size_t>(a) * 4], &corners[static_cast<size_t>(b) * 4]);
    });
    const auto valid = static_cast<int32_t>(selection.indices.size());
    if (pad_) {
      SMCLI_ASSIGN_OR_RETURN(const Tensor room, Tensor::Make(DataType::kInt64, Shape{limits.most}));
      selection.indices.resize(static_cast<size_t>(room.num_elements()), 0);
      selection.scores.resize(static_cast<size_t>(room.num_elements()), 0.0f);
    }
    ctx.set_output(0, Tensor::Vector<int32_t>(selection.indices));
    if (ctx.num_outputs() == 3) ctx.set_output(1, OfType(boxes.dtype(), selection.scores));
    if (ctx.num_outputs() > 1) ctx.set_output(ctx.num_outputs() - 1, Tensor::Scalar(valid));
    return {};
  }

 private:
  Result<Limits> ReadLimits(KernelContext& ctx) const {
    Limits limits;
    limits.similarity = iou_threshold_;
    SMCLI_ASSIGN_OR_RETURN(limits.most, ScalarInt(ctx.input(2), "max_output_size"));
    if (limits.most < 0) return ModelError("max_output_size must not be negative, got {}", limits.most);
    if (ctx.num_inputs() > 3) {
      SMCLI_ASSIGN_OR_RETURN(limits.similarity, FloatScalar(ctx.input(3), "iou_threshold"));
    }
    if (ctx.num_inputs() > 4) {
      SMCLI_ASSIGN_OR_RETURN(limits.score, FloatScalar(ctx.input(4), "score_threshold"));
    }
    if (ctx.num_inputs() > 5) {
      SMCLI_ASSIGN_OR_RETURN(limits.sigma, FloatScalar(ctx.input(5), "soft_nms_sigma"));
      if (!(limits.sigma >= 0)) return ModelError("soft_nms_sigma must not be negative, got {}", limits.sigma);
    }
    if (!overlaps_ && !(limits.similarity >= 0 && limits.similarity <= 1)) {
      return ModelError("iou_threshold must be in [0, 1], got {}", limits.similarity);
    }
    return limits;
  }

  bool overlaps_ = false;
  bool pad_ = false;
  float iou_threshold_ = 0.5f;
};

struct Detection {
  int32_t box = -1;
  float score = std::numeric_limits<float>::lowest();
  int64_t label = 0;
};

class CombinedNonMaxSuppression final : public Kernel {
 public:
  static Result<CombinedNonMaxSuppression> Make(const NodeInfo& node) {
    CombinedNonMaxSuppression kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.pad_per_class_, node.attrs.Bool("pad_per_class"));
    SMCLI_ASSIGN_OR_RETURN(kernel.clip_boxes_, node.attrs.Bool("clip_boxes"));
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    const Tensor& boxes = ctx.input(0);
    const Tensor& scores = ctx.input(1);
    SMCLI_RETURN_IF_ERROR(ExpectRank(boxes, 4, "boxes"));
    SMCLI_RETURN_IF_ERROR(ExpectRank(scores, 3, "scores"));
    const int64_t batch = boxes.dim(0), count = boxes.dim(1), sets = boxes.dim(2), classes = scores.dim(2);
    if (scores.dim(0) != batch || scores.dim(1) != count || boxes.dim(3) != 4 || (sets != 1 && sets != classes)) {
      return ModelError("boxes {} and scores {} do not go together", boxes.shape().ToString(),
                        scores.shape().ToString());
    }
    SMCLI_ASSIGN_OR_RETURN(const int64_t per_class, ScalarInt(ctx.input(2), "max_output_size_per_class"));
    SMCLI_ASSIGN_OR_RETURN(const int64_t total, ScalarInt(ctx.input(3), "max_total_size"));
    SMCLI_ASSIGN_OR_RETURN(const float iou_threshold, FloatScalar(ctx.input(4), "iou_threshold"));
    SMCLI_ASSIGN_OR_RETURN(const float score_threshold, FloatScalar(ctx.input(5), "score_threshold"));
    if (per_class <= 0) return ModelError("max_output_size_per_class must be positive, got {}", per_class);
    if (total <= 0) return ModelError("max_total_size must be positive, got {}", total);
    if (!(iou_threshold >= 0 && iou_threshold <= 1))
      return ModelError("iou_threshold must be in [0, 1], got {}", iou_threshold);
    if (count > INT32_MAX) return ModelError("too many boxes");
    int64_t most_of_classes = 0;
    const bool over = __builtin_mul_overflow(per_class, classes, &most_of_classes);
    const int64_t width = pad_per_class_ && !over ? std::min(total, most_of_classes) : total;
    SMCLI_ASSIGN_OR_RETURN(Tensor * out_boxes, Zeros(ctx, 0, {batch, width, 4}));
    SMCLI_ASSIGN_OR_RETURN(Tensor * out_scores, Zeros(ctx, 1, {batch, width}));
    SMCLI_ASSIGN_OR_RETURN(Tensor * out_classes, Zeros(ctx, 2, {batch, width}));
    SMCLI_ASSIGN_OR_RETURN(Tensor * valid, ctx.Allocate(3, DataType::kInt32, Shape{batch}));
    for (int64_t b = 0; b < batch; ++b) {
      const float* corners = boxes.data<float>() + b * count * sets * 4;
      const float* values = scores.data<float>() + b * count * classes;
      std::vector<Detection> found;
      for (int64_t c = 0; c < classes; ++c) {
        SelectClass(corners, sets, values, classes, c, count, {per_class, iou_threshold, score_threshold, 0}, found);
      }
      std::ranges::stable_sort(found, [](const Detection& x, const Detection& y) { return x.score > y.score; });
      const auto kept = std::min(static_cast<int64_t>(found.size()), width);
      valid->mutable_data<int32_t>()[b] = static_cast<int32_t>(kept);
      for (int64_t i = 0; i < kept; ++i) {
        const Detection& detection = found[static_cast<size_t>(i)];
        const float* box = corners + (detection.box * sets + (sets > 1 ? detection.label : 0)) * 4;
        for (int k = 0; k < 4; ++k) {
          const float corner = clip_boxes_ ? std::max(std::min(box[k], 1.0f), 0.0f) : box[k];
          out_boxes->mutable_data<float>()[(b * width + i) * 4 + k] = corner;
        }
        out_scores->mutable_data<float>()[b * width + i] = detection.score;
        out_classes->mutable_data<float>()[b * width + i] = static_cast<float>(detection.label);
      }
    }
    return {};
  }

 private:
  static Result<Tensor*> Zeros(KernelContext& ctx, int output, std::initializer_list<int64_t> dims) {
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, CheckedShape(std::span<const int64_t>(dims.begin(), dims.size())));
    SMCLI_ASSIGN_OR_RETURN(Tensor * tensor, ctx.Allocate(output, DataType::kFloat, shape));
    std::ranges::fill(tensor->mutable_flat<float>(), 0.0f);
    return tensor;
  }

  static void SelectClass(const float* corners, int64_t sets, const float* values, int64_t classes, int64_t label,
                          int64_t count, const Limits& limits, std::vector<Detection>& found) {
    std::vector<float> scores(static_cast<size_t>(count));
    for (int64_t i = 0; i < count; ++i) scores[static_cast<size_t>(i)] = values[i * classes + label];
    const int64_t set = sets > 1 ? label : 0;
    const Selection selection = Select(scores, limits, [&](int32_t a, int32_t b) {
      return IntersectionOverUnion(corners + (a * sets + set) * 4, corners + (b * sets + set) * 4);
    });
    for (size_t i = 0; i < selection.indices.size(); ++i)
      found.push_back({selection.indices[i], selection.scores[i], label});
  }

  bool pad_per_class_ = false;
  bool clip_boxes_ = true;
};

constexpr Op kOps[] = {
    {.name = "CombinedNonMaxSuppression", .types = {}, .make = MakeKernel<CombinedNonMaxSuppression>},
    {.name = "NonMaxSuppression", .types = {}, .make = MakeKernel<NonMaxSuppression>},
    {.name = "NonMaxSuppressionV2", .types = {}, .make = MakeKernel<NonMaxSuppression>},
    {.name = "NonMaxSuppressionV3", .types = {}, .make = MakeKernel<NonMaxSuppression>},
    {.name = "NonMaxSuppressionV4", .types = {}, .make = MakeKernel<NonMaxSuppression>},
    {.name = "NonMaxSuppressionV5", .types = {}, .make = MakeKernel<NonMaxSuppression>},
    {.name = "NonMaxSuppressionWithOverlaps", .types = {}, .make = MakeKernel<NonMaxSuppression>},
};

}  // namespace

std::span<const Op> ImageSuppressionOps() { return kOps; }

}  // namespace smcli
