// How fast `diff` is against its limits. smcli_bench_diff FOLDER [MEGABYTES]: writes checkpoints and graphs below
// FOLDER, compares them, and prints one figure a line. Nothing is kept.
#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <cstring>
#include <functional>

#include "base/file.h"
#include "base/path.h"
#include "base/thread_pool.h"
#include "checkpoint/bundle_writer.h"
#include "diff/graph_diff.h"
#include "diff/model_side.h"
#include "diff/weights_diff.h"
#include "graph.pb.h"

namespace smcli {
namespace {

// Wall time, and processor time of all threads: on a busy machine the second says more.
struct Cost {
  double wall = 1e9;
  double cpu = 1e9;
};

double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

Cost Best(const std::function<void()>& work) {
  Cost best;
  for (int i = 0; i < 5; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    const double cpu = CpuSeconds();
    work();
    best.cpu = std::min(best.cpu, CpuSeconds() - cpu);
    best.wall = std::min(best.wall, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  return best;
}

void Print(std::string_view what, const Cost& cost) {
  fmt::print("{:36} {:6.3f} s  {:6.3f} s of processors\n", what, cost.wall, cost.cpu);
}

void Print(std::string_view what, const Cost& cost, const Cost& limit) {
  fmt::print("{:36} {:6.3f} s  {:6.3f} s of processors  {:4.2f} and {:4.2f} of memcmp\n", what, cost.wall, cost.cpu,
             limit.wall / cost.wall, limit.cpu / cost.cpu);
}

int64_t PeakMegabytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss >> 10;
}

template <typename T>
T Must(Result<T> result) {
  if (!result.ok()) {
    fmt::print(stderr, "{}\n", result.error().message());
    std::exit(1);
  }
  return *std::move(result);
}

void Must(Status status) {
  if (!status.ok()) {
    fmt::print(stderr, "{}\n", status.error().message());
    std::exit(1);
  }
}

// `count` float variables of `elements` each; `change` is added to every `every`-th element.
void WriteCheckpoint(FileSystem& files, const std::string& prefix, int count, int64_t elements, float change,
                     int64_t every) {
  BundleWriter writer(files, prefix);
  for (int i = 0; i < count; ++i) {
    Tensor tensor = Must(Tensor::Make(DataType::kFloat, Shape({elements})));
    auto values = tensor.mutable_flat<float>();
    for (int64_t k = 0; k < elements; ++k) {
      values[static_cast<size_t>(k)] =
          static_cast<float>((k * 31 + i) % 1000) * 0.001F + (k % every == 0 ? change : 0.0F);
    }
    Must(writer.Add(fmt::format("layer_{:05}/kernel/.ATTRIBUTES/VARIABLE_VALUE", i), tensor));
  }
  Must(writer.Finish());
}

// The data files of two checkpoints of one shard, byte by byte, as fast as this machine does it.
Cost MemcmpCost(const FileSystem& files, const std::string& a, const std::string& b, int threads) {
  ThreadPool pool(threads);
  return Best([&] {
    const MappedFile before = Must(files.Map(a + ".data-00000-of-00001")),
                     after = Must(files.Map(b + ".data-00000-of-00001"));
    constexpr int64_t kPart = 1 << 20;
    const auto size = static_cast<int64_t>(before.size());
    std::atomic<int64_t> differing = 0;
    pool.ParallelFor((size + kPart - 1) / kPart, 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const auto length = static_cast<size_t>(std::min(kPart, size - i * kPart));
        differing += std::memcmp(before.bytes().data() + i * kPart, after.bytes().data() + i * kPart, length) != 0;
      }
    });
    if (differing < 0) std::exit(1);
  });
}

void BenchWeights(FileSystem& files, const std::string& folder, int64_t megabytes, int threads) {
  const int64_t elements = int64_t{1} << 22;
  const int count = static_cast<int>(megabytes / 16);
  const std::string same_a = JoinPath(folder, "a"), same_b = JoinPath(folder, "b"), moved = JoinPath(folder, "c"),
                    one = JoinPath(folder, "d");
  WriteCheckpoint(files, same_a, count, elements, 0, 1);
  WriteCheckpoint(files, same_b, count, elements, 0, 1);
  WriteCheckpoint(files, moved, count, elements, 0.01F, 1);
  WriteCheckpoint(files, one, count, elements, 0.01F, elements);
  ThreadPool pool(threads);
  const auto diff = [&](const std::string& a, const std::string& b) {
    return Best([&] {
      const auto before = Must(BundleReader::Open(files, a)), after = Must(BundleReader::Open(files, b));
      Must(DiffWeights(before.get(), after.get(), {}, pool));
    });
  };
  const int64_t peak = PeakMegabytes();
  const Cost equal = diff(same_a, same_b), every = diff(same_a, moved), few = diff(same_a, one);
  const int64_t grown = PeakMegabytes() - peak;
  const Cost limit = MemcmpCost(files, same_a, same_b, threads);
  Print("memcmp of the mapped files", limit);
  Print("equal checkpoints", equal, limit);
  Print("one element of each tensor differs", few, limit);
  Print("every element differs", every, limit);
  fmt::print("{:36} {:6} MB\n", "memory for it", grown);
}

void BenchManyVariables(FileSystem& files, const std::string& folder, int threads) {
  WriteCheckpoint(files, JoinPath(folder, "many_a"), 20000, 16, 0, 1);
  WriteCheckpoint(files, JoinPath(folder, "many_b"), 20000, 16, 0.01F, 1);
  ThreadPool pool(threads);
  const Cost cost = Best([&] {
    const auto before = Must(BundleReader::Open(files, JoinPath(folder, "many_a"))),
               after = Must(BundleReader::Open(files, JoinPath(folder, "many_b")));
    Must(DiffWeights(before.get(), after.get(), {}, pool));
  });
  Print("20,000 variables, all changed", cost);
}

// A chain of nodes with a constant each.
void WriteGraph(FileSystem& files, const std::string& path, int nodes, std::string_view name, float value) {
  tensorflow::GraphDef graph;
  graph.mutable_versions()->set_producer(1882);
  std::string last;
  for (int i = 0; i < nodes / 2; ++i) {
    tensorflow::NodeDef* constant = graph.add_node();
    constant->set_name(fmt::format("block_{}/{}_{}/value", i / 100, name, i));
    constant->set_op("Const");
    (*constant->mutable_attr())["dtype"].set_type(tensorflow::DT_FLOAT);
    tensorflow::TensorProto* tensor = (*constant->mutable_attr())["value"].mutable_tensor();
    tensor->set_dtype(tensorflow::DT_FLOAT);
    tensor->mutable_tensor_shape();
    tensor->add_float_val(i % 1000 == 7 ? value : 1.0F);
    tensorflow::NodeDef* node = graph.add_node();
    node->set_name(fmt::format("block_{}/{}_{}", i / 100, name, i));
    node->set_op("AddV2");
    node->add_input(last.empty() ? constant->name() : last);
    node->add_input(constant->name());
    (*node->mutable_attr())["T"].set_type(tensorflow::DT_FLOAT);
    last = node->name();
  }
  Must(WriteFile(files, path, graph.SerializeAsString()));
}

void BenchGraph(FileSystem& files, const std::string& folder, int threads) {
  const auto compare = [&](const std::string& a, const std::string& b) {
    ThreadPool pool(threads);
    return Best([&] {
      const ModelSide before = Must(OpenSide(files, a)), after = Must(OpenSide(files, b));
      Must(DiffGraphs(MatchMetaGraph("", *before.model->meta_graphs()[0], *after.model->meta_graphs()[0]), pool));
    });
  };
  const std::string a = JoinPath(folder, "a.pb"), b = JoinPath(folder, "b.pb"), c = JoinPath(folder, "c.pb");
  WriteGraph(files, a, 250000, "add", 1);
  WriteGraph(files, b, 250000, "add", 2);
  WriteGraph(files, c, 250000, "sum", 2);
  Print("250,000 nodes, the same", compare(a, a));
  Print("250,000 nodes, 125 changed", compare(a, b));
  Print("250,000 nodes, all renamed", compare(a, c));
}

int Main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "smcli_bench_diff FOLDER [MEGABYTES]\n");
    return 2;
  }
  const auto files = MakeRealFileSystem();
  const std::string folder = JoinPath(argv[1], "smcli_bench_diff");
  Must(files->MakeDirectories(folder));
  const int threads = AvailableCores();
  BenchWeights(*files, folder, argc > 2 ? std::atoll(argv[2]) : 1024, threads);
  BenchManyVariables(*files, folder, threads);
  BenchGraph(*files, folder, threads);
  Must(files->RemoveAll(folder));
  return 0;
}

}  // namespace
}  // namespace smcli

int main(int argc, char** argv) { return smcli::Main(argc, argv); }
