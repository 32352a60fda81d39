// DecodeProtoV2 and EncodeProto: fields of serialised messages as tensors, and tensors as messages (TensorFlow:
// kernels/decode_proto_op.cc, encode_proto_op.cc).
#include <algorithm>
#include <numeric>

#include "ops/int_args.h"
#include "ops/op.h"
#include "ops/proto_fields.h"

namespace smcli {
namespace {

// The values of one field in one message, in order; views into the message.
using Values = std::vector<WireField>;

Error BrokenMessage() { return ModelError("Failed to consume entire buffer: the bytes are no message of this type"); }

// A packed run of numbers, unpacked.
bool Unpack(const ProtoField& field, std::string_view bytes, Values& values) {
  WireField one;
  one.type = field.wire_type();
  if (one.type == WireType::kVarint) {
    return ForEachPackedVarint(bytes, [&](uint64_t value) {
      one.value = value;
      values.push_back(one);
    });
  }
  const size_t size = one.type == WireType::kFixed64 ? 8 : 4;
  if (bytes.size() % size != 0) return false;
  for (size_t at = 0; at < bytes.size(); at += size) {
    one.value = 0;
    std::memcpy(&one.value, bytes.data() + at, size);
    values.push_back(one);
  }
  return true;
}

// Whatever the message has of the wanted fields; of a field that is not repeated the last value counts.
Status ReadMessage(std::string_view message, const std::vector<ProtoField>& fields, std::vector<Values>& found) {
  found.assign(fields.size(), {});
  WireReader reader(message);
  for (WireField part; reader.Next(part);) {
    for (size_t i = 0; i < fields.size(); ++i) {
      const ProtoField& field = fields[i];
      if (field.number != part.number) continue;
      if (part.type == field.wire_type()) {
        if (!field.repeated) found[i].clear();
        found[i].push_back(part);
      } else if (part.type == WireType::kBytes && field.repeated) {
        if (!Unpack(field, part.bytes, found[i])) return BrokenMessage();
      }
    }
  }
  return reader.ok() ? Status() : BrokenMessage();
}

class DecodeProto final : public Kernel {
 public:
  static Result<DecodeProto> Make(const NodeInfo& node) {
    DecodeProto kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.fields_, ReadProtoFields(node));
    const std::string format = node.attrs.String("message_format", "binary");
    if (format != "binary") return UnsupportedError("message_format '{}'", format);
    if (node.output_types.size() != kernel.fields_.size() + 1) {
      return InvalidModelError("field_names and output_types must be of one length");
    }
    for (size_t i = 0; i < kernel.fields_.size(); ++i) {
      kernel.types_.push_back(node.output_types[i + 1]);
      if (kernel.fields_[i].Fits(kernel.types_[i])) continue;
      return InvalidModelError("Unexpected output type for {}: {}", kernel.fields_[i].name, Name(kernel.types_[i]));
    }
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    const Tensor messages = ctx.input(0);
    const auto fields = static_cast<int64_t>(fields_.size());
    const int64_t count = messages.num_elements();
    IntList dims(messages.shape().dims());
    if (dims.full()) return ModelError("the batch has too many dimensions");
    dims.push_back(fields);
    SMCLI_ASSIGN_OR_RETURN(const Shape sizes_shape, CheckedShape(dims));
    SMCLI_ASSIGN_OR_RETURN(Tensor * sizes, ctx.Allocate(0, DataType::kInt32, sizes_shape));
    std::vector<std::vector<Values>> all(static_cast<size_t>(count));
    if (count == 0) return ModelError("an empty batch of messages cannot be decoded");
    std::vector<int64_t> most(fields_.size(), 1);  // where no message has the field there is a column of defaults
    for (int64_t i = 0; i < count; ++i) {
      std::vector<Values>& found = all[static_cast<size_t>(i)];
      SMCLI_RETURN_IF_ERROR(ReadMessage(messages.data<std::string>()[i], fields_, found));
      for (size_t f = 0; f < found.size(); ++f) {
        const auto size = static_cast<int64_t>(found[f].size());
        most[f] = std::max(most[f], size);
        sizes->mutable_data<int32_t>()[i * fields + static_cast<int64_t>(f)] = static_cast<int32_t>(size);
      }
    }
    for (size_t f = 0; f < fields_.size(); ++f) {
      dims[dims.size() - 1] = most[f];
      SMCLI_ASSIGN_OR_RETURN(const Shape shape, CheckedShape(dims));
      SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(static_cast<int>(f) + 1, types_[f], shape));
      for (int64_t i = 0; i < count; ++i) {
        const Values& values = all[static_cast<size_t>(i)][f];
        for (int64_t j = 0; j < most[f]; ++j) {
          const auto at = static_cast<size_t>(j);
          if (at < values.size()) {
            StoreProtoValue(fields_[f], values[at], *out, i * most[f] + j);
          } else {
            StoreProtoDefault(fields_[f], *out, i * most[f] + j);
          }
        }
      }
    }
    return {};
  }

 private:
  std::vector<ProtoField> fields_;
  std::vector<DataType> types_;
};

class EncodeProto final : public Kernel {
 public:
  static Result<EncodeProto> Make(const NodeInfo& node) {
    EncodeProto kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.fields_, ReadProtoFields(node));
    if (node.input_types.size() != kernel.fields_.size() + 1) {
      return InvalidModelError("field_names and Tinput_types must be of one length");
    }
    for (size_t i = 0; i < kernel.fields_.size(); ++i) {
      if (kernel.fields_[i].Fits(node.input_types[i + 1])) continue;
      return InvalidModelError("Incompatible type for field {}: {}", kernel.fields_[i].name,
                               Name(node.input_types[i + 1]));
    }
    // Fields are written in the order of their numbers.
    kernel.order_.resize(kernel.fields_.size());
    std::iota(kernel.order_.begin(), kernel.order_.end(), size_t{0});
    std::ranges::stable_sort(kernel.order_, {}, [&](size_t i) { return kernel.fields_[i].number; });
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    const Tensor& sizes = ctx.input(0);
    const auto fields = static_cast<int64_t>(fields_.size());
    if (sizes.rank() < 1 || sizes.dim(sizes.rank() - 1) != fields) {
      return ModelError("sizes must end with a dimension of {}, one size for each field, got {}", fields,
                        sizes.shape().ToString());
    }
    const Shape batch(sizes.shape().dims().first(static_cast<size_t>(sizes.rank() - 1)));
    for (size_t f = 0; f < fields_.size(); ++f) SMCLI_RETURN_IF_ERROR(CheckSizes(ctx, static_cast<int64_t>(f), batch));
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, DataType::kString, batch));
    for (int64_t i = 0; i < batch.num_elements(); ++i) {
      std::string& message = out->mutable_data<std::string>()[i];
      for (size_t f : order_) {
        const Tensor& values = ctx.input(static_cast<int>(f) + 1);
        const int64_t size = sizes.data<int32_t>()[i * fields + static_cast<int64_t>(f)];
        Append(fields_[f], values, i * values.dim(values.rank() - 1), size, message);
      }
    }
    return {};
  }

 private:
  Status CheckSizes(const KernelContext& ctx, int64_t field, const Shape& batch) const {
    const Tensor& sizes = ctx.input(0);
    const Tensor& values = ctx.input(static_cast<int>(field) + 1);
    const auto& name = fields_[static_cast<size_t>(field)].name;
    if (values.rank() != batch.rank() + 1 ||
        !std::ranges::equal(values.shape().dims().first(static_cast<size_t>(batch.rank())), batch.dims())) {
      return ModelError("Values must match up to the last dimension: {} for field {}, batch {}",
                        values.shape().ToString(), name, batch.ToString());
    }
    const auto fields = static_cast<int64_t>(fields_.size());
    for (int64_t i = field; i < sizes.num_elements(); i += fields) {
      const int64_t size = sizes.data<int32_t>()[i];
      if (size >= 0 && size <= values.dim(values.rank() - 1)) continue;
      return ModelError("Size to write must not be larger than value tensor; but saw: {} for field {}", size, name);
    }
    return {};
  }

  static void Append(const ProtoField& field, const Tensor& values, int64_t first, int64_t count, std::string& out) {
    if (count == 0) return;
    if (field.packed) {
      std::string packed;
      for (int64_t i = 0; i < count; ++i) AppendProtoValue(field, values, first + i, packed);
      AppendBytesField(field.number, packed, out);
      return;
    }
    for (int64_t i = 0; i < count; ++i) {
      AppendTag(field.number, field.wire_type(), out);
      AppendProtoValue(field, values, first + i, out);
      // A group ends with a tag of its own, of wire type 4.
      if (field.type == ProtoType::kGroup) AppendVarint(uint64_t{field.number} << 3 | 4, out);
    }
  }

  std::vector<ProtoField> fields_;
  std::vector<size_t> order_;
};

constexpr Op kOps[] = {
    {.name = "DecodeProtoV2", .types = {}, .make = MakeKernel<DecodeProto>},
    {.name = "EncodeProto", .types = {}, .make = MakeKernel<EncodeProto>},
};

}  // namespace

std::span<const Op> ProtoCodecOps() { return kOps; }

}  // namespace smcli
