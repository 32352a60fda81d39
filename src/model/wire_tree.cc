#include "model/wire_tree.h"

#include <google/protobuf/descriptor.h>

#include "base/wire.h"

namespace smcli {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

// How many elements a path may add to a list that the enclosing chunk did not have.
constexpr uint64_t kMaxAdded = 1 << 20;

uint64_t VarintSize(uint64_t value) {
  uint64_t size = 1;
  for (; value >= 0x80; value >>= 7) ++size;
  return size;
}

// The payload of a length-delimited field; empty for others.
std::string_view Payload(std::string_view whole) {
  WireReader reader(whole);
  WireField field;
  return reader.Next(field) && field.type == WireType::kBytes ? field.bytes : std::string_view();
}

bool IsSingularMessage(const FieldDescriptor* field) {
  return field != nullptr && !field->is_repeated() && field->type() == FieldDescriptor::TYPE_MESSAGE;
}

}  // namespace

WireMessage::Item& WireMessage::Add(uint32_t number) {
  by_number_[number].push_back(items_.size());
  Item& item = items_.emplace_back();
  item.number = number;
  return item;
}

Status WireMessage::Merge(const SharedBytes& message) {
  owners_.push_back(message.owner);
  WireReader reader(message.view, message.origin);
  WireField field;
  while (reader.Next(field)) {
    const FieldDescriptor* known = type_->FindFieldByNumber(static_cast<int>(field.number));
    if (IsSingularMessage(known) && field.type == WireType::kBytes && by_number_.contains(field.number)) {
      SMCLI_ASSIGN_OR_RETURN(WireMessage * target, Enter(*known));
      SMCLI_RETURN_IF_ERROR(target->Merge(message.Part(field.bytes)));
    } else {
      Add(field.number).whole = field.whole;
    }
  }
  return reader.status();
}

Result<WireMessage*> WireMessage::Open(Item& item, const Descriptor& type) {
  if (!item.message) {
    auto message = std::make_unique<WireMessage>(type);
    SMCLI_RETURN_IF_ERROR(message->Merge(SharedBytes(Payload(item.whole), nullptr)));
    item.message = std::move(message);
    item.whole = {};
  }
  return item.message.get();
}

Result<WireMessage*> WireMessage::Enter(const FieldDescriptor& field) {
  const auto number = static_cast<uint32_t>(field.number());
  const auto found = by_number_.find(number);
  Item& item = found == by_number_.end() ? Add(number) : items_[found->second.back()];
  return Open(item, *field.message_type());
}

Result<WireMessage::Item*> WireMessage::Element(uint32_t number, uint64_t index) {
  std::vector<size_t>& positions = by_number_[number];
  if (index >= positions.size() && index - positions.size() >= kMaxAdded) {
    return InvalidModelError("a path leads to element {} of field {}, which has {} (ChunkPathInvalid)", index, number,
                             positions.size());
  }
  while (positions.size() <= index) Add(number);
  return &items_[positions[static_cast<size_t>(index)]];
}

Result<WireMessage*> WireMessage::EnterElement(const FieldDescriptor& field, uint64_t index) {
  SMCLI_ASSIGN_OR_RETURN(Item * item, Element(static_cast<uint32_t>(field.number()), index));
  return Open(*item, *field.message_type());
}

Result<WireMessage*> WireMessage::EnterEntry(const FieldDescriptor& field, std::string_view key) {
  const auto number = static_cast<uint32_t>(field.number());
  const Descriptor& entry_type = *field.message_type();
  Item* entry = nullptr;
  for (size_t position : by_number_[number]) {
    Item& item = items_[position];
    SMCLI_ASSIGN_OR_RETURN(WireMessage * candidate, Open(item, entry_type));
    const auto keys = candidate->by_number_.find(1);
    if (keys != candidate->by_number_.end() && candidate->items_[keys->second.back()].whole == key) entry = &item;
  }
  if (entry == nullptr) {
    entry = &Add(number);
    entry->message = std::make_unique<WireMessage>(entry_type);
    entry->message->owners_.push_back(std::make_shared<const std::string>(key));
    entry->message->Add(1).whole = *static_cast<const std::string*>(entry->message->owners_.back().get());
  }
  return entry->message->Enter(*entry_type.FindFieldByNumber(2));
}

void WireMessage::SetBytes(const FieldDescriptor& field, SharedBytes value) {
  const auto number = static_cast<uint32_t>(field.number());
  const auto found = by_number_.find(number);
  Item& item = found == by_number_.end() ? Add(number) : items_[found->second.back()];
  item.value = std::move(value);
  item.is_value = true;
}

Status WireMessage::SetElementBytes(const FieldDescriptor& field, uint64_t index, SharedBytes value) {
  SMCLI_ASSIGN_OR_RETURN(Item * item, Element(static_cast<uint32_t>(field.number()), index));
  item->value = std::move(value);
  item->is_value = true;
  return {};
}

uint64_t WireMessage::Size() const {
  uint64_t total = 0;
  for (const Item& item : items_) {
    if (!item.message && !item.is_value && !item.whole.empty()) {
      total += item.whole.size();
      continue;
    }
    const uint64_t payload = item.is_value ? item.value.view.size() : item.message ? item.message->Size() : 0;
    total += VarintSize(static_cast<uint64_t>(item.number) << 3) + VarintSize(payload) + payload;
  }
  return total;
}

void WireMessage::Write(std::string& out) const {
  for (const Item& item : items_) {
    if (item.is_value) {
      AppendBytesField(item.number, item.value.view, out);
    } else if (item.message || item.whole.empty()) {
      AppendTag(item.number, WireType::kBytes, out);
      AppendVarint(item.message ? item.message->Size() : 0, out);
      if (item.message) item.message->Write(out);
    } else {
      out.append(item.whole);
    }
  }
}

}  // namespace smcli
