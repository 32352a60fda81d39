// DecodeWav and EncodeWav: RIFF files of 16-bit samples (lib/wav/wav_io.cc of TensorFlow).
#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "ops/expect.h"
#include "ops/int_args.h"
#include "ops/op.h"

namespace smcli {
namespace {

struct Wav {
  int64_t channels = 0;
  int32_t rate = 0;
  std::string_view samples;  // int16, interleaved
};

Error TooShort() { return ModelError("data too short: the WAV ends early"); }

Status ExpectText(ByteReader& reader, std::string_view text) {
  const auto found = reader.Take(text.size());
  if (!found) return TooShort();
  if (*found != text) return ModelError("header mismatch: expected {} but found something else", text);
  return {};
}

template <typename T>
Result<T> Number(ByteReader& reader) {
  const auto number = reader.Fixed<T>();
  if (!number) return TooShort();
  return *number;
}

Result<Wav> ReadWav(std::string_view bytes) {
  ByteReader reader(bytes);
  SMCLI_RETURN_IF_ERROR(ExpectText(reader, "RIFF"));
  SMCLI_RETURN_IF_ERROR(Number<uint32_t>(reader).ok() ? Status() : Status(TooShort()));
  SMCLI_RETURN_IF_ERROR(ExpectText(reader, "WAVE"));
  SMCLI_RETURN_IF_ERROR(ExpectText(reader, "fmt "));
  SMCLI_ASSIGN_OR_RETURN(const uint32_t format_size, Number<uint32_t>(reader));
  if (format_size != 16 && format_size != 18)
    return ModelError("bad format chunk size for WAV: expected 16 or 18, got {}", format_size);
  SMCLI_ASSIGN_OR_RETURN(const uint16_t format, Number<uint16_t>(reader));
  if (format != 1) return ModelError("bad audio format for WAV: expected 1 (PCM), got {}", format);
  Wav wav;
  SMCLI_ASSIGN_OR_RETURN(wav.channels, Number<uint16_t>(reader));
  if (wav.channels < 1) return ModelError("bad number of channels for WAV: {}", wav.channels);
  SMCLI_ASSIGN_OR_RETURN(const uint32_t rate, Number<uint32_t>(reader));
  SMCLI_ASSIGN_OR_RETURN(const uint32_t bytes_per_second, Number<uint32_t>(reader));
  SMCLI_ASSIGN_OR_RETURN(const uint16_t bytes_per_frame, Number<uint16_t>(reader));
  SMCLI_ASSIGN_OR_RETURN(const uint16_t bits, Number<uint16_t>(reader));
  if (bits != 16) return ModelError("can only read 16-bit WAV files, but received {} bits", bits);
  if (bytes_per_frame != 2 * wav.channels) return ModelError("bad bytes per sample in WAV header: {}", bytes_per_frame);
  if (bytes_per_second != static_cast<uint64_t>(rate) * bytes_per_frame) {
    return ModelError("bad bytes per second in WAV header: {}", bytes_per_second);
  }
  wav.rate = static_cast<int32_t>(rate);
  if (format_size == 18 && !reader.Take(2)) return TooShort();
  // Other chunks may come before the samples.
  while (!reader.empty()) {
    const auto name = reader.Take(4);
    if (!name) return TooShort();
    SMCLI_ASSIGN_OR_RETURN(const uint32_t size, Number<uint32_t>(reader));
    const auto content = reader.Take(size);
    if (!content) return TooShort();
    if (*name == "data") {
      wav.samples = content->substr(0, content->size() / bytes_per_frame * bytes_per_frame);
      return wav;
    }
  }
  return ModelError("no data chunk found in WAV");
}

class DecodeWav final : public Kernel {
 public:
  static Result<DecodeWav> Make(const NodeInfo& node) {
    DecodeWav kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.channels_, node.attrs.Int("desired_channels"));
    SMCLI_ASSIGN_OR_RETURN(kernel.samples_, node.attrs.Int("desired_samples"));
    return kernel;
  }

  // Missing channels repeat the last, missing samples are zero.
  Status Compute(KernelContext& ctx) const override {
    SMCLI_ASSIGN_OR_RETURN(const std::string contents, ScalarOf<std::string>(ctx.input(0), "contents"));
    SMCLI_ASSIGN_OR_RETURN(const Wav wav, ReadWav(contents));
    const int64_t stored = static_cast<int64_t>(wav.samples.size()) / (2 * wav.channels);
    const int64_t dims[] = {samples_ < 0 ? stored : samples_, channels_ < 0 ? wav.channels : channels_};
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, CheckedShape(dims));
    SMCLI_ASSIGN_OR_RETURN(Tensor * output, ctx.Allocate(0, DataType::kFloat, shape));
    float* to = output->mutable_data<float>();
    for (int64_t s = 0; s < dims[0]; ++s) {
      for (int64_t c = 0; c < dims[1]; ++c, ++to) {
        *to = 0;
        if (s >= stored) continue;
        int16_t sample;
        std::memcpy(&sample, wav.samples.data() + (s * wav.channels + std::min<int64_t>(c, wav.channels - 1)) * 2,
                    sizeof sample);
        *to = static_cast<float>(sample) / 32768.0f;
      }
    }
    ctx.set_output(1, Tensor::Scalar(wav.rate));
    return {};
  }

 private:
  int64_t channels_ = -1;
  int64_t samples_ = -1;
};

template <typename T>
void Append(T number, std::string& bytes) {
  bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
}

Status EncodeWav(KernelContext& ctx) {
  const Tensor& audio = ctx.input(0);
  SMCLI_RETURN_IF_ERROR(ExpectMatrix(audio, "audio"));
  SMCLI_ASSIGN_OR_RETURN(const int64_t rate, ScalarInt(ctx.input(1), "sample_rate"));
  const int64_t channels = audio.dim(1);
  if (rate <= 0) return ModelError("sample_rate must be positive, got {}", rate);
  if (channels <= 0 || channels > 65535)
    return ModelError("the number of channels must be in (0, 65535], got {}", channels);
  if (audio.num_elements() > INT32_MAX / 4) return ModelError("audio of {} samples", audio.num_elements());
  const auto data_size = static_cast<uint32_t>(audio.num_elements() * 2);
  std::string bytes = "RIFF";
  Append(36 + data_size, bytes);
  bytes += "WAVEfmt ";
  Append(uint32_t{16}, bytes);
  Append(uint16_t{1}, bytes);
  Append(static_cast<uint16_t>(channels), bytes);
  Append(static_cast<uint32_t>(rate), bytes);
  Append(static_cast<uint32_t>(rate * channels * 2), bytes);
  Append(static_cast<uint16_t>(channels * 2), bytes);
  Append(uint16_t{16}, bytes);
  bytes += "data";
  Append(data_size, bytes);
  for (float value : audio.flat<float>()) {
    const float sample = std::round(std::clamp(value == value ? value : 0.0f, -2.0f, 2.0f) * 32768.0f);
    Append(static_cast<int16_t>(std::clamp(sample, -32768.0f, 32767.0f)), bytes);
  }
  ctx.set_output(0, Tensor::Scalar(std::move(bytes)));
  return {};
}

constexpr Op kOps[] = {
    {.name = "DecodeWav", .types = {}, .make = MakeKernel<DecodeWav>},
    {.name = "EncodeWav", .types = {}, .make = MakeFunctionKernel<EncodeWav>},
};

}  // namespace

std::span<const Op> AudioWavOps() { return kOps; }

}  // namespace smcli
