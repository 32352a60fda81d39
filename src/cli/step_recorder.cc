#include "cli/step_recorder.h"

#include <fmt/format.h>

#include <cmath>

#include "base/utf8.h"
#include "cli/tensor_archive.h"
#include "tensor/compare.h"
#include "tensor/numbers.h"
#include "tensor/stats.h"

namespace smcli {

namespace {

// The flat index of the first NaN or infinity, -1 when all are finite.
int64_t FirstBad(const Tensor& tensor, bool* is_nan) {
  constexpr int64_t kRun = 1024;
  std::vector<std::complex<double>> run(kRun);
  for (int64_t first = 0; first < tensor.num_elements(); first += kRun) {
    const std::span<std::complex<double>> part(run.data(),
                                               static_cast<size_t>(std::min(kRun, tensor.num_elements() - first)));
    ReadComplexes(tensor, first, part);
    for (size_t i = 0; i < part.size(); ++i) {
      if (std::isfinite(part[i].real()) && std::isfinite(part[i].imag())) continue;
      *is_nan = std::isnan(part[i].real()) || std::isnan(part[i].imag());
      return first + static_cast<int64_t>(i);
    }
  }
  return -1;
}

std::string PlaceOf(std::string_view function, std::string_view node) {
  return function.empty() ? std::string(node) : fmt::format("{}/{}", function, node);
}

}  // namespace

void StepRecorder::Observe(const StepInfo& step, std::span<const Tensor> outputs) {
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (!outputs[i].has_value()) continue;
    const int output = static_cast<int>(i);
    if (find_bad_ && !bad_) LookForBad(step, output, outputs[i]);
    if (keep_rows_) AddRow(step, output, outputs[i]);
    if (archive_ && status_.ok()) Store(step, output, outputs[i]);
  }
}

void StepRecorder::ObserveNamed(std::string_view role, const std::string& key, const Tensor& tensor) {
  if (find_bad_ && !bad_ && tensor.has_value()) LookForBad({"", key, role}, 0, tensor);
}

void StepRecorder::LookForBad(const StepInfo& step, int output, const Tensor& tensor) {
  if (!IsReal(tensor.dtype()) && !IsComplex(tensor.dtype())) return;
  bool is_nan = false;
  const int64_t at = FirstBad(tensor, &is_nan);
  if (at < 0) return;
  bad_ = Bad{
      is_nan ? "NaN" : "infinity",  std::string(step.function), std::string(step.node), std::string(step.op), output,
      IndexText(tensor.shape(), at)};
}

void StepRecorder::AddRow(const StepInfo& step, int output, const Tensor& tensor) {
  if (rows_.size() == kMaxRows) {
    ++left_out_;
    return;
  }
  Row row;
  row.function = step.function;
  row.node = step.node;
  row.op = step.op;
  row.output = output;
  row.dtype = NumpyName(tensor.dtype());
  row.shape = tensor.shape().ToString();
  if (const auto stats = ComputeStats(tensor, nullptr); stats && stats->count > 0) {
    row.has_stats = stats->finite > 0;
    row.min = stats->min;
    row.max = stats->max;
    row.mean = stats->mean;
    row.nan = stats->nan;
    row.inf = stats->inf;
  }
  rows_.push_back(std::move(row));
}

void StepRecorder::Store(const StepInfo& step, int output, const Tensor& tensor) {
  if (tensor.dtype() == DataType::kResource || tensor.dtype() == DataType::kVariant) return;
  std::string name = fmt::format("{}:{}", PlaceOf(step.function, step.node), output);
  if (const int64_t before = times_[name]++; before > 0) name += fmt::format("#{}", before + 1);
  status_ = archive_->Add(name, tensor);
}

Value StepRecorder::StepTable() const {
  Table table;
  table.columns = {{"function", "function"}, {"node", "node"},   {"output", "output"}, {"op", "op"},
                   {"dtype", "dtype"},       {"shape", "shape"}, {"min", "min"},       {"max", "max"},
                   {"mean", "mean"},         {"nan", "NaN"},     {"inf", "inf"}};
  for (const Row& row : rows_) {
    const auto real = [&](double v) { return row.has_stats ? Value::Real(v) : Value(); };
    table.Add({row.function.empty() ? Value() : Value::Text(row.function), Value::Text(row.node),
               Value::Int(row.output), Value::Text(row.op), Value::Text(row.dtype), Value::Text(row.shape),
               real(row.min), real(row.max), real(row.mean), Value::Count(row.nan), Value::Count(row.inf)});
  }
  if (left_out_ > 0) table.note = fmt::format("{} more steps are not shown; --fetch-all keeps them all", left_out_);
  return Value::Of(std::move(table));
}

Value::Object StepRecorder::Validation() const {
  Value::Object fields;
  fields.push_back({"passed", "", Value(!bad_)});
  if (!bad_) {
    fields.push_back({"", "validation", Value::Text("PASSED: every number is finite")});
    return fields;
  }
  Value::Object first;
  first.push_back({"what", "", Value::Text(bad_->what)});
  first.push_back({"function", "", bad_->function.empty() ? Value() : Value::Text(bad_->function)});
  first.push_back({"node", "", Value::Text(bad_->node)});
  first.push_back({"op", "", Value::Text(bad_->op)});
  first.push_back({"output", "", Value::Int(bad_->output)});
  first.push_back({"index", "", Value::Text(bad_->index)});
  fields.push_back({"first", "", Value::Of(std::move(first))});
  const bool named = bad_->op == "input" || bad_->op == "output";
  const std::string place =
      named ? fmt::format("{} {}", bad_->op, bad_->node)
            : fmt::format("{} ({}), output {},", PlaceOf(bad_->function, bad_->node), bad_->op, bad_->output);
  fields.push_back({"", "validation",
                    Value::Text(fmt::format("FAILED: the first {} is in {} at {}", bad_->what, place, bad_->index))});
  return fields;
}

}  // namespace smcli
