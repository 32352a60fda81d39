// Kernel: one node's computation, made once when a Plan is built, and the context it computes in.
#pragma once

#include <atomic>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/thread_pool.h"
#include "ops/checkpoint_source.h"
#include "ops/node_info.h"
#include "ops/resources.h"
#include "tensor/tensor.h"

namespace smcli {

// Is told about every node that ran; null in ordinary runs.
class RunMonitor {
 public:
  virtual ~RunMonitor() = default;
  virtual void Begin(std::string_view function, std::string_view node, std::string_view op) = 0;
  virtual void End(std::span<const Tensor> outputs) = 0;
};

// What one run shares, calls of functions included. Made by exec/ for each run; kernels see it through KernelContext.
struct RunServices {
  ThreadPool* pool = nullptr;
  ResourceManager* resources = nullptr;
  const FilePolicy* files = nullptr;
  CheckpointSource* checkpoint = nullptr;
  RunMonitor* monitor = nullptr;
  const std::atomic<bool>* cancelled = nullptr;
  int depth = 0;  // of nested calls
};

// The inputs and outputs of one execution of one node. Inputs and outputs are slots of the executor's frame: an input
// whose last reader this node is may be taken (moved from), so that element-wise chains reuse one buffer.
class KernelContext {
 public:
  // The top bit of an input index says: nobody reads the slot after this node.
  static constexpr uint32_t kLastUse = 1u << 31;

  KernelContext(Tensor* slots, std::span<const uint32_t> inputs, std::span<Tensor> outputs, RunServices& services)
      : slots_(slots), inputs_(inputs), outputs_(outputs), services_(services) {}

  int num_inputs() const { return static_cast<int>(inputs_.size()); }
  int num_outputs() const { return static_cast<int>(outputs_.size()); }
  const Tensor& input(int i) const { return slots_[inputs_[static_cast<size_t>(i)] & ~kLastUse]; }

  // Input i itself when this node is its last reader, else a shared copy. input(i) is gone afterwards.
  Tensor TakeInput(int i);

  // An output tensor of uninitialised elements; the pointer stays valid during Compute.
  Result<Tensor*> Allocate(int output, DataType dtype, const Shape& shape);
  // As Allocate, but in the buffer of input i when that has the same shape and element size and nobody else needs it.
  // Reading input(i) is then no longer allowed: read through the pointer that the caller took before (same memory).
  Result<Tensor*> AllocateOrForward(int input, int output, DataType dtype, const Shape& shape);
  // The same over the first of `candidates` that can be forwarded.
  Result<Tensor*> AllocateOrForward(std::span<const int> candidates, int output, DataType dtype, const Shape& shape);

  void set_output(int i, Tensor value) { outputs_[static_cast<size_t>(i)] = std::move(value); }
  Tensor& output(int i) { return outputs_[static_cast<size_t>(i)]; }

  ThreadPool& pool() { return *services_.pool; }
  ResourceManager& resources() { return *services_.resources; }
  const FilePolicy& files() { return *services_.files; }
  RunServices& services() { return services_; }

 private:
  bool CanForward(int input, const Shape& shape, DataType dtype) const;

  Tensor* slots_;
  std::span<const uint32_t> inputs_;
  std::span<Tensor> outputs_;
  RunServices& services_;
};

// Parsed attributes and nothing else: one kernel serves every run and thread. What changes from run to run lives in
// the ResourceManager.
class Kernel {
 public:
  virtual ~Kernel() = default;
  // In this order: read inputs, check them (ModelError, in TensorFlow's sense), allocate or forward, split the range
  // with ParallelFor, call a loop. The executor adds node, op and function path to the error.
  virtual Status Compute(KernelContext& ctx) const = 0;
};

}  // namespace smcli
