#include "formats/npy_rows.h"

#include "formats/npy.h"

namespace smcli {

bool NpyRowWriter::Holds(DataType dtype) { return NpyHeaderOf(dtype, Shape{0}).ok(); }

Result<std::unique_ptr<NpyRowWriter>> NpyRowWriter::Create(FileSystem& files, const std::string& path,
                                                           const Tensor& first, int64_t rows) {
  std::vector<int64_t> dims(first.shape().dims().begin(), first.shape().dims().end());
  dims[0] = rows;
  SMCLI_ASSIGN_OR_RETURN(const Shape shape, Shape::Make(dims));
  SMCLI_ASSIGN_OR_RETURN(const std::string header, NpyHeaderOf(first.dtype(), shape));
  SMCLI_ASSIGN_OR_RETURN(std::unique_ptr<OutputFile> file, files.Create(path));
  SMCLI_RETURN_IF_ERROR(file->Append(header));
  return std::unique_ptr<NpyRowWriter>(new NpyRowWriter(std::move(file)));
}

Status NpyRowWriter::Append(const Tensor& rows) {
  return rows.num_elements() == 0 ? Status() : file_->Append(rows.bytes());
}

Status NpyRowWriter::Commit() { return file_->Commit(); }

}  // namespace smcli
