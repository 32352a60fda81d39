// The checkpoint against the graph: every variable its value, every value its variable.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "check/passes.h"
#include "check/reach.h"
#include "check/restore_map.h"

namespace smcli {
namespace {

constexpr int kMaxCompared = 10;

// What the meta-graphs together take from the checkpoint.
struct Claims {
  std::set<std::string, std::less<>> restored;  // keys that something reads
  std::set<std::string, std::less<>> known;     // keys that the checkpoint's own object graph speaks of
  bool complete = true;                         // false: there may be more
};

class VariableChecker {
 public:
  VariableChecker(const GraphSubject& subject, Claims& claims, FindingCollector& found)
      : subject_(subject), model_(subject.model), claims_(claims), found_(found), restore_(ReadRestoreMap(subject)) {
    if (subject.meta.has_object_graph()) {
      const auto objects = subject.meta.object_graph();
      if (objects.ok()) objects_ = *objects;
    }
  }

  void Run() {
    if (!model_.checkpoint) return CheckAbsent();
    if (objects_ != nullptr) CheckObjects();
    for (const RestoredTensor& tensor : restore_.tensors) CheckRestored(tensor);
    claims_.complete = claims_.complete && (restore_.complete || objects_ != nullptr);
    CheckReads();
  }

 private:
  bool HasVariables() const {
    if (!restore_.tensors.empty()) return true;
    if (objects_ == nullptr) return false;
    return std::ranges::any_of(objects_->nodes(),
                               [](const SavedObject& object) { return object.kind == SavedObject::Kind::kVariable; });
  }

  // Files without an index, and an index that cannot be read, are reported where they are opened.
  void CheckAbsent() {
    if (model_.has_checkpoint_files || !HasVariables()) return;
    std::string example;
    if (!restore_.tensors.empty()) example = restore_.tensors.front().key;
    for (size_t i = 0; objects_ != nullptr && example.empty() && i < objects_->nodes().size(); ++i) {
      const SavedObject& object = objects_->nodes()[i];
      if (object.kind == SavedObject::Kind::kVariable) example = object.variable.name;
    }
    found_.Add("CHECKPOINT_PRESENT", model_.IndexFile(), "",
               fmt::format("there is no checkpoint, and the model has variables, {} among them", example));
  }

  // By the object graph, as tf.saved_model.load does.
  void CheckObjects() {
    const BundleEntry* entry = model_.checkpoint->Find(kObjectGraphKey);
    if (entry == nullptr) return;
    const auto stored = model_.checkpoint->ObjectGraph();
    if (!stored.ok()) {
      claims_.complete = false;
      return AddReadFailure(model_, *entry, stored.error(), found_);
    }
    claims_.restored.emplace(kObjectGraphKey);
    const auto match = MatchCheckpoint(*objects_, stored->bytes());
    const auto trackables = ListTrackables(stored->bytes());
    if (!match.ok() || !trackables.ok()) {
      claims_.complete = false;
      return found_.AddProblem(match.ok() ? trackables.error() : match.error(), "OBJECT_GRAPH_READABLE",
                               model_.IndexFile(), "");
    }
    for (const TrackableEntry& trackable : *trackables) claims_.known.insert(trackable.checkpoint_key);
    for (const auto& [node, saver] : match->registered_savers) claims_.complete &= saver.empty();
    CheckMatch(*match);
  }

  void CheckMatch(const CheckpointMatch& match) {
    std::vector<bool> has_value(objects_->nodes().size());
    for (const CheckpointAttribute& attribute : match.attributes) {
      claims_.restored.insert(attribute.checkpoint_key);
      const SavedObject& object = objects_->node(attribute.node);
      if (object.kind != SavedObject::Kind::kVariable || attribute.name != kVariableValue) {
        CheckKey(attribute);
        continue;
      }
      has_value[static_cast<size_t>(attribute.node)] = true;
      CheckValue(object.variable, attribute.checkpoint_key);
    }
    for (size_t i = 0; i < has_value.size(); ++i) {
      const SavedObject& object = objects_->nodes()[i];
      if (has_value[i] || object.kind != SavedObject::Kind::kVariable) continue;
      ReportVariable("VARIABLE_HAS_VALUE", object.variable.name,
                     "the checkpoint has no object for it, so it gets no value");
    }
  }

  // What is no variable may be stored under several keys that begin so: a table's keys and values.
  void CheckKey(const CheckpointAttribute& attribute) {
    if (attribute.checkpoint_key.empty() || !looked_for_.insert(attribute.checkpoint_key).second) return;
    bool stored = false;
    const auto entries = model_.checkpoint->entries();
    for (auto at = std::ranges::lower_bound(entries, attribute.checkpoint_key, {}, &BundleEntry::key);
         at != entries.end() && at->key.starts_with(attribute.checkpoint_key); ++at) {
      claims_.restored.emplace(at->key);
      stored = true;
    }
    if (stored) return;
    reported_.insert(attribute.checkpoint_key);
    found_.Add("RESTORE_KEY_EXISTS", model_.IndexFile(), fmt::format("tensor {}", attribute.checkpoint_key),
               "is not in the checkpoint, and an object of the model is restored from it");
  }

  void ReportVariable(std::string_view rule, std::string_view variable, std::string message) {
    found_.Add(rule, model_.IndexFile(), subject_.PlaceIn(fmt::format("variable {}", variable)), std::move(message));
  }

  void CheckValue(const SavedVariable& variable, const std::string& key) {
    const BundleEntry* entry = model_.checkpoint->Find(key);
    if (entry == nullptr) {
      reported_.insert(key);
      return ReportVariable("VARIABLE_HAS_VALUE", variable.name,
                            fmt::format("its value {} is not in the checkpoint", key));
    }
    if (variable.dtype != DataType::kInvalid && entry->dtype != variable.dtype) {
      reported_.insert(key);
      ReportVariable(
          "VARIABLE_DTYPE_MATCHES", variable.name,
          fmt::format("is {}, and its value {} is {}", NumpyName(variable.dtype), key, NumpyName(entry->dtype)));
    }
    if (!variable.shape.Accepts(entry->shape)) {
      reported_.insert(key);
      ReportVariable("VARIABLE_SHAPE_MATCHES", variable.name,
                     fmt::format("has shape {}, and its value {} has {}", variable.shape.ToString(), key,
                                 entry->shape.ToString()));
    }
  }

  // Of the first few, since all keys are compared with it.
  std::string_view NearestKey(std::string_view key) {
    if (++compared_ > kMaxCompared) return {};
    std::vector<std::string_view> keys;
    for (const BundleEntry& other : model_.checkpoint->entries()) keys.push_back(other.key);
    return NearestName(key, keys);
  }

  // By the restore op, as TensorFlow Serving does. One fault is one finding.
  void CheckRestored(const RestoredTensor& tensor) {
    claims_.restored.insert(tensor.key);
    if (reported_.contains(tensor.key)) return;
    const std::string name = tensor.variable.empty() ? tensor.key : tensor.variable;
    const BundleEntry* entry = model_.checkpoint->Find(tensor.key);
    if (entry == nullptr) {
      const std::string_view near = NearestKey(tensor.key);
      found_.Add("RESTORE_KEY_EXISTS", model_.IndexFile(), fmt::format("tensor {}", tensor.key),
                 fmt::format("is not in the checkpoint, and the restore op reads it ({}){}", tensor.place,
                             near.empty() ? std::string() : fmt::format("; there is {}", near)));
      return;
    }
    if (tensor.dtype != entry->dtype) {
      ReportVariable("VARIABLE_DTYPE_MATCHES", name,
                     fmt::format("{} is {}, and the restore op asks for {} ({})", tensor.key, NumpyName(entry->dtype),
                                 NumpyName(tensor.dtype), tensor.place));
    }
    if (tensor.slice.empty() && !tensor.shape.Accepts(entry->shape)) {
      ReportVariable("VARIABLE_SHAPE_MATCHES", name,
                     fmt::format("has shape {}, and its value {} has {}", tensor.shape.ToString(), tensor.key,
                                 entry->shape.ToString()));
    }
  }

  // Variables that signatures read, and that neither the restore op nor an initialiser fills.
  void CheckReads() {
    if (!restore_.complete || !subject_.graph) return;
    const auto read = VariablesOfSignatures(subject_);
    const auto initialised = VariablesOfInitialisers(subject_);
    if (!read || !initialised) return;
    std::set<std::string, std::less<>> filled = *initialised;
    for (const RestoredTensor& tensor : restore_.tensors) {
      const int32_t node = tensor.variable.empty() ? -1 : subject_.graph->Find(tensor.variable);
      if (node >= 0) filled.insert(VariableId::Of(subject_.graph->attrs(node)).name);
    }
    for (const std::string& name : *read) {
      if (filled.contains(name)) continue;
      if (objects_ != nullptr) {
        ReportVariable("VARIABLE_RESTORED_BY_OP", name, "a signature reads it, and the restore op does not fill it");
      } else {
        ReportVariable("VARIABLE_HAS_VALUE", name,
                       "a signature reads it, and neither the restore op nor an initialiser fills it");
      }
    }
  }

  const GraphSubject& subject_;
  const CheckSubject& model_;
  Claims& claims_;
  FindingCollector& found_;
  RestoreMap restore_;
  const ObjectGraph* objects_ = nullptr;
  std::set<std::string, std::less<>> reported_;
  int compared_ = 0;
  std::set<std::string, std::less<>> looked_for_;  // keys that belong to no variable
};

void CheckEntries(const CheckSubject& model, const Claims& claims, FindingCollector& found) {
  for (const BundleEntry& entry : model.checkpoint->entries()) {
    if (claims.restored.contains(entry.key)) continue;
    const std::string place = fmt::format("tensor {}", entry.key);
    if (claims.known.contains(entry.key)) {
      found.Add("CHECKPOINT_OBJECT_KNOWN", model.IndexFile(), place,
                "belongs to an object that the model does not have");
    } else if (claims.complete) {
      found.Add("CHECKPOINT_ENTRY_USED", model.IndexFile(), place,
                fmt::format("{} of shape {}: no variable and no object of the model claims it", NumpyName(entry.dtype),
                            entry.shape.ToString()));
    }
  }
}

}  // namespace

void CheckVariables(std::span<const GraphSubject> graphs, FindingCollector& found) {
  if (graphs.empty() || graphs.front().model.model->frozen()) return;
  Claims claims;
  for (const GraphSubject& graph : graphs) VariableChecker(graph, claims, found).Run();
  if (graphs.front().model.checkpoint) CheckEntries(graphs.front().model, claims, found);
}

}  // namespace smcli
