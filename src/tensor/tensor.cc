#include "tensor/tensor.h"

#include <cstdlib>
#include <new>

namespace smcli {
namespace {

constexpr size_t kAlignment = 64;
// Below this, counting would cost more than it tells.
constexpr size_t kCounted = 4096;

std::atomic<int64_t> memory_limit{0};
std::atomic<int64_t> memory_in_use{0};
std::atomic<int64_t> memory_peak{0};

bool Reserve(size_t size) {
  if (size < kCounted) return true;
  const auto bytes = static_cast<int64_t>(size);
  const int64_t now = memory_in_use.fetch_add(bytes, std::memory_order_relaxed) + bytes;
  const int64_t limit = memory_limit.load(std::memory_order_relaxed);
  if (limit > 0 && now > limit) {
    memory_in_use.fetch_sub(bytes, std::memory_order_relaxed);
    return false;
  }
  int64_t peak = memory_peak.load(std::memory_order_relaxed);
  while (now > peak && !memory_peak.compare_exchange_weak(peak, now, std::memory_order_relaxed)) {
  }
  return true;
}

void Release(size_t size) {
  if (size >= kCounted) memory_in_use.fetch_sub(static_cast<int64_t>(size), std::memory_order_relaxed);
}

// Plain elements in one malloc block, found by rounding up: malloc's own cache serves small sizes, aligned_alloc's does
// not.
class HeapBuffer final : public Buffer {
 public:
  HeapBuffer(void* block, size_t size) : Buffer(Align(block), size, true), block_(block) {}
  ~HeapBuffer() override {
    std::free(block_);
    Release(size_);
  }

 private:
  static void* Align(void* block) {
    return reinterpret_cast<void*>((reinterpret_cast<uintptr_t>(block) + kAlignment - 1) & ~(kAlignment - 1));
  }
  void* block_;
};

class ViewBuffer final : public Buffer {
 public:
  ViewBuffer(std::string_view bytes, std::shared_ptr<const void> keep_alive)
      : Buffer(const_cast<char*>(bytes.data()), bytes.size(), false), keep_alive_(std::move(keep_alive)) {}

 private:
  std::shared_ptr<const void> keep_alive_;
};

class PartBuffer final : public Buffer {
 public:
  PartBuffer(BufferPtr whole, void* data, size_t size) : Buffer(data, size, false), whole_(std::move(whole)) {}
  Buffer* whole() override { return whole_.get(); }

 private:
  BufferPtr whole_;
};

template <typename T>
class ObjectBuffer final : public Buffer {
 public:
  ObjectBuffer(std::vector<T> objects, bool reserved)
      : Buffer(nullptr, objects.size() * sizeof(T), true), reserved_(reserved), objects_(std::move(objects)) {
    data_ = objects_.data();
  }
  ~ObjectBuffer() override {
    if (reserved_) Release(size_);
  }

 private:
  bool reserved_;  // counted against the memory limit
  std::vector<T> objects_;
};

Error OutOfMemory(DataType dtype, const Shape& shape) {
  return ModelError("out of memory: a tensor of {} {} does not fit (limit {} bytes, --max-memory)", Name(dtype),
                    shape.ToString(), memory_limit.load());
}

template <typename T>
Buffer* NewObjects(int64_t count) {
  size_t bytes = 0;
  if (__builtin_mul_overflow(static_cast<size_t>(count), sizeof(T), &bytes) || !Reserve(bytes)) return nullptr;
  return new ObjectBuffer<T>(std::vector<T>(static_cast<size_t>(count)), true);
}

Buffer* NewBytes(size_t count, size_t element) {
  size_t size = 0, padded = 0;
  if (__builtin_mul_overflow(count, element, &size) || __builtin_add_overflow(size, kAlignment, &padded))
    return nullptr;
  if (padded > PTRDIFF_MAX || !Reserve(size)) return nullptr;
  void* block = std::malloc(padded);
  if (block == nullptr) {
    Release(size);
    return nullptr;
  }
  return new HeapBuffer(block, size);
}

}  // namespace

void SetTensorMemoryLimit(int64_t bytes) { memory_limit = bytes; }
int64_t TensorMemoryInUse() { return memory_in_use; }
int64_t TensorMemoryPeak() { return memory_peak; }

Result<Tensor> Tensor::Make(DataType dtype, const Shape& shape) {
  Buffer* buffer = nullptr;
  switch (dtype) {
    case DataType::kInvalid: return InternalError("a tensor without a dtype was asked for");
    case DataType::kString: buffer = NewObjects<std::string>(shape.num_elements()); break;
    case DataType::kResource: buffer = NewObjects<ResourceHandle>(shape.num_elements()); break;
    case DataType::kVariant: buffer = NewObjects<Variant>(shape.num_elements()); break;
    default: buffer = NewBytes(static_cast<size_t>(shape.num_elements()), static_cast<size_t>(SizeOf(dtype)));
  }
  if (buffer == nullptr) return OutOfMemory(dtype, shape);
  return Tensor(dtype, shape, BufferPtr(buffer));
}

Tensor Tensor::View(DataType dtype, const Shape& shape, std::string_view bytes,
                    std::shared_ptr<const void> keep_alive) {
  SMCLI_CHECK(bytes.size() == static_cast<size_t>(shape.num_elements()) * static_cast<size_t>(SizeOf(dtype)));
  return Tensor(dtype, shape, BufferPtr(new ViewBuffer(bytes, std::move(keep_alive))));
}

Tensor Tensor::Strings(const Shape& shape, std::vector<std::string> values) {
  SMCLI_CHECK(static_cast<int64_t>(values.size()) == shape.num_elements());
  return Tensor(DataType::kString, shape, BufferPtr(new ObjectBuffer<std::string>(std::move(values), false)));
}

Tensor Tensor::Reshaped(const Shape& shape) const& {
  SMCLI_CHECK(shape.num_elements() == num_elements());
  return Tensor(dtype_, shape, buffer_);
}

Tensor Tensor::Reshaped(const Shape& shape) && {
  SMCLI_CHECK(shape.num_elements() == num_elements());
  return Tensor(dtype_, shape, std::move(buffer_));
}

Tensor Tensor::Bitcast(DataType dtype, const Shape& shape) const {
  SMCLI_CHECK(static_cast<size_t>(shape.num_elements()) * static_cast<size_t>(SizeOf(dtype)) == num_bytes());
  return Tensor(dtype, shape, buffer_);
}

Tensor Tensor::Part(int64_t first, const Shape& shape) const {
  SMCLI_CHECK(SizeOf(dtype_) > 0 && first >= 0 && shape.num_elements() <= num_elements() - first);
  const auto element = static_cast<size_t>(SizeOf(dtype_));
  Buffer* whole = buffer_->whole();
  whole->Ref();
  char* data = static_cast<char*>(buffer_->data()) + static_cast<size_t>(first) * element;
  auto* part = new PartBuffer(BufferPtr(whole), data, static_cast<size_t>(shape.num_elements()) * element);
  return Tensor(dtype_, shape, BufferPtr(part));
}

Tensor Tensor::WithDtype(DataType dtype) && {
  SMCLI_CHECK(SizeOf(dtype) == SizeOf(dtype_) && SizeOf(dtype) > 0);
  return Tensor(dtype, shape_, std::move(buffer_));
}

Result<Tensor> Tensor::Clone() const {
  SMCLI_ASSIGN_OR_RETURN(Tensor copy, Make(dtype_, shape_));
  switch (dtype_) {
    case DataType::kString: std::ranges::copy(flat<std::string>(), copy.mutable_data<std::string>()); break;
    case DataType::kResource: std::ranges::copy(flat<ResourceHandle>(), copy.mutable_data<ResourceHandle>()); break;
    case DataType::kVariant: std::ranges::copy(flat<Variant>(), copy.mutable_data<Variant>()); break;
    default:
      if (num_bytes() > 0) std::memcpy(copy.mutable_raw_data(), raw_data(), num_bytes());
  }
  return copy;
}

}  // namespace smcli
