// StepRecorder: what a run computed on its way, for --steps, --validate and --fetch-all.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "exec/session.h"
#include "report/report.h"

namespace smcli {

class TensorArchive;

class StepRecorder {
 public:
  // Rows that --steps keeps: a loop of a million turns shall not fill the memory.
  static constexpr size_t kMaxRows = 100'000;

  // `archive`: where every intermediate tensor goes, or null. It must outlive the recorder.
  StepRecorder(bool keep_rows, bool find_bad, TensorArchive* archive)
      : keep_rows_(keep_rows), find_bad_(find_bad), archive_(archive) {}

  void Observe(const StepInfo& step, std::span<const Tensor> outputs);
  // Looks at an input or a final output too; `role` says which.
  void ObserveNamed(std::string_view role, const std::string& key, const Tensor& tensor);

  // Of the archive, or success.
  Status status() { return std::move(status_); }
  bool found_bad() const { return bad_.has_value(); }

  Value StepTable() const;
  // Members `passed` and `first`.
  Value::Object Validation() const;

 private:
  struct Bad {
    std::string what;  // "NaN", "infinity"
    std::string function, node, op;
    int output = 0;
    std::string index;
  };
  struct Row {
    std::string function, node, op, dtype, shape;
    int output = 0;
    bool has_stats = false;
    double min = 0, max = 0, mean = 0;
    int64_t nan = 0, inf = 0;
  };

  void LookForBad(const StepInfo& step, int output, const Tensor& tensor);
  void AddRow(const StepInfo& step, int output, const Tensor& tensor);
  void Store(const StepInfo& step, int output, const Tensor& tensor);

  bool keep_rows_, find_bad_;
  TensorArchive* archive_;
  Status status_;
  std::optional<Bad> bad_;
  std::vector<Row> rows_;
  int64_t left_out_ = 0;
  std::map<std::string, int64_t> times_;  // how often each tensor's name was stored
};

}  // namespace smcli
