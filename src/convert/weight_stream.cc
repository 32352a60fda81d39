#include "convert/weight_stream.h"

#include <sys/mman.h>

#include <algorithm>

#include "base/crc32c.h"
#include "base/utf8.h"
#include "formats/crc32.h"
#include "tensor/numbers.h"
#include "tensor/tensor_proto.h"

namespace smcli {
namespace {

// Bytes of the source at a time: a multiple of every element's size, large enough that a step is worth two threads.
constexpr size_t kStep = size_t{4} << 20;
// What one thread sums at a time.
constexpr size_t kPiece = size_t{256} << 10;

// Has the pages of a step mapped at once, which costs less than a fault for every few of them.
void Fetch(std::string_view step) {
#ifdef MADV_POPULATE_READ
  constexpr uintptr_t kPage = 4096;
  const uintptr_t begin = reinterpret_cast<uintptr_t>(step.data()) & ~(kPage - 1);
  const uintptr_t end = reinterpret_cast<uintptr_t>(step.data()) + step.size();
  if (step.size() >= kPiece) (void)madvise(reinterpret_cast<void*>(begin), end - begin, MADV_POPULATE_READ);
#else
  (void)step;
#endif
}

}  // namespace

Result<WeightStream> WeightReader::Open(const BundleEntry& entry, DataType dtype) {
  WeightStream stream(*this, entry, dtype);
  SMCLI_ASSIGN_OR_RETURN(auto runs, variables_.Runs(entry));
  if (runs) {
    stream.runs_ = *std::move(runs);
    return stream;
  }
  SMCLI_ASSIGN_OR_RETURN(stream.whole_, variables_.Read(entry, {.pool = &pool_}));
  if (stream.casts()) {
    SMCLI_ASSIGN_OR_RETURN(stream.whole_, CastNumbers(*stream.whole_, dtype));
  }
  return stream;
}

void WeightReader::Release(const MappedFile& file, std::string_view part) {
  if (part.empty()) return;
  const char* const end = part.data() + part.size();
  const bool follows = mapping_ == file.keep_alive() && part.data() >= read_.data() &&
                       part.data() - read_.data() <= static_cast<ptrdiff_t>(2 * kStep);
  if (!follows) {
    if (mapping_) ReleasePages(read_, mapping_);
    mapping_ = file.keep_alive();
    read_ = part;
  }
  read_ = {read_.data(), static_cast<size_t>(end - read_.data())};
  if (read_.size() < kStep) return;
  ReleasePages(read_, mapping_);
  read_ = {end, 0};
}

Result<Tensor> WeightStream::Cast(std::string_view bytes) const {
  const Shape shape{static_cast<int64_t>(bytes.size()) / SizeOf(entry_->dtype)};
  SMCLI_ASSIGN_OR_RETURN(const Tensor elements, TensorFromContent(entry_->dtype, shape, bytes, nullptr));
  return CastNumbers(elements, dtype_);
}

Status WeightStream::CheckRun(const BundleReader::Run& run, uint32_t crc) const {
  if (MaskCrc(crc) == run.masked_crc) return {};
  return InvalidModelError("{}: tensor {}: checksum mismatch, stored {:08x}, computed {:08x} (BundleChecksumMismatch)",
                           reader_->variables_.prefix(), Quoted(entry_->key), UnmaskCrc(run.masked_crc), crc);
}

Status WeightStream::StreamAndSum(const Sink& sink, uint32_t* zip_crc) const {
  if (zip_crc != nullptr) *zip_crc = 0;
  if (!whole_) {
    for (const BundleReader::Run& run : runs_) SMCLI_RETURN_IF_ERROR(StreamRun(run, sink, zip_crc));
    return {};
  }
  if (whole_->num_elements() == 0) return {};
  if (zip_crc != nullptr) *zip_crc = Crc32(whole_->bytes());
  return sink(whole_->bytes());
}

Status WeightStream::StreamRun(const BundleReader::Run& run, const Sink& sink, uint32_t* zip_crc) const {
  uint32_t crc = 0;
  for (size_t at = 0; at < run.bytes.size(); at += kStep) {
    const std::string_view step = run.bytes.bytes().substr(at, kStep);
    Fetch(step);
    Tensor cast;
    std::string_view out = step;
    if (casts()) {
      SMCLI_ASSIGN_OR_RETURN(cast, Cast(step));
      out = cast.bytes();
    }
    // One thread writes, another one sums.
    Status written;
    const auto grain = static_cast<int64_t>(step.size() < kPiece ? 2 : 1);
    reader_->pool_.ParallelFor(2, grain, [&](int64_t begin, int64_t end) {
      for (int64_t task = begin; task < end; ++task) {
        if (task == 0) {
          written = sink(out);
        } else {
          crc = Crc32c(step, crc);
          if (zip_crc != nullptr) *zip_crc = Crc32(out, *zip_crc);
        }
      }
    });
    reader_->Release(run.bytes, step);
    SMCLI_RETURN_IF_ERROR(std::move(written));
  }
  return CheckRun(run, crc);
}

Result<uint32_t> WeightStream::ZipChecksum() const {
  if (whole_) return whole_->num_elements() == 0 ? 0 : Crc32(whole_->bytes());
  uint32_t crc = 0;
  for (const BundleReader::Run& run : runs_) {
    SMCLI_ASSIGN_OR_RETURN(crc, RunChecksum(run, crc));
  }
  return crc;
}

// Each step is cut into pieces, whose sums are combined in order.
Result<uint32_t> WeightStream::RunChecksum(const BundleReader::Run& run, uint32_t before) const {
  struct Piece {
    uint64_t zip_size = 0;
    uint32_t crc = 0, zip_crc = 0;
    Status status;
  };
  uint32_t crc = 0;
  for (size_t at = 0; at < run.bytes.size(); at += kStep) {
    const std::string_view step = run.bytes.bytes().substr(at, kStep);
    std::vector<Piece> pieces((step.size() + kPiece - 1) / kPiece);
    const auto bytes_of = [&](size_t i) { return step.substr(i * kPiece, kPiece); };
    const auto sum = [&](std::string_view bytes, Piece& piece) -> Status {
      piece.crc = Crc32c(bytes);
      if (!casts()) {
        piece.zip_size = bytes.size();
        piece.zip_crc = Crc32(bytes);
        return {};
      }
      SMCLI_ASSIGN_OR_RETURN(const Tensor cast, Cast(bytes));
      piece.zip_size = cast.num_bytes();
      piece.zip_crc = Crc32(cast.bytes());
      return {};
    };
    reader_->pool_.ParallelFor(static_cast<int64_t>(pieces.size()), 1, [&](int64_t begin, int64_t end) {
      for (auto i = static_cast<size_t>(begin); i < static_cast<size_t>(end); ++i) {
        pieces[i].status = sum(bytes_of(i), pieces[i]);
      }
    });
    for (size_t i = 0; i < pieces.size(); ++i) {
      SMCLI_RETURN_IF_ERROR(std::move(pieces[i].status));
      crc = CombineCrc32c(crc, pieces[i].crc, bytes_of(i).size());
      before = CombineCrc32(before, pieces[i].zip_crc, pieces[i].zip_size);
    }
    // A tensor of a single step is written next, from the pages that are here.
    if (run.bytes.size() > kStep) reader_->Release(run.bytes, step);
  }
  SMCLI_RETURN_IF_ERROR(CheckRun(run, crc));
  return before;
}

}  // namespace smcli
