// DecodeRaw, DecodePaddedRaw, DecodeCompressed: strings of bytes as numbers, or inflated.
#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "ops/expect.h"
#include "ops/int_args.h"
#include "ops/op.h"

namespace smcli {
namespace {

// What a byte order applies to: complex numbers are two of them.
size_t SwapUnit(DataType dtype) {
  return static_cast<size_t>(kComplexes.Contains(dtype) ? SizeOf(dtype) / 2 : SizeOf(dtype));
}

class DecodeRaw final : public Kernel {
 public:
  static Result<DecodeRaw> Make(const NodeInfo& node) {
    DecodeRaw kernel;
    SMCLI_ASSIGN_OR_RETURN(const bool little_endian, node.attrs.Bool("little_endian"));
    kernel.dtype_ = node.output_types[0];
    kernel.padded_ = node.op == "DecodePaddedRaw";
    kernel.swap_ = !little_endian && SwapUnit(kernel.dtype_) > 1;
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    const Tensor& input = ctx.input(0);
    SMCLI_ASSIGN_OR_RETURN(const int64_t length, padded_ ? FixedLength(ctx.input(1)) : CommonLength(input));
    IntList dims(input.shape().dims());
    if (dims.full()) return ModelError("the input has too many dimensions");
    dims.push_back(length / SizeOf(dtype_));
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, CheckedShape(dims));
    SMCLI_ASSIGN_OR_RETURN(Tensor * output, ctx.Allocate(0, dtype_, shape));
    if (output->num_elements() == 0) return {};
    char* to = static_cast<char*>(output->mutable_raw_data());
    const auto row = static_cast<size_t>(length);
    for (const std::string& text : input.flat<std::string>()) {
      const size_t count = std::min(text.size(), row);
      std::memcpy(to, text.data(), count);
      std::memset(to + count, 0, row - count);
      if (swap_) SwapBytes(to, row);
      if (dtype_ == DataType::kBool) std::transform(to, to + row, to, [](char c) { return static_cast<char>(c != 0); });
      to += row;
    }
    return {};
  }

 private:
  Result<int64_t> FixedLength(const Tensor& tensor) const {
    SMCLI_ASSIGN_OR_RETURN(const int64_t length, ScalarInt(tensor, "fixed_length"));
    if (length <= 0) return ModelError("fixed_length ({}) must be greater than zero", length);
    return Divisible(length, "fixed_length");
  }

  Result<int64_t> CommonLength(const Tensor& input) const {
    const auto texts = input.flat<std::string>();
    if (texts.empty()) return 0;
    for (size_t i = 0; i < texts.size(); ++i) {
      if (texts[i].size() != texts[0].size()) {
        return ModelError("the input strings must all be of the same size, but element {} has size {} and not {}", i,
                          texts[i].size(), texts[0].size());
      }
    }
    return Divisible(static_cast<int64_t>(texts[0].size()), "the input's length");
  }

  Result<int64_t> Divisible(int64_t length, std::string_view what) const {
    if (length % SizeOf(dtype_) == 0) return length;
    return ModelError("{} {} is not a multiple of {}, the size of {}", what, length, SizeOf(dtype_), Name(dtype_));
  }

  void SwapBytes(char* at, size_t count) const {
    const size_t unit = SwapUnit(dtype_);
    for (char* end = at + count; at != end; at += unit) std::reverse(at, at + unit);
  }

  DataType dtype_ = DataType::kUint8;
  bool padded_ = false;
  bool swap_ = false;
};

// An inflating stream of zlib's, ended with its scope.
class Inflater {
 public:
  explicit Inflater(int window_bits) : open_(inflateInit2(&stream_, window_bits) == Z_OK) {}
  ~Inflater() {
    if (open_) inflateEnd(&stream_);
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  // Text cut short gives what there is; what follows the end of a zlib stream is ignored, what follows the end of a
  // gzip member is the next member (lib/io/zlib_inputstream.cc of TensorFlow).
  Result<std::string> Inflate(std::string_view bytes, bool members) {
    std::string result;
    if (!open_) return InternalError("zlib cannot start");
    char chunk[1 << 16];
    while (!bytes.empty()) {
      const auto count = static_cast<uInt>(std::min(bytes.size(), size_t{1} << 30));
      stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
      stream_.avail_in = count;
      stream_.next_out = reinterpret_cast<Bytef*>(chunk);
      stream_.avail_out = sizeof chunk;
      const int code = inflate(&stream_, Z_SYNC_FLUSH);
      if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) {
        return ModelError("inflate() failed with error {}: {}", code, stream_.msg ? stream_.msg : "no reason given");
      }
      const size_t made = sizeof chunk - stream_.avail_out;
      const size_t used = count - stream_.avail_in;
      if (result.size() + made > kLargest) return ModelError("a compressed string holds more than {} bytes", kLargest);
      result.append(chunk, made);
      bytes.remove_prefix(used);
      if (code == Z_STREAM_END) {
        if (!members) break;
        inflateReset(&stream_);
      } else if (made == 0 && used == 0) {
        break;
      }
    }
    return result;
  }

 private:
  static constexpr size_t kLargest = size_t{1} << 31;
  z_stream stream_{};
  bool open_;
};

class DecodeCompressed final : public Kernel {
 public:
  static Result<DecodeCompressed> Make(const NodeInfo& node) {
    DecodeCompressed kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.type_, node.attrs.String("compression_type"));
    if (kernel.type_ == "ZSTD") return UnsupportedError("compression_type ZSTD");
    if (!kernel.type_.empty() && kernel.type_ != "ZLIB" && kernel.type_ != "GZIP") {
      return ModelError("compression_type '{}' is none of ZLIB, GZIP and ''", kernel.type_);
    }
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    const Tensor& input = ctx.input(0);
    if (type_.empty()) {
      ctx.set_output(0, ctx.TakeInput(0));
      return {};
    }
    SMCLI_ASSIGN_OR_RETURN(Tensor * output, ctx.Allocate(0, DataType::kString, input.shape()));
    std::string* result = output->mutable_data<std::string>();
    const bool gzip = type_ == "GZIP";
    for (const std::string& bytes : input.flat<std::string>()) {
      Inflater inflater(gzip ? MAX_WBITS + 16 : MAX_WBITS);
      SMCLI_ASSIGN_OR_RETURN(*result++, inflater.Inflate(bytes, gzip));
    }
    return {};
  }

 private:
  std::string type_;
};

constexpr DataTypeSet kRawTypes = kFloats | DataType::kInt8 | DataType::kInt16 | DataType::kInt32 | DataType::kInt64 |
                                  DataType::kUint8 | DataType::kUint16 | kComplexes | DataType::kBool;

constexpr Op kOps[] = {
    {.name = "DecodeCompressed", .types = {}, .make = MakeKernel<DecodeCompressed>},
    {.name = "DecodePaddedRaw", .types = {{{"out_type", kRawTypes}}}, .make = MakeKernel<DecodeRaw>},
    {.name = "DecodeRaw", .types = {{{"out_type", kRawTypes}}}, .make = MakeKernel<DecodeRaw>},
};

}  // namespace

std::span<const Op> DecodeRawOps() { return kOps; }

}  // namespace smcli
