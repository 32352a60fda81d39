// Tensor: dtype, shape and a shared Buffer. Copying is cheap; a tensor is immutable once its buffer is shared.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/result.h"
#include "tensor/dtype.h"
#include "tensor/shape.h"

namespace smcli {

// What a DT_RESOURCE element points at: a variable, a table, a queue. ops/ and exec/ derive from it.
class Resource {
 public:
  virtual ~Resource() = default;
  virtual std::string_view type_name() const = 0;  // "Variable", "HashTable": for messages
};

struct ResourceHandle {
  std::shared_ptr<Resource> resource;
  std::string name;  // shared_name or node name, for messages
};

// What a DT_VARIANT element holds: a tensor list, a map, an optional. Values, so never changed once shared.
class VariantValue {
 public:
  virtual ~VariantValue() = default;
  virtual std::string_view type_name() const = 0;  // "tensorflow::TensorList"
};
using Variant = std::shared_ptr<const VariantValue>;

template <>
inline constexpr DataType kDataTypeOf<ResourceHandle> = DataType::kResource;
template <>
inline constexpr DataType kDataTypeOf<Variant> = DataType::kVariant;

// The bytes behind tensors, counted by reference. Plain elements are 64-byte aligned when owned; a mapped buffer is
// aligned as the file has it, and keeps its mapping alive.
class Buffer {
 public:
  virtual ~Buffer() = default;
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  void* data() const { return data_; }
  size_t size() const { return size_; }  // bytes; for strings, handles and variants: of the array of objects
  bool writable() const { return writable_; }
  // What a part of this buffer keeps alive: the buffer itself, or the one that it is a part of already.
  virtual Buffer* whole() { return this; }

  void Ref() { count_.fetch_add(1, std::memory_order_relaxed); }
  void Unref() {
    if (count_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }
  bool unique() const { return count_.load(std::memory_order_acquire) == 1; }

 protected:
  Buffer(void* data, size_t size, bool writable) : data_(data), size_(size), writable_(writable) {}
  void* data_;
  size_t size_;
  bool writable_;

 private:
  std::atomic<int32_t> count_{1};
};

class BufferPtr {
 public:
  BufferPtr() = default;
  explicit BufferPtr(Buffer* owned) : buffer_(owned) {}  // takes the reference that `owned` was born with
  BufferPtr(const BufferPtr& other) : buffer_(other.buffer_) {
    if (buffer_) buffer_->Ref();
  }
  BufferPtr(BufferPtr&& other) noexcept : buffer_(std::exchange(other.buffer_, nullptr)) {}
  BufferPtr& operator=(BufferPtr other) noexcept {
    std::swap(buffer_, other.buffer_);
    return *this;
  }
  ~BufferPtr() {
    if (buffer_) buffer_->Unref();
  }
  Buffer* get() const { return buffer_; }
  Buffer* operator->() const { return buffer_; }
  explicit operator bool() const { return buffer_ != nullptr; }

 private:
  Buffer* buffer_ = nullptr;
};

class Tensor {
 public:
  Tensor() = default;  // dtype kInvalid, no buffer: "no value"

  // Uninitialised elements (strings empty, handles and variants null). `ModelError` (as TensorFlow's OOM) when the
  // memory limit or the machine refuses.
  static Result<Tensor> Make(DataType dtype, const Shape& shape);
  // Over bytes that live as long as `keep_alive`: a mapping, a proto. Read-only. bytes.size() must be SizeOf *
  // elements.
  static Tensor View(DataType dtype, const Shape& shape, std::string_view bytes,
                     std::shared_ptr<const void> keep_alive);

  template <typename T>
  static Tensor Scalar(T value);
  // SMCLI_CHECKs that the count fits the shape.
  template <typename T>
  static Tensor Of(const Shape& shape, std::span<const T> values);
  template <typename T>
  static Tensor Vector(std::span<const T> values) {
    return Of<T>(Shape{static_cast<int64_t>(values.size())}, values);
  }
  static Tensor Strings(const Shape& shape, std::vector<std::string> values);

  DataType dtype() const { return dtype_; }
  const Shape& shape() const { return shape_; }
  int rank() const { return shape_.rank(); }
  int64_t dim(int i) const { return shape_.dim(i); }
  int64_t num_elements() const { return shape_.num_elements(); }
  bool has_value() const { return dtype_ != DataType::kInvalid; }
  size_t num_bytes() const { return static_cast<size_t>(num_elements()) * static_cast<size_t>(SizeOf(dtype_)); }

  // Gives the buffer back and becomes "no value".
  void Clear() {
    dtype_ = DataType::kInvalid;
    buffer_ = BufferPtr();
  }

  const void* raw_data() const { return buffer_ ? buffer_->data() : nullptr; }
  std::string_view bytes() const { return {static_cast<const char*>(raw_data()), num_bytes()}; }  // plain dtypes
  // T: any type of the dtype's size; the caller has looked at dtype().
  template <typename T>
  const T* data() const {
    return static_cast<const T*>(raw_data());
  }
  template <typename T>
  std::span<const T> flat() const {
    return {data<T>(), static_cast<size_t>(num_elements())};
  }
  template <typename T>
  const T& scalar() const {
    return *data<T>();
  }

  // Writing needs a buffer that is ours alone; SMCLI_CHECKed. Tensors fresh from Make are.
  bool exclusive() const { return buffer_ && buffer_->unique() && buffer_->writable(); }
  void* mutable_raw_data() {
    SMCLI_CHECK(exclusive());
    return buffer_->data();
  }
  template <typename T>
  T* mutable_data() {
    return static_cast<T*>(mutable_raw_data());
  }
  template <typename T>
  std::span<T> mutable_flat() {
    return {mutable_data<T>(), static_cast<size_t>(num_elements())};
  }

  // The same elements under another shape (equal element count, SMCLI_CHECKed) or another dtype of equal size.
  Tensor Reshaped(const Shape& shape) const&;
  Tensor Reshaped(const Shape& shape) &&;
  Tensor Bitcast(DataType dtype, const Shape& shape) const;
  Tensor WithDtype(DataType dtype) &&;
  // shape.num_elements() elements from element `first` on (SMCLI_CHECKed), of a plain dtype: the same memory,
  // read-only.
  Tensor Part(int64_t first, const Shape& shape) const;
  // An own copy of the elements.
  Result<Tensor> Clone() const;

 private:
  Tensor(DataType dtype, const Shape& shape, BufferPtr buffer)
      : dtype_(dtype), shape_(shape), buffer_(std::move(buffer)) {}

  DataType dtype_ = DataType::kInvalid;
  Shape shape_;
  BufferPtr buffer_;
};

// Bounds the bytes that all tensors of the process hold together; 0 = no bound. For `run --max-memory`.
void SetTensorMemoryLimit(int64_t bytes);
int64_t TensorMemoryInUse();
int64_t TensorMemoryPeak();

template <typename T>
Tensor Tensor::Of(const Shape& shape, std::span<const T> values) {
  static_assert(kDataTypeOf<T> != DataType::kInvalid);
  SMCLI_CHECK(static_cast<int64_t>(values.size()) == shape.num_elements());
  auto tensor = Make(kDataTypeOf<T>, shape);
  SMCLI_CHECK(tensor.ok());
  std::copy(values.begin(), values.end(), tensor->template mutable_data<T>());
  return *std::move(tensor);
}

template <typename T>
Tensor Tensor::Scalar(T value) {
  return Of<T>(Shape{}, std::span<const T>(&value, 1));
}

}  // namespace smcli
