// StringFormat, Print, PrintV2: tensors as text. What a model prints goes to stderr, whatever stream it names: stdout
// is for results.
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <string>
#include <vector>

#include "ops/expect.h"
#include "ops/op.h"
#include "ops/tensor_summary.h"

namespace smcli {
namespace {

class StringFormat final : public Kernel {
 public:
  static Result<StringFormat> Make(const NodeInfo& node) {
    StringFormat kernel;
    SMCLI_ASSIGN_OR_RETURN(const std::string pattern, node.attrs.String("template"));
    SMCLI_ASSIGN_OR_RETURN(const std::string placeholder, node.attrs.String("placeholder"));
    SMCLI_ASSIGN_OR_RETURN(kernel.summarize_, node.attrs.Int("summarize"));
    if (placeholder.empty()) return ModelError("the placeholder must not be empty");
    size_t start = 0;
    for (size_t at; (at = pattern.find(placeholder, start)) != std::string::npos; start = at + placeholder.size()) {
      kernel.parts_.push_back(pattern.substr(start, at - start));
    }
    kernel.parts_.push_back(pattern.substr(start));
    if (kernel.parts_.size() != static_cast<size_t>(node.num_inputs()) + 1) {
      return ModelError("the template has {} placeholders for {} inputs", kernel.parts_.size() - 1, node.num_inputs());
    }
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    std::string text = parts_[0];
    for (int i = 0; i < ctx.num_inputs(); ++i) {
      text += SummarizeTensor(ctx.input(i), summarize_, SummaryStyle::kNested);
      text += parts_[static_cast<size_t>(i) + 1];
    }
    ctx.set_output(0, Tensor::Scalar(std::move(text)));
    return {};
  }

 private:
  std::vector<std::string> parts_;  // around the placeholders
  int64_t summarize_ = 3;
};

void WriteToStderr(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

// How often a Print node has printed.
class PrintCount final : public Resource {
 public:
  std::string_view type_name() const override { return "Print counter"; }
  // True up to `first_n` times; always when that is negative.
  bool Next(int64_t first_n) {
    if (first_n < 0) return true;
    std::lock_guard lock(mutex_);
    return printed_ < first_n && ++printed_ > 0;
  }

 private:
  std::mutex mutex_;
  int64_t printed_ = 0;
};

class Print final : public Kernel {
 public:
  static Result<Print> Make(const NodeInfo& node) {
    Print kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.message_, node.attrs.String("message"));
    SMCLI_ASSIGN_OR_RETURN(kernel.first_n_, node.attrs.Int("first_n"));
    SMCLI_ASSIGN_OR_RETURN(kernel.summarize_, node.attrs.Int("summarize"));
    kernel.node_ = fmt::format("{}/{}", node.scope, node.name);
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    SMCLI_ASSIGN_OR_RETURN(auto count, ctx.resources().LookupOrCreate<PrintCount>(
                                           "Print", node_, [] { return std::make_shared<PrintCount>(); }));
    if (count->Next(first_n_)) {
      std::string text = message_;
      for (int i = 1; i < ctx.num_inputs(); ++i) {
        text += '[' + SummarizeTensor(ctx.input(i), summarize_, SummaryStyle::kFlat) + ']';
      }
      WriteToStderr(text + '\n');
    }
    ctx.set_output(0, ctx.TakeInput(0));
    return {};
  }

 private:
  std::string message_;
  std::string node_;
  int64_t first_n_ = -1;
  int64_t summarize_ = 3;
};

// output_stream "file://PATH" appends to that file, if it may be written; to /dev/null it always may.
class PrintV2 final : public Kernel {
 public:
  static Result<PrintV2> Make(const NodeInfo& node) {
    PrintV2 kernel;
    SMCLI_ASSIGN_OR_RETURN(const std::string stream, node.attrs.String("output_stream"));
    constexpr std::string_view kFile = "file://";
    if (stream.starts_with(kFile)) kernel.path_ = stream.substr(kFile.size());
    SMCLI_ASSIGN_OR_RETURN(kernel.end_, node.attrs.String("end"));
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    SMCLI_ASSIGN_OR_RETURN(const std::string text, ScalarOf<std::string>(ctx.input(0), "input"));
    if (path_ == "/dev/null") return {};
    if (!path_.empty()) return AppendToFile(ctx, text + end_);
    WriteToStderr(text + end_);
    return {};
  }

 private:
  Status AppendToFile(KernelContext& ctx, const std::string& text) const {
    SMCLI_RETURN_IF_ERROR(ctx.files().CheckWrite(path_, "PrintV2"));
    std::FILE* file = std::fopen(path_.c_str(), "ab");
    if (file == nullptr) return IoError("{}: {}", path_, std::strerror(errno));
    const bool written = std::fwrite(text.data(), 1, text.size(), file) == text.size();
    const bool closed = std::fclose(file) == 0;
    if (!written || !closed) return IoError("{}: {}", path_, std::strerror(errno));
    return {};
  }

  std::string end_;
  std::string path_;  // empty: stderr
};

constexpr Op kOps[] = {
    {.name = "Print", .types = {}, .make = MakeKernel<Print>, .pure = false},
    {.name = "PrintV2", .types = {}, .make = MakeKernel<PrintV2>, .pure = false},
    {.name = "StringFormat", .types = {}, .make = MakeKernel<StringFormat>},
};

}  // namespace

std::span<const Op> StringFormatOps() { return kOps; }

}  // namespace smcli
