// AudioSpectrogram and Mfcc (kernels/spectrogram.cc, mfcc_mel_filterbank.cc and mfcc_dct.cc of TensorFlow).
#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>
#include <vector>

#include "ops/expect.h"
#include "ops/fourier_transform.h"
#include "ops/int_args.h"
#include "ops/op.h"

namespace smcli {
namespace {

class AudioSpectrogram final : public Kernel {
 public:
  static Result<AudioSpectrogram> Make(const NodeInfo& node) {
    AudioSpectrogram kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.window_, node.attrs.Int("window_size"));
    SMCLI_ASSIGN_OR_RETURN(kernel.stride_, node.attrs.Int("stride"));
    SMCLI_ASSIGN_OR_RETURN(kernel.squared_, node.attrs.Bool("magnitude_squared"));
    if (kernel.window_ < 2 || kernel.window_ > (1 << 26))
      return ModelError("window_size {} is not in [2, 2^26]", kernel.window_);
    if (kernel.stride_ < 1) return ModelError("stride must be positive, got {}", kernel.stride_);
    return kernel;
  }

  // input [samples, channels] -> [channels, slices, frequencies]
  Status Compute(KernelContext& ctx) const override {
    const Tensor& input = ctx.input(0);
    SMCLI_RETURN_IF_ERROR(ExpectMatrix(input, "input"));
    const int64_t samples = input.dim(0), channels = input.dim(1);
    const int64_t slices = samples < window_ ? 0 : 1 + (samples - window_) / stride_;
    const auto size = std::bit_ceil(static_cast<uint64_t>(window_));
    const auto frequencies = static_cast<int64_t>(size / 2) + 1;
    const int64_t dims[] = {channels, slices, frequencies};
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, CheckedShape(dims));
    SMCLI_ASSIGN_OR_RETURN(Tensor * output, ctx.Allocate(0, DataType::kFloat, shape));
    std::vector<double> hann(static_cast<size_t>(window_));
    for (size_t i = 0; i < hann.size(); ++i) {
      hann[i] = 0.5 - 0.5 * std::cos(2.0 * std::numbers::pi * static_cast<double>(i) / static_cast<double>(window_));
    }
    const auto transform = plans_->Of(static_cast<int64_t>(size));
    float* out = output->mutable_data<float>();
    ctx.pool().ParallelFor(channels * slices, 4, [&](int64_t begin, int64_t end) {
      std::vector<double> frame(size), re(static_cast<size_t>(transform->room())), im(re.size()), scratch;
      const double* const rows[] = {frame.data()};
      for (int64_t i = begin; i < end; ++i) {
        const float* from = input.data<float>() + (i % slices) * stride_ * channels + i / slices;
        for (size_t s = 0; s < hann.size(); ++s)
          frame[s] = hann[s] * static_cast<double>(from[static_cast<int64_t>(s) * channels]);
        transform->Load<double>(rows, re.data(), im.data());
        transform->Forward(re.data(), im.data(), 1, scratch);
        for (int64_t f = 0; f < frequencies; ++f) {
          const auto at = static_cast<size_t>(f);
          const auto power = static_cast<float>(re[at] * re[at] + im[at] * im[at]);
          out[i * frequencies + f] = squared_ ? power : std::sqrt(power);
        }
      }
    });
    return {};
  }

 private:
  int64_t window_ = 0;
  int64_t stride_ = 0;
  bool squared_ = false;
  std::unique_ptr<FourierPlans<RealFourierTransform>> plans_ = std::make_unique<FourierPlans<RealFourierTransform>>();
};

double Mel(double frequency) { return 1127.0 * std::log1p(frequency / 700.0); }

struct MfccSettings {
  double upper = 4000;
  double lower = 20;
  int64_t channels = 40;
  int64_t coefficients = 13;
};

// Triangular filters at equal distances on the mel scale: every frequency bin counts for two neighbours.
class MelFilters {
 public:
  static Result<MelFilters> Make(const MfccSettings& settings, int64_t bins, double rate) {
    if (rate <= 0) return ModelError("sample rate must be positive, got {}", rate);
    if (bins < 2) return ModelError("the spectrogram must have at least two frequencies, got {}", bins);
    if (settings.lower < 0 || settings.upper <= settings.lower) {
      return ModelError("frequency limits {} and {} are no range", settings.lower, settings.upper);
    }
    MelFilters filters;
    filters.channels_ = settings.channels;
    const double low = Mel(settings.lower);
    const double spacing = (Mel(settings.upper) - low) / static_cast<double>(settings.channels + 1);
    std::vector<double> centers;
    for (int64_t i = 0; i <= settings.channels; ++i) centers.push_back(low + spacing * static_cast<double>(i + 1));
    const double per_bin = 0.5 * rate / static_cast<double>(bins - 1);
    const double limit = static_cast<double>(bins);
    filters.first_ = static_cast<int64_t>(std::min(1.5 + settings.lower / per_bin, limit));
    filters.last_ = static_cast<int64_t>(std::min(settings.upper / per_bin, limit));
    if (filters.last_ >= bins) {
      return ModelError("the upper frequency limit {} is beyond what {} frequencies at {} Hz hold", settings.upper,
                        bins, rate);
    }
    size_t channel = 0;
    for (int64_t bin = filters.first_; bin <= filters.last_; ++bin) {
      const double mel = Mel(static_cast<double>(bin) * per_bin);
      while (channel < static_cast<size_t>(settings.channels) && centers[channel] < mel) ++channel;
      const double left = channel > 0 ? centers[channel - 1] : low;
      filters.bins_.push_back(
          {static_cast<int64_t>(channel) - 1, (centers[channel] - mel) / (centers[channel] - left)});
    }
    return filters;
  }

  // Of the squared magnitudes of a frame.
  std::vector<double> Apply(const float* spectrum) const {
    std::vector<double> energies(static_cast<size_t>(channels_));
    for (size_t i = 0; i < bins_.size(); ++i) {
      const double magnitude = std::sqrt(static_cast<double>(spectrum[first_ + static_cast<int64_t>(i)]));
      const double weighted = magnitude * bins_[i].weight;
      const int64_t channel = bins_[i].channel;
      if (channel >= 0) energies[static_cast<size_t>(channel)] += weighted;
      if (channel + 1 < channels_) energies[static_cast<size_t>(channel + 1)] += magnitude - weighted;
    }
    return energies;
  }

 private:
  struct Bin {
    int64_t channel;  // on whose right side it lies; -1: left of the first
    double weight;
  };
  int64_t channels_ = 0;
  int64_t first_ = 0;
  int64_t last_ = 0;
  std::vector<Bin> bins_;
};

class MfccKernel final : public Kernel {
 public:
  static Result<MfccKernel> Make(const NodeInfo& node) {
    MfccKernel kernel;
    MfccSettings& settings = kernel.settings_;
    SMCLI_ASSIGN_OR_RETURN(settings.upper, node.attrs.Float("upper_frequency_limit"));
    SMCLI_ASSIGN_OR_RETURN(settings.lower, node.attrs.Float("lower_frequency_limit"));
    SMCLI_ASSIGN_OR_RETURN(settings.channels, node.attrs.Int("filterbank_channel_count"));
    SMCLI_ASSIGN_OR_RETURN(settings.coefficients, node.attrs.Int("dct_coefficient_count"));
    if (settings.channels < 1 || settings.channels > (1 << 20))
      return ModelError("filterbank_channel_count {}", settings.channels);
    if (settings.coefficients < 1 || settings.coefficients > settings.channels) {
      return ModelError("dct_coefficient_count {} must be from 1 to the number of channels, {}", settings.coefficients,
                        settings.channels);
    }
    return kernel;
  }

  // [channels, slices, frequencies] -> [channels, slices, coefficients]
  Status Compute(KernelContext& ctx) const override {
    constexpr double kFloor = 1e-12;
    const Tensor& spectrogram = ctx.input(0);
    SMCLI_RETURN_IF_ERROR(ExpectRank(spectrogram, 3, "spectrogram"));
    SMCLI_ASSIGN_OR_RETURN(const int64_t rate, ScalarInt(ctx.input(1), "sample_rate"));
    const int64_t bins = spectrogram.dim(2);
    SMCLI_ASSIGN_OR_RETURN(const MelFilters filters, MelFilters::Make(settings_, bins, static_cast<double>(rate)));
    const int64_t dims[] = {spectrogram.dim(0), spectrogram.dim(1), settings_.coefficients};
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, CheckedShape(dims));
    SMCLI_ASSIGN_OR_RETURN(Tensor * output, ctx.Allocate(0, DataType::kFloat, shape));
    const double scale = std::sqrt(2.0 / static_cast<double>(settings_.channels));
    const double step = std::numbers::pi / static_cast<double>(settings_.channels);
    float* out = output->mutable_data<float>();
    for (int64_t frame = 0; frame < dims[0] * dims[1]; ++frame) {
      std::vector<double> energies = filters.Apply(spectrogram.data<float>() + frame * bins);
      for (double& energy : energies) energy = std::log(energy < kFloor ? kFloor : energy);
      for (int64_t i = 0; i < settings_.coefficients; ++i) {
        double sum = 0;
        for (size_t j = 0; j < energies.size(); ++j) {
          sum += scale * std::cos(static_cast<double>(i) * step * (static_cast<double>(j) + 0.5)) * energies[j];
        }
        *out++ = static_cast<float>(sum);
      }
    }
    return {};
  }

 private:
  MfccSettings settings_;
};

constexpr Op kOps[] = {
    {.name = "AudioSpectrogram", .types = {}, .make = MakeKernel<AudioSpectrogram>, .tolerance = Tolerance::kRounding},
    {.name = "Mfcc", .types = {}, .make = MakeKernel<MfccKernel>, .tolerance = Tolerance::kRounding},
};

}  // namespace

std::span<const Op> AudioSpectrumOps() { return kOps; }

}  // namespace smcli
