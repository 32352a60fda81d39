// DecodeCSV: a column per output, RFC 4180 as TensorFlow reads it (kernels/decode_csv_op.cc).
#include <string>
#include <string_view>
#include <vector>

#include "ops/number_text.h"
#include "ops/op.h"

namespace smcli {
namespace {

struct CsvFormat {
  char delimiter = ',';
  bool quotes = true;
};

// Cuts one record into its fields. A line end before a field is skipped; anywhere else outside of quotes it is an
// error.
class CsvRecord {
 public:
  CsvRecord(std::string_view text, const CsvFormat& format) : text_(text), format_(format) {}

  Status Fields(std::vector<std::string>& fields) {
    fields.clear();
    while (at_ < text_.size()) {
      if (text_[at_] == '\n' || text_[at_] == '\r') {
        ++at_;
        continue;
      }
      std::string& field = fields.emplace_back();
      if (format_.quotes && text_[at_] == '"') {
        SMCLI_RETURN_IF_ERROR(Quoted(field));
      } else {
        SMCLI_RETURN_IF_ERROR(Plain(field));
      }
    }
    if (!text_.empty() && text_.back() == format_.delimiter) fields.emplace_back();
    return {};
  }

 private:
  Status Plain(std::string& field) {
    for (; at_ < text_.size() && text_[at_] != format_.delimiter; ++at_) {
      const char c = text_[at_];
      if (c == '\n' || c == '\r' || (format_.quotes && c == '"')) {
        return ModelError("unquoted fields cannot have quotes or line ends inside");
      }
      field += c;
    }
    ++at_;
    return {};
  }

  Status Quoted(std::string& field) {
    ++at_;
    const auto ends_here = [&] { return text_[at_] == '"' && text_[at_ + 1] == format_.delimiter; };
    while (at_ + 1 < text_.size() && !ends_here()) {
      if (text_[at_] == '"') {
        if (text_[at_ + 1] != '"') return ModelError("a quote inside a string has to be escaped by another quote");
        ++at_;
      }
      field += text_[at_++];
    }
    const bool closed =
        at_ < text_.size() && text_[at_] == '"' && (at_ + 1 == text_.size() || text_[at_ + 1] == format_.delimiter);
    if (!closed) return ModelError("a quoted field has to end with a quote followed by the delimiter or the end");
    at_ += 2;
    return {};
  }

  std::string_view text_;
  const CsvFormat& format_;
  size_t at_ = 0;
};

class DecodeCsv final : public Kernel {
 public:
  static Result<DecodeCsv> Make(const NodeInfo& node) {
    DecodeCsv kernel;
    SMCLI_ASSIGN_OR_RETURN(const std::string delimiter, node.attrs.String("field_delim"));
    if (delimiter.size() != 1) return ModelError("field_delim should be one character, got '{}'", delimiter);
    kernel.format_.delimiter = delimiter[0];
    SMCLI_ASSIGN_OR_RETURN(kernel.format_.quotes, node.attrs.Bool("use_quote_delim"));
    SMCLI_ASSIGN_OR_RETURN(kernel.missing_, node.attrs.String("na_value"));
    SMCLI_ASSIGN_OR_RETURN(kernel.columns_, node.attrs.Ints("select_cols"));
    kernel.types_.assign(node.output_types.begin(), node.output_types.end());
    if (!kernel.columns_.empty() && kernel.columns_.size() != kernel.types_.size()) {
      return ModelError("select_cols has {} columns for {} outputs", kernel.columns_.size(), kernel.types_.size());
    }
    int64_t before = -1;
    for (int64_t column : kernel.columns_) {
      if (column <= before) return ModelError("select_cols must be strictly increasing indices from 0");
      before = column;
    }
    constexpr DataTypeSet kColumnTypes = DataType::kFloat | DataType::kDouble | kIndexTypes | DataType::kString;
    for (DataType dtype : kernel.types_) {
      if (!kColumnTypes.Contains(dtype)) return UnsupportedError("DecodeCSV has no columns of {}", Name(dtype));
    }
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    const Tensor& records = ctx.input(0);
    for (int i = 0; i < ctx.num_outputs(); ++i) {
      const Tensor& fallback = ctx.input(i + 1);
      if (fallback.rank() > 1 || fallback.num_elements() > 1) {
        return ModelError("there should be at most one default per field, but field {} has shape {}", i,
                          fallback.shape().ToString());
      }
      SMCLI_ASSIGN_OR_RETURN(Tensor * output, ctx.Allocate(i, types_[static_cast<size_t>(i)], records.shape()));
      (void)output;
    }
    std::vector<std::string> fields;
    for (int64_t r = 0; r < records.num_elements(); ++r) {
      SMCLI_RETURN_IF_ERROR(CsvRecord(records.data<std::string>()[r], format_).Fields(fields));
      SMCLI_RETURN_IF_ERROR(Select(fields, r));
      for (int i = 0; i < ctx.num_outputs(); ++i) {
        SMCLI_RETURN_IF_ERROR(Store(ctx, i, r, fields[static_cast<size_t>(i)]));
      }
    }
    return {};
  }

 private:
  // Leaves the wanted columns.
  Status Select(std::vector<std::string>& fields, int64_t record) const {
    size_t found = fields.size();
    if (!columns_.empty()) {
      found = 0;
      while (found < columns_.size() && static_cast<size_t>(columns_[found]) < fields.size()) {
        std::swap(fields[found], fields[static_cast<size_t>(columns_[found])]);
        ++found;
      }
    }
    if (found != types_.size())
      return ModelError("expect {} fields but have {} in record {}", types_.size(), found, record);
    return {};
  }

  Status Store(KernelContext& ctx, int i, int64_t record, const std::string& field) const {
    switch (types_[static_cast<size_t>(i)]) {
      case DataType::kFloat: return StoreAs<float>(ctx, i, record, field);
      case DataType::kDouble: return StoreAs<double>(ctx, i, record, field);
      case DataType::kInt32: return StoreAs<int32_t>(ctx, i, record, field);
      case DataType::kInt64: return StoreAs<int64_t>(ctx, i, record, field);
      default: return StoreAs<std::string>(ctx, i, record, field);
    }
  }

  template <typename T>
  Status StoreAs(KernelContext& ctx, int i, int64_t record, const std::string& field) const {
    T& cell = ctx.output(i).mutable_data<T>()[record];
    if (field.empty() || field == missing_) {
      const Tensor& fallback = ctx.input(i + 1);
      if (fallback.num_elements() == 0) return ModelError("field {} is required but missing in record {}", i, record);
      cell = *fallback.data<T>();
      return {};
    }
    if constexpr (std::is_same_v<T, std::string>) {
      cell = field;
    } else if (!ParseNumber(field, &cell)) {
      return ModelError("field {} in record {} is not a valid {}: {}", i, record, Name(kDataTypeOf<T>), field);
    }
    return {};
  }

  CsvFormat format_;
  std::string missing_;
  std::vector<int64_t> columns_;  // empty: all
  std::vector<DataType> types_;
};

constexpr Op kOps[] = {
    {.name = "DecodeCSV", .types = {}, .make = MakeKernel<DecodeCsv>},
};

}  // namespace

std::span<const Op> DecodeCsvOps() { return kOps; }

}  // namespace smcli
