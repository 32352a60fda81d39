#include "convert/model_splitter.h"

#include <algorithm>
#include <array>
#include <span>

#include "base/utf8.h"
#include "base/wire.h"

namespace smcli {
namespace {

enum class Part { kMessage, kRepeated, kMap, kContent };

// What a message holds that may be large.
struct Rule {
  uint32_t field = 0;
  Part part = Part::kMessage;
  size_t message = 0;    // what the field holds: index into kMessages
  bool element = false;  // may be taken out as a whole
};

constexpr size_t kSavedModel = 0, kMetaGraph = 1, kGraphDef = 2, kLibrary = 3, kFunction = 4, kNode = 5, kAttr = 6,
                 kTensor = 7;
constexpr std::array<std::array<Rule, 2>, 8> kMessages = {{
    {{{2, Part::kRepeated, kMetaGraph, false}, {}}},
    {{{2, Part::kMessage, kGraphDef, false}, {}}},
    {{{1, Part::kRepeated, kNode, true}, {2, Part::kMessage, kLibrary, false}}},
    {{{1, Part::kRepeated, kFunction, true}, {}}},
    {{{3, Part::kRepeated, kNode, false}, {}}},
    {{{5, Part::kMap, kAttr, false}, {}}},
    {{{8, Part::kMessage, kTensor, false}, {}}},
    {{{4, Part::kContent, 0, false}, {}}},
}};
// Elements of less are not worth a chunk.
constexpr size_t kLeastElement = 4096;

std::string TextOf(std::span<const SplitStep> path) {
  std::string text;
  for (const SplitStep& step : path)
    text += fmt::format("{}:{}:{}/", static_cast<int>(step.kind), step.number, step.key);
  return text;
}

SplitStep Field(uint64_t number) { return {SplitStep::Kind::kField, number, {}}; }

}  // namespace

Result<std::string> ModelSplitter::Split(std::string_view model) {
  std::string rest;
  SMCLI_RETURN_IF_ERROR(Rewrite(model, kSavedModel, rest));
  return rest;
}

uint64_t ModelSplitter::TakeNumber(uint32_t field) {
  path_.push_back(Field(field));
  const uint64_t number = counts_[TextOf(path_)]++;
  path_.pop_back();
  return number;
}

Status ModelSplitter::RewriteElement(const WireField& field, size_t message, bool take_out, std::string& out) {
  const uint64_t number = TakeNumber(field.number);
  if (field.bytes.size() < std::min<uint64_t>(least_, take_out ? kLeastElement : least_)) {
    out += field.whole;
    return {};
  }
  path_.push_back(Field(field.number));
  path_.push_back({SplitStep::Kind::kIndex, number, {}});
  std::string rest;
  SMCLI_RETURN_IF_ERROR(Rewrite(field.bytes, message, rest));
  if (take_out && rest.size() >= kLeastElement) {
    parts_.push_back({path_, true, {}, std::move(rest)});
    rest.clear();
  }
  AppendBytesField(field.number, rest, out);
  path_.resize(path_.size() - 2);
  return {};
}

Status ModelSplitter::RewriteEntry(const WireField& field, size_t message, std::string& out) {
  WireReader reader(field.bytes);
  std::string_view key, value;
  WireField part;
  while (reader.Next(part)) {
    if (part.is(1, WireType::kBytes)) key = part.bytes;
    if (part.is(2, WireType::kBytes)) value = part.bytes;
  }
  SMCLI_RETURN_IF_ERROR(reader.status());
  std::string rest, entry;
  path_.push_back(Field(field.number));
  path_.push_back({SplitStep::Kind::kKey, 0, std::string(key)});
  SMCLI_RETURN_IF_ERROR(Rewrite(value, message, rest));
  path_.resize(path_.size() - 2);
  AppendBytesField(1, key, entry);
  AppendBytesField(2, rest, entry);
  AppendBytesField(field.number, entry, out);
  return {};
}

Status ModelSplitter::Rewrite(std::string_view message, size_t kind, std::string& out) {
  WireReader reader(message);
  WireField field;
  while (reader.Next(field)) {
    const auto rule = std::ranges::find(kMessages[kind], field.number, &Rule::field);
    const bool known = rule != kMessages[kind].end() && field.type == WireType::kBytes;
    if (known && rule->part == Part::kRepeated) {
      SMCLI_RETURN_IF_ERROR(RewriteElement(field, rule->message, elements_ && rule->element, out));
    } else if (!known || field.bytes.size() < least_) {
      out += field.whole;
    } else if (rule->part == Part::kContent) {
      path_.push_back(Field(field.number));
      parts_.push_back({path_, false, field.bytes, {}});
      path_.pop_back();
    } else if (rule->part == Part::kMap) {
      SMCLI_RETURN_IF_ERROR(RewriteEntry(field, rule->message, out));
    } else {
      std::string rest;
      path_.push_back(Field(field.number));
      SMCLI_RETURN_IF_ERROR(Rewrite(field.bytes, rule->message, rest));
      path_.pop_back();
      AppendBytesField(field.number, rest, out);
    }
  }
  return reader.status();
}

}  // namespace smcli
