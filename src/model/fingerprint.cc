#include "model/fingerprint.h"

#include <algorithm>
#include <charconv>
#include <map>

#include "base/fingerprint.h"
#include "fingerprint.pb.h"
#include "model/function_calls.h"
#include "model/wire_check.h"
#include "saved_model.pb.h"

namespace smcli {
namespace {

using tensorflow::MetaGraphDef;

uint64_t Mix(uint64_t x) { return x ^ (x >> 47); }

struct FunctionName {
  std::string stem;  // without its number
  int64_t uid = 0;
};

// "__inference_f_12" -> {"__inference_f_", 12}; nullopt: the name does not end in a number (FunctionNameWithoutUid).
std::optional<FunctionName> SplitUid(std::string_view name) {
  std::string_view last = name.substr(name.rfind('_') + 1);
  const auto is_blank = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
  while (!last.empty() && is_blank(last.front())) last.remove_prefix(1);
  while (!last.empty() && is_blank(last.back())) last.remove_suffix(1);
  const bool plus = last.starts_with('+');
  if (plus) last.remove_prefix(1);
  int64_t uid = 0;
  const auto parsed = std::from_chars(last.data(), last.data() + last.size(), uid);
  const bool whole = parsed.ec == std::errc() && parsed.ptr == last.data() + last.size();
  if (last.empty() || !whole || (plus && last.front() == '-')) return std::nullopt;
  const std::string digits = fmt::format("{}", uid);
  if (name.ends_with(digits)) name.remove_suffix(digits.size());
  return FunctionName{std::string(name), uid};
}

uint64_t HashOf(const google::protobuf::Message& message) { return Fingerprint64(CanonicalBytes(message)); }

// What the program hash does not see: functions, versions, numbers of called functions, texts (fingerprint.md 2).
void Regularize(tensorflow::GraphDef* graph) {
  for (tensorflow::NodeDef& node : *graph->mutable_node()) {
    auto& attrs = *node.mutable_attr();
    if (IsPartitionedCall(node.op())) {
      if (const auto f = attrs.find("f"); f != attrs.end()) {
        tensorflow::NameAttrList* func = f->second.mutable_func();
        if (auto name = SplitUid(func->name())) func->set_name(std::move(name->stem));
      }
      if (const auto config = attrs.find("config_proto"); config != attrs.end()) config->second.set_s("");
    }
    if (node.op() != "Const") continue;
    const auto dtype = attrs.find("dtype");
    const auto value = attrs.find("value");
    if (dtype != attrs.end() && dtype->second.type() == tensorflow::DT_STRING && value != attrs.end()) {
      value->second.clear_value();
    }
  }
  graph->mutable_library()->Clear();
  graph->mutable_versions()->Clear();
}

enum class SignatureForm { kWithKeys, kWithoutKeys };  // 2.14 and newer; 2.12

uint64_t SignatureHash(const MetaGraphDef& meta_graph, SignatureForm form) {
  std::map<std::string_view, const tensorflow::SignatureDef*> sorted;
  for (const auto& [key, signature] : meta_graph.signature_def()) sorted.emplace(key, &signature);
  uint64_t hash = 0;
  for (const auto& [key, signature] : sorted) {
    if (form == SignatureForm::kWithKeys) hash = CombineHashes(hash, Fingerprint64(key));
    hash = CombineHashes(hash, HashOf(*signature));
  }
  return hash;
}

struct ObjectHash {
  uint64_t hash = 0;
  std::string note;  // why nothing can be said; empty: it is sound
};

ObjectHash HashObjects(const MetaGraphDef& meta_graph) {
  ObjectHash result;
  struct Entry {
    int64_t uid;
    std::string stem;
    const tensorflow::SavedConcreteFunction* function;
  };
  std::vector<Entry> entries;
  for (const auto& [name, function] : meta_graph.object_graph_def().concrete_functions()) {
    auto parts = SplitUid(name);
    if (!parts) return {0, fmt::format("function '{}' has no number at its end (FunctionNameWithoutUid)", name)};
    entries.push_back({parts->uid, std::move(parts->stem), &function});
  }
  std::ranges::sort(entries,
                    [](const Entry& a, const Entry& b) { return std::tie(a.uid, a.stem) < std::tie(b.uid, b.stem); });
  for (size_t i = 0; i < entries.size(); ++i) {
    if (i > 0 && entries[i].uid == entries[i - 1].uid) result.note = "ambiguous: two functions have the same number";
    result.hash = CombineHashes(result.hash, Fingerprint64(entries[i].stem));
    result.hash = CombineHashes(result.hash, HashOf(*entries[i].function));
  }
  return result;
}

// Every hash that a model's message gives, old forms included.
struct Hashes {
  Fingerprint newest;
  uint64_t checksum_of_file = 0;
  uint64_t old_signatures = 0;
  std::string object_note;
};

Result<Hashes> HashModel(const SavedModel& model, std::optional<std::string_view> index) {
  if (model.frozen()) return UsageError("{}: a frozen graph has no fingerprint", model.file());
  google::protobuf::Arena arena;
  auto* def = google::protobuf::Arena::CreateMessage<tensorflow::SavedModel>(&arena);
  const SharedBytes bytes = model.bytes();
  SMCLI_RETURN_IF_ERROR(ParseMessage(bytes.view, bytes.origin, def).Annotate(model.file()));
  if (def->meta_graphs().empty()) return InvalidModelError("{}: holds no meta-graph (SavedModelEmpty)", model.file());
  Hashes hashes;
  hashes.newest.producer = 1;
  hashes.newest.saved_model_checksum = HashOf(*def);
  hashes.checksum_of_file = Fingerprint64(bytes.view);
  MetaGraphDef* meta_graph = def->mutable_meta_graphs(0);
  hashes.newest.signature_def_hash = SignatureHash(*meta_graph, SignatureForm::kWithKeys);
  hashes.old_signatures = SignatureHash(*meta_graph, SignatureForm::kWithoutKeys);
  ObjectHash objects = HashObjects(*meta_graph);
  hashes.newest.saved_object_graph_hash = objects.hash;
  hashes.object_note = std::move(objects.note);
  Regularize(meta_graph->mutable_graph_def());
  hashes.newest.graph_def_program_hash = HashOf(meta_graph->graph_def());
  hashes.newest.checkpoint_hash = index ? Fingerprint64(*index) : 0;
  return hashes;
}

using State = FingerprintCheck::State;

FingerprintCheck Compare(std::string_view field, uint64_t stored, uint64_t computed) {
  return {field, stored, computed, stored == computed ? State::kMatch : State::kMismatch, ""};
}

// Another form of the hash is right too.
void Accept(uint64_t other, std::string_view note, FingerprintCheck& check) {
  if (check.state == State::kMatch || check.stored != other) return;
  check.state = State::kMatch;
  check.computed = other;
  check.note = note;
}

void GiveUp(std::string_view note, FingerprintCheck& check) {
  if (check.state == State::kMatch) return;
  check.state = State::kNotComparable;
  check.note = note;
}

}  // namespace

uint64_t CombineHashes(uint64_t a, uint64_t b) {
  constexpr uint64_t kMultiplier = 0xc6a4a7935bd1e995;
  uint64_t result = a ^ kMultiplier;
  result ^= Mix(b * kMultiplier) * kMultiplier;
  result *= kMultiplier;
  result = Mix(result) * kMultiplier;
  return Mix(result);
}

Result<Fingerprint> ReadFingerprint(std::string_view bytes) {
  tensorflow::FingerprintDef def;
  SMCLI_RETURN_IF_ERROR(ParseMessage(bytes, bytes.data(), &def).Annotate("no fingerprint (FingerprintUnparsable)"));
  Fingerprint fingerprint{.saved_model_checksum = def.saved_model_checksum(),
                          .graph_def_program_hash = def.graph_def_program_hash(),
                          .signature_def_hash = def.signature_def_hash(),
                          .saved_object_graph_hash = def.saved_object_graph_hash(),
                          .checkpoint_hash = def.checkpoint_hash(),
                          .producer = std::nullopt,
                          .uuid = def.uuid()};
  if (def.version().producer() != 0) fingerprint.producer = def.version().producer();
  return fingerprint;
}

std::string FingerprintBytes(const Fingerprint& fingerprint) {
  tensorflow::FingerprintDef def;
  def.set_saved_model_checksum(fingerprint.saved_model_checksum);
  def.set_graph_def_program_hash(fingerprint.graph_def_program_hash);
  def.set_signature_def_hash(fingerprint.signature_def_hash);
  def.set_saved_object_graph_hash(fingerprint.saved_object_graph_hash);
  def.set_checkpoint_hash(fingerprint.checkpoint_hash);
  if (fingerprint.producer) def.mutable_version()->set_producer(*fingerprint.producer);
  def.set_uuid(fingerprint.uuid);
  return CanonicalBytes(def);
}

std::string Singleprint(const Fingerprint& fingerprint) {
  return fmt::format("{}/{}/{}/{}", fingerprint.graph_def_program_hash, fingerprint.signature_def_hash,
                     fingerprint.saved_object_graph_hash, fingerprint.checkpoint_hash);
}

Result<Fingerprint> ComputeFingerprint(const SavedModel& model, std::optional<std::string_view> index) {
  SMCLI_ASSIGN_OR_RETURN(const Hashes hashes, HashModel(model, index));
  return hashes.newest;
}

Result<std::vector<FingerprintCheck>> CheckFingerprint(const Fingerprint& stored, const SavedModel& model,
                                                       std::optional<std::string_view> index) {
  SMCLI_ASSIGN_OR_RETURN(const Hashes hashes, HashModel(model, index));
  const Fingerprint& computed = hashes.newest;
  std::vector<FingerprintCheck> checks = {
      Compare("saved_model_checksum", stored.saved_model_checksum, computed.saved_model_checksum),
      Compare("graph_def_program_hash", stored.graph_def_program_hash, computed.graph_def_program_hash),
      Compare("signature_def_hash", stored.signature_def_hash, computed.signature_def_hash),
      Compare("saved_object_graph_hash", stored.saved_object_graph_hash, computed.saved_object_graph_hash),
      Compare("checkpoint_hash", stored.checkpoint_hash, computed.checkpoint_hash),
  };
  Accept(hashes.checksum_of_file, "of the file's bytes", checks[0]);
  Accept(hashes.old_signatures, "in the form of TensorFlow 2.12", checks[2]);
  if (!hashes.object_note.empty()) GiveUp(hashes.object_note, checks[3]);
  if (!stored.producer) {  // TensorFlow 2.11: the first field is a hash of another kind, the others may be absent
    GiveUp("not comparable: fingerprints without a version hash something else here", checks[0]);
    for (FingerprintCheck& check : checks) {
      if (check.stored == 0) GiveUp("not in the file", check);
    }
  }
  if (model.form() == SavedModel::Form::kChunked) {
    for (size_t i = 0; i < 4; ++i) GiveUp("not comparable: chunked models are hashed chunk by chunk", checks[i]);
  }
  return checks;
}

}  // namespace smcli
