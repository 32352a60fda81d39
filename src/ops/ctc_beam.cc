// CTCBeamSearchDecoder: the most probable label sequences by prefix beam search (A. Graves and N. Jaitly, "Towards
// end-to-end speech recognition with recurrent neural networks", 2014, algorithm 1), with the choices of
// tensorflow/core/util/ctc/ctc_beam_search.h. The last class is the blank.
#include <algorithm>
#include <cmath>
#include <deque>
#include <functional>
#include <unordered_map>
#include <vector>

#include "ops/ctc_sequences.h"
#include "ops/int_args.h"
#include "ops/op.h"

namespace smcli {
namespace {

// Log probabilities of a prefix: ending with a blank, with its last label, and both together.
template <typename T>
struct PrefixProbability {
  T total = kLogZero<T>, blank = kLogZero<T>, label = kLogZero<T>;
};

// A label sequence, as its last label and the sequence before it.
template <typename T>
struct Prefix {
  Prefix* parent = nullptr;  // null: the empty sequence
  int64_t label = -1;
  PrefixProbability<T> before, now;
  std::unordered_map<int64_t, Prefix*> longer;  // by next label; only those that were in the beam once

  bool in_beam() const { return now.total != kLogZero<T>; }
};

template <typename T>
class BeamSearch {
 public:
  BeamSearch(size_t width, int64_t classes) : width_(width), classes_(classes) {
    Prefix<T>& root = prefixes_.emplace_back();
    root.now.total = root.now.blank = 0;
    Push(&root);
  }

  void Step(const T* logits) {
    const T largest = *std::max_element(logits, logits + classes_);
    T sum = 0;
    for (int64_t c = 0; c < classes_; ++c) sum += std::exp(logits[c] - largest);
    const T norm = largest + std::log(sum);
    std::vector<Prefix<T>*> before = std::move(beam_);
    beam_.clear();
    for (Prefix<T>* prefix : before) prefix->before = prefix->now;
    for (Prefix<T>* prefix : before) Stay(*prefix, logits, norm);
    std::ranges::stable_sort(before, [](auto* a, auto* b) { return a->before.total > b->before.total; });
    for (Prefix<T>* prefix : before) {
      if (!Fits(prefix->before.total)) continue;
      for (int64_t label = 0; label + 1 < classes_; ++label) Extend(*prefix, label, logits[label] - norm);
    }
  }

  // The best first.
  const std::vector<Prefix<T>*>& beam() const { return beam_; }

 private:
  // The sequence as it is: a blank, or its last label once more.
  void Stay(Prefix<T>& prefix, const T* logits, T norm) {
    if (prefix.parent != nullptr) {
      if (prefix.parent->in_beam()) {
        const auto& parent = *prefix.parent;
        prefix.now.label =
            LogSum(prefix.now.label, prefix.label == parent.label ? parent.before.blank : parent.before.total);
      }
      prefix.now.label += logits[prefix.label] - norm;
    }
    prefix.now.blank = prefix.before.total + logits[classes_ - 1] - norm;
    prefix.now.total = LogSum(prefix.now.blank, prefix.now.label);
    Push(&prefix);
  }

  // The sequence with one label more.
  void Extend(Prefix<T>& prefix, int64_t label, T log_probability) {
    const auto known = prefix.longer.find(label);
    if (known != prefix.longer.end() && known->second->in_beam()) return;
    const T total = log_probability + (label == prefix.label ? prefix.before.blank : prefix.before.total);
    if (!Fits(total)) {
      // A sequence that left the beam in this step and does not come back is not extended either.
      if (known != prefix.longer.end()) known->second->before = {};
      return;
    }
    Prefix<T>* longer = known != prefix.longer.end() ? known->second : &prefixes_.emplace_back();
    longer->parent = &prefix;
    longer->label = label;
    longer->before = {};
    longer->now = {.total = total, .blank = kLogZero<T>, .label = total};
    prefix.longer[label] = longer;
    if (beam_.size() == width_) {
      beam_.back()->now = {};
      beam_.pop_back();
    }
    Push(longer);
  }

  bool Fits(T total) const { return total > kLogZero<T> && (beam_.size() < width_ || total > beam_.back()->now.total); }
  void Push(Prefix<T>* prefix) {
    const auto place = std::ranges::upper_bound(beam_, prefix->now.total, std::greater<>(),
                                                [](const Prefix<T>* other) { return other->now.total; });
    beam_.insert(place, prefix);
  }

  size_t width_;
  int64_t classes_;
  std::deque<Prefix<T>> prefixes_;
  std::vector<Prefix<T>*> beam_;
};

template <typename T>
std::vector<int64_t> LabelsOf(const Prefix<T>& prefix, bool merge_repeated) {
  std::vector<int64_t> labels;
  int64_t after = -1;
  for (const Prefix<T>* at = &prefix; at->parent != nullptr; at = at->parent) {
    if (!merge_repeated || at->label != after) labels.push_back(at->label);
    after = at->label;
  }
  std::ranges::reverse(labels);
  return labels;
}

class BeamSearchDecoder final : public Kernel {
 public:
  static Result<BeamSearchDecoder> Make(const NodeInfo& node) {
    BeamSearchDecoder kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.width_, node.attrs.Int("beam_width"));
    SMCLI_ASSIGN_OR_RETURN(kernel.top_paths_, node.attrs.Int("top_paths"));
    SMCLI_ASSIGN_OR_RETURN(kernel.merge_repeated_, node.attrs.Bool("merge_repeated"));
    if (kernel.top_paths_ > kernel.width_) {
      return ModelError("top_paths {} is more than beam_width {}", kernel.top_paths_, kernel.width_);
    }
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
    std::vector<DecodedPath> paths(static_cast<size_t>(top_paths_));
    std::vector<T> log_probabilities;
    for (int64_t b = 0; b < batch; ++b) {
      BeamSearch<T> search(static_cast<size_t>(width_), classes);
      for (int64_t t = 0; t < IntAt(ctx.input(1), b); ++t) search.Step(inputs.data<T>() + (t * batch + b) * classes);
      if (search.beam().size() < paths.size()) {
        return ModelError("sequence {} has {} paths, fewer than top_paths {}", b, search.beam().size(), top_paths_);
      }
      for (size_t p = 0; p < paths.size(); ++p) {
        paths[p].Add(b, LabelsOf(*search.beam()[p], merge_repeated_));
        log_probabilities.push_back(search.beam()[p]->now.total);
      }
    }
    const auto top = static_cast<int>(top_paths_);
    for (int p = 0; p < top; ++p) {
      paths[static_cast<size_t>(p)].Output(ctx, batch, {p, top + p, 2 * top + p});
    }
    ctx.set_output(3 * top, Tensor::Of<T>(Shape{batch, top_paths_}, log_probabilities));
    return {};
  }

  int64_t width_ = 1, top_paths_ = 1;
  bool merge_repeated_ = true;
};

constexpr Op kOps[] = {
    {.name = "CTCBeamSearchDecoder",
     .types = {{{"T", DataType::kFloat | DataType::kDouble}}},
     .make = MakeKernel<BeamSearchDecoder>,
     .tolerance = Tolerance::kRounding},
};

}  // namespace

std::span<const Op> CtcBeamOps() { return kOps; }

}  // namespace smcli
