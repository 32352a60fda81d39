// The candidate samplers of sampled losses: classes drawn from a distribution, and how often each class is to be
// expected (TensorFlow: kernels/candidate_sampler_ops.cc, range_sampler.cc).
#include <algorithm>
#include <cfloat>
#include <charconv>
#include <cmath>
#include <mutex>
#include <numeric>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "ops/expect.h"
#include "ops/op.h"
#include "ops/random_distributions.h"
#include "ops/random_source.h"

namespace smcli {
namespace {

// Numbers one at a time, by TensorFlow's lib/random/simple_philox.h.
class SimplePhilox {
 public:
  explicit SimplePhilox(const Philox& philox) : words_(philox) {}
  uint32_t Word() { return words_(); }
  uint64_t LongWord() {
    const uint64_t low = words_();
    return low | static_cast<uint64_t>(words_()) << 32;
  }
  double Double() {
    const uint32_t high = words_();
    return UnitDouble(high, words_());
  }
  uint32_t Below(uint32_t n) {
    return Below<uint32_t>(n, [this] { return Word(); });
  }
  uint64_t Below(uint64_t n) {
    return Below<uint64_t>(n, [this] { return LongWord(); });
  }

 private:
  template <typename T, typename Draw>
  static T Below(T n, Draw draw) {
    if ((n & (n - 1)) == 0) return draw() & (n - 1);
    const T beyond = ~T{0} % n + 1;
    T drawn = draw();
    while (drawn < beyond) drawn = draw();
    return drawn % n;
  }

  PhiloxWords words_;
};

// A distribution over [0, range).
class Classes {
 public:
  virtual ~Classes() = default;
  virtual int64_t Draw(SimplePhilox& random) const = 0;
  virtual float Probability(int64_t value) const = 0;
  virtual void Learn(std::span<const int64_t>) {}
};

class UniformClasses final : public Classes {
 public:
  explicit UniformClasses(int64_t range) : range_(range) {}
  int64_t Draw(SimplePhilox& random) const override {
    return static_cast<int64_t>(random.Below(static_cast<uint64_t>(range_)));
  }
  float Probability(int64_t) const override { return static_cast<float>(1.0 / static_cast<double>(range_)); }

 private:
  int64_t range_;
};

class LogUniformClasses final : public Classes {
 public:
  explicit LogUniformClasses(int64_t range) : range_(range), log_(std::log1p(static_cast<double>(range))) {}
  int64_t Draw(SimplePhilox& random) const override {
    return (static_cast<int64_t>(std::exp(random.Double() * log_)) - 1) % range_;
  }
  float Probability(int64_t value) const override {
    const auto v = static_cast<double>(value);
    return static_cast<float>(std::log((v + 2.0) / (v + 1.0)) / log_);
  }

 private:
  int64_t range_;
  double log_;
};

// Every class counts 1, and 1 more each time that it was a true class.
class LearnedClasses final : public Classes {
 public:
  explicit LearnedClasses(int64_t range)
      : weights_(static_cast<size_t>(range), 1), total_(static_cast<int32_t>(range)) {}
  int64_t Draw(SimplePhilox& random) const override {
    auto left = static_cast<int32_t>(random.Below(static_cast<uint32_t>(total_)));
    size_t at = 0;
    while (left >= weights_[at]) left -= weights_[at++];
    return static_cast<int64_t>(at);
  }
  float Probability(int64_t value) const override {
    return static_cast<float>(weights_[static_cast<size_t>(value)]) / static_cast<float>(total_);
  }
  void Learn(std::span<const int64_t> values) override {
    for (int64_t value : values) {
      if (total_ == std::numeric_limits<int32_t>::max()) return;
      ++weights_[static_cast<size_t>(value)];
      ++total_;
    }
  }

 private:
  std::vector<int32_t> weights_;
  int32_t total_;
};

// Weights from the model: Walker's alias method, Knuth vol. 2.
class FixedClasses final : public Classes {
 public:
  explicit FixedClasses(std::vector<float> weights) : weights_(std::move(weights)) {
    const size_t n = weights_.size();
    double sum = 0;
    for (float weight : weights_) {
      total_ += weight;
      sum += static_cast<double>(weight);
    }
    std::vector<double> parts(n);
    std::vector<size_t> high, low;
    alias_.resize(n);
    for (size_t i = 0; i < n; ++i) {
      parts[i] = static_cast<double>(weights_[i] * static_cast<float>(n)) / sum;
      (parts[i] < 1.0 ? low : high).push_back(i);
    }
    while (!high.empty() && !low.empty()) {
      const size_t l = low.back(), h = high.back();
      low.pop_back();
      high.pop_back();
      alias_[l] = h;
      parts[h] -= 1.0 - parts[l];
      (parts[h] < 1.0 ? low : high).push_back(h);
    }
    for (const auto* rest : {&high, &low}) {
      for (size_t i : *rest) {
        parts[i] = 1;
        alias_[i] = i;
      }
    }
    keep_.assign(parts.begin(), parts.end());
  }
  int64_t Draw(SimplePhilox& random) const override {
    const float part = UnitFloat(random.Word());
    const size_t at = random.Below(static_cast<uint32_t>(keep_.size()));
    return static_cast<int64_t>(part < keep_[at] ? at : alias_[at]);
  }
  float Probability(int64_t value) const override { return weights_[static_cast<size_t>(value)] / total_; }

 private:
  std::vector<float> weights_, keep_;
  std::vector<size_t> alias_;
  float total_ = 0;
};

// The state of a node: what it has learned.
class Sampler final : public Resource {
 public:
  explicit Sampler(std::unique_ptr<Classes> own) : classes(std::move(own)) {}
  std::string_view type_name() const override { return "candidate sampler"; }
  std::mutex mutex;
  std::unique_ptr<Classes> classes;
};

float ExpectedCount(float probability, int64_t count, int64_t tries) {
  if (tries == count) return probability * static_cast<float>(count);
  return -std::expm1(static_cast<float>(tries) * std::log1p(-probability));
}

class CandidateSampler final : public Kernel {
 public:
  static Result<std::unique_ptr<Kernel>> Make(const NodeInfo& node) {
    auto kernel = std::make_unique<CandidateSampler>();
    SMCLI_ASSIGN_OR_RETURN(kernel->num_true_, node.attrs.Int("num_true"));
    SMCLI_ASSIGN_OR_RETURN(kernel->num_sampled_, node.attrs.Int("num_sampled"));
    SMCLI_ASSIGN_OR_RETURN(kernel->unique_, node.attrs.Bool("unique"));
    SMCLI_ASSIGN_OR_RETURN(kernel->source_, SeededSource::Of(node));
    kernel->kind_ = node.op.substr(0, node.op.find("CandidateSampler"));
    kernel->node_ = fmt::format("{}/{}", node.scope, node.name);
    kernel->range_ = kernel->num_sampled_;
    if (kernel->kind_ != "All") {
      SMCLI_ASSIGN_OR_RETURN(kernel->range_, node.attrs.Int("range_max"));
    }
    if (kernel->num_true_ < 1 || kernel->num_sampled_ < 1 || kernel->range_ < 1) {
      return InvalidModelError("num_true, num_sampled and range_max must be positive");
    }
    if (kernel->kind_ == "FixedUnigram") SMCLI_RETURN_IF_ERROR(kernel->ReadUnigrams(node));
    return std::unique_ptr<Kernel>(std::move(kernel));
  }

  Status Compute(KernelContext& ctx) const override {
    const Tensor true_classes = ctx.input(0);
    SMCLI_RETURN_IF_ERROR(ExpectMatrix(true_classes, "true_classes"));
    if (true_classes.dim(1) != num_true_) {
      return ModelError("true_classes must have {} columns, got {}", num_true_, true_classes.dim(1));
    }
    if (unique_ && num_sampled_ > range_) return ModelError("Sampler's range is too small.");
    for (int64_t value : true_classes.flat<int64_t>()) {
      if (value < 0 || value >= range_) return ModelError("true class {} out of range [0, {})", value, range_);
    }
    SMCLI_ASSIGN_OR_RETURN(Tensor * sampled, ctx.Allocate(0, DataType::kInt64, Shape{num_sampled_}));
    SMCLI_ASSIGN_OR_RETURN(Tensor * true_counts, ctx.Allocate(1, DataType::kFloat, true_classes.shape()));
    SMCLI_ASSIGN_OR_RETURN(Tensor * counts, ctx.Allocate(2, DataType::kFloat, Shape{num_sampled_}));
    const auto drawn = sampled->mutable_flat<int64_t>();
    if (kind_ == "All") {
      std::iota(drawn.begin(), drawn.end(), 0);
      std::ranges::fill(true_counts->mutable_flat<float>(), 1.0f);
      std::ranges::fill(counts->mutable_flat<float>(), 1.0f);
      return {};
    }
    SMCLI_ASSIGN_OR_RETURN(const std::shared_ptr<Sampler> sampler, State(ctx));
    SMCLI_ASSIGN_OR_RETURN(const Philox philox, source_.Reserve(ctx, static_cast<uint64_t>(num_sampled_) * 512));
    std::lock_guard lock(sampler->mutex);
    SimplePhilox random(philox);
    SMCLI_ASSIGN_OR_RETURN(const int64_t tries, Draw(*sampler->classes, random, drawn));
    const auto count = [&](std::span<const int64_t> values, std::span<float> out) {
      std::ranges::transform(values, out.begin(), [&](int64_t value) {
        return ExpectedCount(sampler->classes->Probability(value), num_sampled_, tries);
      });
    };
    count(drawn, counts->mutable_flat<float>());
    count(true_classes.flat<int64_t>(), true_counts->mutable_flat<float>());
    sampler->classes->Learn(true_classes.flat<int64_t>());
    return {};
  }

 private:
  // How many draws it took.
  Result<int64_t> Draw(const Classes& classes, SimplePhilox& random, std::span<int64_t> drawn) const {
    if (!unique_) {
      for (int64_t& value : drawn) value = classes.Draw(random);
      return num_sampled_;
    }
    std::unordered_set<int64_t> used;
    int64_t tries = 0;
    for (size_t picked = 0; picked < drawn.size(); ++tries) {
      if (tries == std::numeric_limits<int32_t>::max()) return ModelError("no {} different classes", num_sampled_);
      const int64_t value = classes.Draw(random);
      if (used.insert(value).second) drawn[picked++] = value;
    }
    return tries;
  }

  Result<std::shared_ptr<Sampler>> State(KernelContext& ctx) const {
    std::vector<float> weights = unigrams_;
    if (!vocabulary_.empty()) {
      SMCLI_ASSIGN_OR_RETURN(const std::string text,
                             ctx.files().ReadForOp(vocabulary_, "FixedUnigramCandidateSampler"));
      SMCLI_RETURN_IF_ERROR(ReadVocabulary(text, weights));
    }
    if (kind_ == "FixedUnigram" && static_cast<int64_t>(weights.size()) != range_) {
      return ModelError("range is {} must be equal to weights size {}", range_, weights.size());
    }
    if (kind_ != "FixedUnigram" && kind_ != "Uniform" && kind_ != "LogUniform" &&
        range_ >= std::numeric_limits<int32_t>::max()) {
      return ModelError("range_max {} is too large for a learned distribution", range_);
    }
    if (kind_ != "Uniform" && kind_ != "LogUniform") {  // is there room for a number per class?
      SMCLI_RETURN_IF_ERROR(Tensor::Make(DataType::kInt64, Shape{range_}));
    }
    return ctx.resources().LookupOrCreate<Sampler>("candidate sampler", node_, [&] {
      std::unique_ptr<Classes> classes;
      if (kind_ == "Uniform") {
        classes = std::make_unique<UniformClasses>(range_);
      } else if (kind_ == "LogUniform") {
        classes = std::make_unique<LogUniformClasses>(range_);
      } else if (kind_ == "FixedUnigram") {
        classes = std::make_unique<FixedClasses>(std::move(weights));
      } else {
        classes = std::make_unique<LearnedClasses>(range_);
      }
      return std::make_shared<Sampler>(std::move(classes));
    });
  }

  Status ReadUnigrams(const NodeInfo& node) {
    SMCLI_ASSIGN_OR_RETURN(vocabulary_, node.attrs.String("vocab_file"));
    SMCLI_ASSIGN_OR_RETURN(const std::vector<float> unigrams, node.attrs.Floats("unigrams"));
    if (vocabulary_.empty() == unigrams.empty()) {
      return ModelError("Must provide either vocab_file or unigrams.");
    }
    SMCLI_ASSIGN_OR_RETURN(distortion_, node.attrs.Float("distortion"));
    SMCLI_ASSIGN_OR_RETURN(const int64_t reserved, node.attrs.Int("num_reserved_ids"));
    SMCLI_ASSIGN_OR_RETURN(shards_, node.attrs.Int("num_shards"));
    SMCLI_ASSIGN_OR_RETURN(shard_, node.attrs.Int("shard"));
    if (shards_ < 1 || shard_ < 0 || shard_ >= shards_ || reserved < 0 || reserved / shards_ > range_) {
      return InvalidModelError("shard {} of {}, {} reserved ids", shard_, shards_, reserved);
    }
    const int64_t own = reserved > shard_ ? (reserved - 1 - shard_) / shards_ + 1 : 0;
    unigrams_.assign(static_cast<size_t>(own), 0);
    auto id = static_cast<int64_t>(unigrams_.size());
    for (float weight : unigrams) AddWeight(weight, id++, unigrams_);
    return {};
  }

  void AddWeight(float weight, int64_t id, std::vector<float>& weights) const {
    if (id % shards_ == shard_) weights.push_back(std::pow(weight, distortion_));
  }

  // Lines whose last field, after a comma, is a weight.
  Status ReadVocabulary(std::string_view text, std::vector<float>& weights) const {
    auto id = static_cast<int64_t>(weights.size());
    while (!text.empty()) {
      const size_t end = std::min(text.find('\n'), text.size());
      const std::string_view line = text.substr(0, end);
      text.remove_prefix(std::min(end + 1, text.size()));
      const std::string_view field = line.substr(line.rfind(',') + 1);
      float weight = 0;
      if (std::from_chars(field.data(), field.data() + field.size(), weight).ec != std::errc()) {
        return ModelError("Wrong vocabulary format at line: {}", line);
      }
      AddWeight(weight, id++, weights);
    }
    return {};
  }

  std::string kind_, node_, vocabulary_;
  int64_t num_true_ = 1, num_sampled_ = 1, range_ = 1, shards_ = 1, shard_ = 0;
  float distortion_ = 1;
  bool unique_ = false;
  std::vector<float> unigrams_;
  SeededSource source_;
};

// (true_classes, sampled_candidates): where a true class was sampled, its row, its place among the samples and a weight
// that rules it out.
class AccidentalHits final : public Kernel {
 public:
  static Result<AccidentalHits> Make(const NodeInfo& node) {
    AccidentalHits kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.num_true_, node.attrs.Int("num_true"));
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    const Tensor &true_classes = ctx.input(0), &sampled = ctx.input(1);
    SMCLI_RETURN_IF_ERROR(ExpectMatrix(true_classes, "true_candidates"));
    if (true_classes.dim(1) != num_true_) {
      return ModelError("true_candidates must be a batch_size * {} matrix", num_true_);
    }
    SMCLI_RETURN_IF_ERROR(ExpectVector(sampled, "sampled_candidates"));
    std::unordered_map<int64_t, int64_t> places;
    for (int64_t i = 0; i < sampled.num_elements(); ++i) places[sampled.data<int64_t>()[i]] = i;
    std::vector<int32_t> rows;
    std::vector<int64_t> ids;
    for (int64_t i = 0; i < true_classes.num_elements(); ++i) {
      const auto found = places.find(true_classes.data<int64_t>()[i]);
      if (found == places.end()) continue;
      rows.push_back(static_cast<int32_t>(i / num_true_));
      ids.push_back(found->second);
    }
    ctx.set_output(0, Tensor::Vector<int32_t>(rows));
    ctx.set_output(1, Tensor::Vector<int64_t>(ids));
    ctx.set_output(2, Tensor::Vector<float>(std::vector<float>(ids.size(), -FLT_MAX)));
    return {};
  }

 private:
  int64_t num_true_ = 1;
};

constexpr Op Row(std::string_view name) {
  return {.name = name, .types = {}, .make = CandidateSampler::Make, .tolerance = Tolerance::kRandom, .pure = false};
}

constexpr Op kOps[] = {
    Row("AllCandidateSampler"),
    {.name = "ComputeAccidentalHits", .types = {}, .make = MakeKernel<AccidentalHits>},
    Row("FixedUnigramCandidateSampler"),
    Row("LearnedUnigramCandidateSampler"),
    Row("LogUniformCandidateSampler"),
    Row("ThreadUnsafeUnigramCandidateSampler"),
    Row("UniformCandidateSampler"),
};

}  // namespace

std::span<const Op> CandidateSamplerOps() { return kOps; }

}  // namespace smcli
