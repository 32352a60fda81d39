// InitializeTableFromTextFile: a static table filled from the lines of a vocabulary file
// (kernels/lookup_util.cc of TensorFlow says what a file may be).
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "ops/expect.h"
#include "ops/lookup_table.h"
#include "ops/number_text.h"
#include "ops/op.h"

namespace smcli {
namespace {

constexpr int64_t kLineNumber = -1;
constexpr int64_t kWholeLine = -2;

// One side of the table, key or value: which part of a line it is, and the elements so far.
class Column {
 public:
  Column(int64_t index, DataType dtype) : index_(index), dtype_(dtype) {}

  int64_t index() const { return index_; }

  Status Check(std::string_view side) const {
    constexpr DataTypeSet kTypes = kIndexTypes | DataType::kFloat | DataType::kDouble | DataType::kString;
    if (index_ == kLineNumber && dtype_ != DataType::kInt64) {
      return ModelError("the {} index for the line number requires a table {} of int64, got {}", side, side,
                        Name(dtype_));
    }
    if (index_ == kWholeLine && !(kInts | DataType::kString).Contains(dtype_)) {
      return ModelError("the {} index for the whole line requires a table {} of integers or strings, got {}", side,
                        side, Name(dtype_));
    }
    if (!kTypes.Contains(dtype_)) return ModelError("a table {} of {} cannot be read from a file", side, Name(dtype_));
    return {};
  }

  Status Add(std::string_view line, const std::vector<std::string_view>& parts, int64_t line_number, int64_t offset) {
    if (index_ == kLineNumber) {
      ints_.push_back(static_cast<int64_t>(static_cast<uint64_t>(line_number) + static_cast<uint64_t>(offset)));
      return {};
    }
    const std::string_view text = index_ == kWholeLine ? line : parts[static_cast<size_t>(index_)];
    const auto number = [&](auto& list) {
      return ParseNumber(text, &list.emplace_back())
                 ? Status()
                 : Status(ModelError("field {} in line {} is not a valid {}", text, line_number, Name(dtype_)));
    };
    switch (dtype_) {
      case DataType::kInt64: return number(ints_);
      case DataType::kInt32: return number(shorts_);
      case DataType::kFloat: return number(floats_);
      case DataType::kDouble: return number(doubles_);
      default: texts_.emplace_back(text); return {};
    }
  }

  Tensor Take() && {
    switch (dtype_) {
      case DataType::kInt64: return Tensor::Vector<int64_t>(ints_);
      case DataType::kInt32: return Tensor::Vector<int32_t>(shorts_);
      case DataType::kFloat: return Tensor::Vector<float>(floats_);
      case DataType::kDouble: return Tensor::Vector<double>(doubles_);
      default: break;
    }
    const Shape shape{static_cast<int64_t>(texts_.size())};
    return Tensor::Strings(shape, std::move(texts_));
  }

 private:
  int64_t index_;
  DataType dtype_;
  std::vector<int64_t> ints_;
  std::vector<int32_t> shorts_;
  std::vector<float> floats_;
  std::vector<double> doubles_;
  std::vector<std::string> texts_;
};

std::vector<std::string_view> Split(std::string_view line, char delimiter) {
  std::vector<std::string_view> parts;
  for (size_t start = 0;;) {
    const size_t end = line.find(delimiter, start);
    parts.push_back(line.substr(start, end - start));
    if (end == std::string_view::npos) return parts;
    start = end + 1;
  }
}

class InitializeFromFile final : public Kernel {
 public:
  static Result<InitializeFromFile> Make(const NodeInfo& node) {
    InitializeFromFile kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.key_index_, node.attrs.Int("key_index"));
    SMCLI_ASSIGN_OR_RETURN(kernel.value_index_, node.attrs.Int("value_index"));
    SMCLI_ASSIGN_OR_RETURN(kernel.vocab_size_, node.attrs.Int("vocab_size"));
    SMCLI_ASSIGN_OR_RETURN(const std::string delimiter, node.attrs.String("delimiter"));
    kernel.offset_ = node.attrs.Int("offset", 0);
    if (delimiter.size() != 1) return ModelError("delimiter should be one character, got '{}'", delimiter);
    kernel.delimiter_ = delimiter[0];
    if (kernel.key_index_ < kWholeLine || kernel.value_index_ < kWholeLine) {
      return ModelError("key_index {} and value_index {} must be -2 or more", kernel.key_index_, kernel.value_index_);
    }
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    SMCLI_ASSIGN_OR_RETURN(const auto table, ResourceOf<LookupTable>(ctx.input(0)));
    SMCLI_ASSIGN_OR_RETURN(const std::string path, ScalarOf<std::string>(ctx.input(1), "filename"));
    if (path.empty()) return ModelError("filename cannot be empty");
    Column keys(key_index_, table->schema().key);
    Column values(value_index_, table->schema().value);
    SMCLI_RETURN_IF_ERROR(keys.Check("key"));
    SMCLI_RETURN_IF_ERROR(values.Check("value"));
    // Nodes of one name fill one table: the first of them reads the file.
    if (table->initialized()) return {};
    SMCLI_ASSIGN_OR_RETURN(const std::string content, ctx.files().ReadForOp(path, "InitializeTableFromTextFile"));
    auto status = ReadLines(content, keys, values);
    if (!status.ok()) return std::move(status).Annotate(path);
    return table->Initialize(std::move(keys).Take(), std::move(values).Take());
  }

 private:
  Status ReadLines(std::string_view content, Column& keys, Column& values) const {
    const int64_t parts_needed = std::max(key_index_, value_index_) + 1;
    std::vector<std::string_view> parts;
    int64_t number = 0;
    size_t start = 0;
    for (; start < content.size() && (vocab_size_ < 0 || number < vocab_size_); ++number) {
      const size_t end = std::min(content.find('\n', start), content.size());
      std::string_view line = content.substr(start, end - start);
      if (line.ends_with('\r')) line.remove_suffix(1);
      start = end + 1;
      if (line.empty()) return ModelError("invalid content: empty line found at position {}", start);
      if (parts_needed > 0) {
        parts = Split(line, delimiter_);
        if (static_cast<int64_t>(parts.size()) < parts_needed) {
          return ModelError("invalid number of columns in line {} ({}): expected at least {}, got {}", number, line,
                            parts_needed, parts.size());
        }
      }
      SMCLI_RETURN_IF_ERROR(keys.Add(line, parts, number, offset_));
      SMCLI_RETURN_IF_ERROR(values.Add(line, parts, number, offset_));
    }
    if (number == 0) return ModelError("the file holds no entries");
    if (vocab_size_ > number) return ModelError("invalid vocab_size: expected {} but got {}", vocab_size_, number);
    return {};
  }

  int64_t key_index_ = kWholeLine;
  int64_t value_index_ = kLineNumber;
  int64_t vocab_size_ = -1;
  int64_t offset_ = 0;  // added to line numbers
  char delimiter_ = '\t';
};

constexpr Op kOps[] = {
    {.name = "InitializeTableFromTextFile", .types = {}, .make = MakeKernel<InitializeFromFile>, .pure = false},
    {.name = "InitializeTableFromTextFileV2", .types = {}, .make = MakeKernel<InitializeFromFile>, .pure = false},
};

}  // namespace

std::span<const Op> TableFileOps() { return kOps; }

}  // namespace smcli
