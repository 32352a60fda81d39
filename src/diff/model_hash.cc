#include "diff/model_hash.h"

#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include "base/path.h"
#include "base/sha256.h"
#include "base/thread_pool.h"
#include "diff/canonical_graph.h"
#include "diff/match.h"
#include "diff/variable_match.h"

namespace smcli {
namespace {

// Large values are hashed in pieces, each by one thread, so that one long tensor keeps all of them busy.
constexpr size_t kPieceBytes = 4 << 20;

Digest DigestOfBytes(std::string_view bytes, ThreadPool& threads) {
  const size_t pieces = (bytes.size() + kPieceBytes - 1) / kPieceBytes;
  std::vector<Digest> digests(pieces);
  threads.ParallelFor(static_cast<int64_t>(pieces), 1, [&](int64_t begin, int64_t end) {
    for (auto i = static_cast<size_t>(begin); i < static_cast<size_t>(end); ++i) {
      digests[i] = DigestOf(bytes.substr(i * kPieceBytes, kPieceBytes));
    }
  });
  std::string whole;
  AppendNumber(bytes.size(), whole);
  for (const Digest& digest : digests) AppendDigest(digest, whole);
  return DigestOf(whole);
}

void AppendTensor(const Tensor& tensor, ThreadPool& threads, std::string& out) {
  AppendNumber(static_cast<uint64_t>(tensor.dtype()), out);
  AppendText(tensor.shape().ToString(), out);
  if (tensor.dtype() == DataType::kString) {
    std::string strings;
    for (const std::string& text : tensor.flat<std::string>()) AppendText(text, strings);
    AppendDigest(DigestOfBytes(strings, threads), out);
  } else if (SizeOf(tensor.dtype()) > 0) {
    AppendDigest(DigestOfBytes(tensor.bytes(), threads), out);
  }
}

// What a caller sees of an input or output.
void AppendSpec(const TensorSpec& spec, std::string& out) {
  AppendText(spec.key, out);
  AppendNumber(static_cast<uint64_t>(spec.encoding), out);
  AppendNumber(static_cast<uint64_t>(spec.dtype_number), out);
  AppendText(spec.shape.ToString(), out);
  AppendText(spec.type_name, out);
  AppendNumber(spec.components.size(), out);
  for (const TensorSpec& component : spec.components) {
    AppendText(component.key, out);
    AppendNumber(static_cast<uint64_t>(component.dtype_number), out);
    AppendText(component.shape.ToString(), out);
  }
}

void AppendSpecs(const std::vector<TensorSpec>& specs, std::string& out) {
  AppendNumber(specs.size(), out);
  for (const TensorSpec& spec : specs) AppendSpec(spec, out);
}

void AppendSignature(const Signature& signature, ThreadPool& threads, std::string& out) {
  AppendText(signature.key, out);
  AppendText(signature.method_name, out);
  AppendSpecs(signature.inputs, out);
  AppendSpecs(signature.outputs, out);
  for (const auto& [input, tensor] : signature.defaults) {
    if (!signature.FindInput(input)) continue;
    AppendText(input, out);
    AppendTensor(tensor, threads, out);
  }
}

// The tensors behind a signature, which belong to the graph.
void AppendTensorNames(const Signature& signature, std::string& out) {
  AppendText(signature.key, out);
  for (const auto* specs : {&signature.inputs, &signature.outputs}) {
    for (const TensorSpec& spec : FlattenSpecs(*specs)) {
      AppendText(spec.key, out);
      AppendText(spec.tensor_name, out);
    }
  }
}

class ModelHasher {
 public:
  ModelHasher(const FileSystem& files, const ModelSide& side, ThreadPool& threads)
      : files_(files), side_(side), threads_(threads) {
    if (!side.model) return;
    // Of several meta-graphs with one tag set the first counts, as it does for a loader.
    for (const MetaGraphPair& pair : MatchMetaGraphs(*side.model, *side.model)) {
      meta_graphs_.emplace_back(pair.tags, pair.before);
    }
  }

  Digest Signatures() const {
    std::string whole;
    for (const auto& [tags, meta_graph] : meta_graphs_) {
      AppendText(tags, whole);
      AppendNumber(meta_graph->info().tags.size(), whole);
      for (const Signature& signature : meta_graph->signatures()) {
        if (!signature.internal()) AppendSignature(signature, threads_, whole);
      }
    }
    return DigestOf(whole);
  }

  Result<Digest> Graphs() const {
    std::string whole;
    for (const auto& [tags, meta_graph] : meta_graphs_) {
      std::vector<Error> problems;
      SMCLI_ASSIGN_OR_RETURN(const auto graph, CanonicalGraph::Make(*meta_graph, threads_, problems));
      if (!problems.empty()) return std::move(problems[0]).Annotate(meta_graph->place());
      AppendText(tags, whole);
      AppendDigest(graph->digest(), whole);
      AppendNumber(static_cast<uint64_t>(graph->min_consumer()), whole);
      for (const Signature& signature : meta_graph->signatures()) {
        if (!signature.internal()) AppendTensorNames(signature, whole);
      }
      if (const auto name = meta_graph->InitOpName(); name.ok()) AppendText(*name, whole);
    }
    return DigestOf(whole);
  }

  Result<Digest> Weights() const {
    if (side_.checkpoint_fault) return *side_.checkpoint_fault;
    SMCLI_ASSIGN_OR_RETURN(const VariableList list, ListVariables(side_.checkpoint.get(), false));
    std::string whole;
    for (const BundleEntry* entry : list.entries) {
      AppendText(entry->key, whole);
      AppendNumber(static_cast<uint64_t>(entry->dtype_number), whole);
      AppendText(entry->shape.ToString(), whole);
      SMCLI_ASSIGN_OR_RETURN(const Tensor tensor, side_.checkpoint->Read(*entry, {.verify = true, .pool = &threads_}));
      AppendTensor(tensor, threads_, whole);
      if (entry->dtype != DataType::kVariant) continue;
      for (const BundlePiece& piece : entry->pieces) {  // variants have no bytes of their own: those of the file stand
        AppendNumber(static_cast<uint64_t>(piece.size), whole);
        AppendNumber(piece.masked_crc, whole);
      }
    }
    return DigestOf(whole);
  }

  Result<Digest> Assets() const {
    SMCLI_ASSIGN_OR_RETURN(const auto assets, ListAssets(files_, *side_.model));
    std::string whole;
    for (const auto& [path, asset] : assets) {
      AppendText(path, whole);
      AppendNumber(asset.declared, whole);
      AppendNumber(asset.exists, whole);
      if (!asset.exists) continue;
      SMCLI_ASSIGN_OR_RETURN(const MappedFile file, files_.Map(JoinPath(side_.model->directory(), path)));
      AppendDigest(DigestOfBytes(file.bytes(), threads_), whole);
    }
    return DigestOf(whole);
  }

 private:
  const FileSystem& files_;
  const ModelSide& side_;
  ThreadPool& threads_;
  std::vector<std::pair<std::string, const MetaGraph*>> meta_graphs_;  // sorted by tags
};

}  // namespace

Digest ModelHash::whole() const {
  std::string all;
  for (const std::optional<Digest>* part : {&signatures, &graph, &weights, &assets}) {
    AppendNumber(part->has_value(), all);
    if (*part) AppendDigest(**part, all);
  }
  return DigestOf(all);
}

Result<ModelHash> HashModel(const FileSystem& files, const ModelSide& side, Areas areas, ThreadPool& threads) {
  const ModelHasher hasher(files, side, threads);
  areas &= AreasOf(side);
  ModelHash hash;
  if (areas & kInterfaceArea) hash.signatures = hasher.Signatures();
  if (areas & kGraphArea) {
    SMCLI_ASSIGN_OR_RETURN(hash.graph, hasher.Graphs());
  }
  if (areas & kWeightsArea) {
    SMCLI_ASSIGN_OR_RETURN(hash.weights, hasher.Weights());
  }
  if (areas & kAssetsArea) {
    SMCLI_ASSIGN_OR_RETURN(hash.assets, hasher.Assets());
  }
  return hash;
}

}  // namespace smcli
