// CTCGreedyDecoder, CTCLoss and CTCLossV2 (connectionist temporal classification; A. Graves, "Supervised sequence
// labelling with recurrent neural networks", chapter 7).
#include <algorithm>
#include <cmath>
#include <vector>

#include "ops/ctc_sequences.h"
#include "ops/expect.h"
#include "ops/int_args.h"
#include "ops/op.h"

namespace smcli {

namespace {

class GreedyDecoder final : public Kernel {
 public:
  static Result<GreedyDecoder> Make(const NodeInfo& node) {
    GreedyDecoder kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.merge_repeated_, node.attrs.Bool("merge_repeated"));
    kernel.blank_ = node.attrs.Int("blank_index", -1);
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    SMCLI_RETURN_IF_ERROR(CheckSequences(ctx.input(0), ctx.input(1)));
    return ctx.input(0).dtype() == DataType::kDouble ? Decode<double>(ctx) : Decode<float>(ctx);
  }

 private:
  template <typename T>
  Status Decode(KernelContext& ctx) const {
    const Tensor& inputs = ctx.input(0);
    const int64_t batch = inputs.dim(1), classes = inputs.dim(2);
    const int64_t blank = blank_ < 0 ? classes + blank_ : blank_;
    if (blank < 0 || blank >= classes) return ModelError("blank_index {} is not one of {} classes", blank_, classes);
    DecodedPath path;
    std::vector<T> log_probabilities(static_cast<size_t>(batch), T(0));
    for (int64_t b = 0; b < batch; ++b) {
      std::vector<int64_t> labels;
      int64_t before = -1;
      for (int64_t t = 0; t < IntAt(ctx.input(1), b); ++t) {
        const T* row = inputs.data<T>() + (t * batch + b) * classes;
        const int64_t best = std::max_element(row, row + classes) - row;
        log_probabilities[static_cast<size_t>(b)] -= row[best];
        if (best != blank && !(merge_repeated_ && best == before)) labels.push_back(best);
        before = best;
      }
      path.Add(b, labels);
    }
    path.Output(ctx, batch, {0, 1, 2});
    ctx.set_output(3, Tensor::Of<T>(Shape{batch, 1}, log_probabilities));
    return {};
  }

  bool merge_repeated_ = false;
  int64_t blank_ = -1;
};

struct CtcRules {
  bool collapse_repeated = false;  // of the labels, before anything else
  bool merge_repeated = true;      // of the outputs
  bool ignore_longer = false;
  int64_t blank = 0;
};

// The loss of one sequence: forward and backward variables in log space over the labels with blanks around each.
template <typename T>
class SequenceLoss {
 public:
  SequenceLoss(const std::vector<int64_t>& labels, const CtcRules& rules, int64_t steps, int64_t classes)
      : rules_(rules), steps_(steps), classes_(classes) {
    path_.push_back(rules.blank);
    for (int64_t label : labels) {
      path_.push_back(label);
      path_.push_back(rules.blank);
    }
    nodes_ = static_cast<int64_t>(path_.size());
    log_y_.resize(static_cast<size_t>(steps * classes));
    alpha_.assign(static_cast<size_t>(steps * nodes_), kLogZero<T>);
    beta_ = alpha_;
  }

  // `logits` of step t.
  void SetStep(int64_t t, const T* logits) {
    const T largest = *std::max_element(logits, logits + classes_);
    T sum = 0;
    for (int64_t c = 0; c < classes_; ++c) sum += std::exp(logits[c] - largest);
    const T log_sum = std::log(sum) + largest;
    for (int64_t c = 0; c < classes_; ++c) log_y_[static_cast<size_t>(t * classes_ + c)] = logits[c] - log_sum;
  }

  T Compute() {
    Forward();
    Backward();
    for (int64_t u = 0; u < nodes_; ++u) log_p_ = LogSum(log_p_, Alpha(u, 0) + Beta(u, 0));
    return -log_p_;
  }

  // With respect to the logits of step t; after Compute.
  void Gradient(int64_t t, T* gradient) const {
    std::vector<T> sums(static_cast<size_t>(classes_), kLogZero<T>);
    for (int64_t u = 0; u < nodes_; ++u) {
      T& sum = sums[static_cast<size_t>(path_[static_cast<size_t>(u)])];
      sum = LogSum(sum, alpha_[At(u, t)] + beta_[At(u, t)]);
    }
    for (int64_t c = 0; c < classes_; ++c) {
      const T y = std::exp(log_y_[static_cast<size_t>(t * classes_ + c)]);
      gradient[c] = log_p_ == kLogZero<T> ? y : y - std::exp(sums[static_cast<size_t>(c)] - log_p_);
    }
  }

 private:
  size_t At(int64_t u, int64_t t) const { return static_cast<size_t>(t * nodes_ + u); }
  T& Alpha(int64_t u, int64_t t) { return alpha_[At(u, t)]; }
  T& Beta(int64_t u, int64_t t) { return beta_[At(u, t)]; }
  int64_t Label(int64_t u) const { return path_[static_cast<size_t>(u)]; }
  T LogY(int64_t u, int64_t t) const { return log_y_[static_cast<size_t>(t * classes_ + Label(u))]; }
  bool MayStay(int64_t u) const { return rules_.merge_repeated || Label(u) == rules_.blank; }
  bool MaySkip(int64_t u, int64_t v) const {
    return Label(u) != rules_.blank && !(rules_.merge_repeated && Label(u) == Label(v));
  }
  // The nodes that can be on a whole path at time t.
  int64_t First(int64_t t) const { return std::max<int64_t>(0, nodes_ - 2 * (steps_ - t)); }
  int64_t End(int64_t t) const { return std::min(nodes_, 2 * (t + 1)); }

  void Forward() {
    Alpha(0, 0) = LogY(0, 0);
    if (nodes_ > 1) Alpha(1, 0) = LogY(1, 0);
    for (int64_t t = 1; t < steps_; ++t) {
      for (int64_t u = First(t); u < End(t); ++u) {
        T sum = MayStay(u) ? Alpha(u, t - 1) : kLogZero<T>;
        if (u > 0) sum = LogSum(sum, Alpha(u - 1, t - 1));
        if (u > 1 && MaySkip(u, u - 2)) sum = LogSum(sum, Alpha(u - 2, t - 1));
        Alpha(u, t) = LogY(u, t) + sum;
      }
    }
  }

  void Backward() {
    for (int64_t u = std::max<int64_t>(0, nodes_ - 2); u < nodes_; ++u) Beta(u, steps_ - 1) = 0;
    for (int64_t t = steps_ - 2; t >= 0; --t) {
      for (int64_t u = First(t); u < End(t); ++u) {
        T sum = MayStay(u) ? Beta(u, t + 1) + LogY(u, t + 1) : kLogZero<T>;
        if (u + 1 < nodes_) sum = LogSum(sum, Beta(u + 1, t + 1) + LogY(u + 1, t + 1));
        if (u + 2 < nodes_ && MaySkip(u, u + 2)) sum = LogSum(sum, Beta(u + 2, t + 1) + LogY(u + 2, t + 1));
        Beta(u, t) = sum;
      }
    }
  }

  const CtcRules& rules_;
  int64_t steps_, classes_;
  int64_t nodes_ = 0;
  std::vector<int64_t> path_;
  std::vector<T> log_y_, alpha_, beta_;
  T log_p_ = kLogZero<T>;
};

class CtcLoss final : public Kernel {
 public:
  static Result<CtcLoss> Make(const NodeInfo& node) {
    CtcLoss kernel;
    kernel.blank_first_ = node.op == "CTCLossV2";
    SMCLI_ASSIGN_OR_RETURN(kernel.rules_.collapse_repeated, node.attrs.Bool("preprocess_collapse_repeated"));
    SMCLI_ASSIGN_OR_RETURN(kernel.rules_.merge_repeated, node.attrs.Bool("ctc_merge_repeated"));
    SMCLI_ASSIGN_OR_RETURN(kernel.rules_.ignore_longer, node.attrs.Bool("ignore_longer_outputs_than_inputs"));
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    SMCLI_RETURN_IF_ERROR(CheckSequences(ctx.input(0), ctx.input(3)));
    return ctx.input(0).dtype() == DataType::kDouble ? ComputeAs<double>(ctx) : ComputeAs<float>(ctx);
  }

 private:
  template <typename T>
  Status ComputeAs(KernelContext& ctx) const {
    const Tensor& inputs = ctx.input(0);
    const int64_t batch = inputs.dim(1), classes = inputs.dim(2);
    CtcRules rules = rules_;
    rules.blank = blank_first_ ? 0 : classes - 1;
    SMCLI_ASSIGN_OR_RETURN(const auto labels, Labels(ctx, rules, batch, classes));
    SMCLI_ASSIGN_OR_RETURN(Tensor * losses, ctx.Allocate(0, inputs.dtype(), Shape{batch}));
    SMCLI_ASSIGN_OR_RETURN(Tensor * gradients, ctx.Allocate(1, inputs.dtype(), inputs.shape()));
    std::ranges::fill(gradients->mutable_flat<T>(), T(0));
    for (int64_t b = 0; b < batch; ++b) {
      const int64_t steps = IntAt(ctx.input(3), b);
      T& loss = losses->mutable_data<T>()[b];
      loss = 0;
      if (steps == 0) continue;
      SequenceLoss<T> sequence(labels[static_cast<size_t>(b)], rules, steps, classes);
      for (int64_t t = 0; t < steps; ++t) sequence.SetStep(t, inputs.data<T>() + (t * batch + b) * classes);
      loss = sequence.Compute();
      for (int64_t t = 0; t < steps; ++t)
        sequence.Gradient(t, gradients->mutable_data<T>() + (t * batch + b) * classes);
    }
    return {};
  }

  // Of every sequence, in the order of the sparse tensor.
  static Result<std::vector<std::vector<int64_t>>> Labels(KernelContext& ctx, const CtcRules& rules, int64_t batch,
                                                          int64_t classes) {
    const Tensor& indices = ctx.input(1);
    const Tensor& values = ctx.input(2);
    if (indices.rank() != 2 || indices.dim(1) != 2 || !(values.shape() == Shape{indices.dim(0)})) {
      return ModelError("labels_indices {} and labels_values {} do not go together", indices.shape().ToString(),
                        values.shape().ToString());
    }
    std::vector<std::vector<int64_t>> labels(static_cast<size_t>(batch));
    for (int64_t i = 0; i < values.num_elements(); ++i) {
      const int64_t b = IntAt(indices, i * 2);
      const int64_t label = IntAt(values, i);
      if (b < 0 || b >= batch) return ModelError("labels_indices name sequence {} of {}", b, batch);
      if (label < 0) return ModelError("all labels must be nonnegative, got {}", label);
      if (label >= classes)
        return ModelError("no label may be greater than the number of classes, got {} of {}", label, classes);
      auto& own = labels[static_cast<size_t>(b)];
      if (!(rules.collapse_repeated && !own.empty() && own.back() == label)) own.push_back(label);
    }
    for (int64_t b = 0; b < batch && !rules.ignore_longer; ++b) {
      const auto required = static_cast<int64_t>(labels[static_cast<size_t>(b)].size());
      const int64_t available = IntAt(ctx.input(3), b);
      if (required > available) {
        return ModelError("not enough time for target transition sequence (required: {}, available: {})", required,
                          available);
      }
    }
    return labels;
  }

  CtcRules rules_;
  bool blank_first_ = false;
};

constexpr Op kOps[] = {
    {.name = "CTCGreedyDecoder", .types = {}, .make = MakeKernel<GreedyDecoder>},
    {.name = "CTCLoss", .types = {}, .make = MakeKernel<CtcLoss>, .tolerance = Tolerance::kRounding},
    {.name = "CTCLossV2", .types = {}, .make = MakeKernel<CtcLoss>, .tolerance = Tolerance::kRounding},
};

}  // namespace

std::span<const Op> CtcOps() { return kOps; }

}  // namespace smcli
