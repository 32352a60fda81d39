#include "cli/row_collector.h"

#include <algorithm>
#include <cstring>

#include "base/file.h"
#include "base/path.h"
#include "base/utf8.h"
#include "formats/npy.h"

namespace smcli {

RowCollector::RowCollector(Env& env, const std::vector<TensorSpec>& specs, std::vector<std::string> paths, int64_t rows)
    : env_(env), specs_(specs), paths_(std::move(paths)), rows_(rows), columns_(specs.size()) {}

Status RowCollector::Take(std::vector<Tensor> outputs) {
  int64_t count = 0;
  for (size_t i = 0; i < outputs.size(); ++i) {
    count = outputs[i].dim(0);
    if (!columns_[i].first.has_value()) SMCLI_RETURN_IF_ERROR(Begin(columns_[i], outputs[i], i));
    SMCLI_RETURN_IF_ERROR(Append(columns_[i], std::move(outputs[i]), i));
  }
  taken_ += count;
  return {};
}

Status RowCollector::Begin(Column& column, const Tensor& part, size_t output) {
  std::vector<int64_t> dims(part.shape().dims().begin(), part.shape().dims().end());
  dims[0] = 0;
  SMCLI_ASSIGN_OR_RETURN(const Shape none, Shape::Make(dims));
  SMCLI_ASSIGN_OR_RETURN(column.first, Tensor::Make(part.dtype(), none));
  if (!paths_.empty() && NpyRowWriter::Holds(part.dtype())) {
    const std::string& path = paths_[output];
    if (const std::string_view folder = DirName(path); !folder.empty()) {
      SMCLI_RETURN_IF_ERROR(env_.files->MakeDirectories(std::string(folder)));
    }
    SMCLI_ASSIGN_OR_RETURN(column.file, NpyRowWriter::Create(*env_.files, path, part, rows_));
    return {};
  }
  dims[0] = rows_;
  SMCLI_ASSIGN_OR_RETURN(const Shape shape, Shape::Make(dims));
  SMCLI_ASSIGN_OR_RETURN(column.all, Tensor::Make(part.dtype(), shape));
  return {};
}

Status RowCollector::Append(Column& column, Tensor part, size_t output) {
  const auto row_dims = [](const Tensor& tensor) { return tensor.shape().dims().subspan(1); };
  if (part.rank() != column.first.rank() || part.dtype() != column.first.dtype() ||
      !std::ranges::equal(row_dims(part), row_dims(column.first))) {
    return UsageError(
        "--batch-size: output {} has shape {} from row {} on and another before, so the parts cannot be put "
        "together; --outputs leaves it out",
        Quoted(specs_[output].key), part.shape().ToString(), taken_);
  }
  if (column.file) return column.file->Append(part);
  if (part.num_elements() == 0) return {};
  const int64_t first = taken_ * (part.num_elements() / part.dim(0));
  if (part.dtype() == DataType::kString) {
    std::ranges::copy(part.flat<std::string>(), column.all.mutable_data<std::string>() + first);
  } else {
    std::memcpy(static_cast<char*>(column.all.mutable_raw_data()) + first * SizeOf(part.dtype()), part.raw_data(),
                part.num_bytes());
  }
  return {};
}

Result<std::vector<Tensor>> RowCollector::Finish() {
  std::vector<Tensor> tensors;
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (!columns_[i].file) {
      tensors.push_back(std::move(columns_[i].all));
      continue;
    }
    SMCLI_RETURN_IF_ERROR(columns_[i].file->Commit());
    SMCLI_ASSIGN_OR_RETURN(const MappedFile file, env_.files->Map(paths_[i]));
    SMCLI_ASSIGN_OR_RETURN(Tensor tensor, ReadNpy(file).Annotate(paths_[i]));
    tensors.push_back(std::move(tensor).WithDtype(columns_[i].first.dtype()));
  }
  return tensors;
}

}  // namespace smcli
