#include "model/functions.h"

#include <algorithm>

#include "base/wire.h"
#include "function.pb.h"
#include "model/attr_value.h"
#include "model/wire_check.h"
#include "tensor/tensor_proto.h"

namespace smcli {
namespace {

using Pair = std::pair<std::string_view, std::string_view>;

// An entry of map<string, string> or map<string, message>.
Result<Pair> ReadPair(std::string_view bytes) {
  Pair pair;
  WireReader reader(bytes);
  WireField field;
  while (reader.Next(field)) {
    if (field.is(1, WireType::kBytes)) pair.first = field.bytes;
    if (field.is(2, WireType::kBytes)) pair.second = field.bytes;
  }
  SMCLI_RETURN_IF_ERROR(reader.status());
  return pair;
}

// Leaves the last of the pairs with equal keys, as maps do, sorted by key.
void SortMap(std::vector<Pair>& map) {
  std::ranges::stable_sort(map, {}, &Pair::first);
  std::ranges::reverse(map);
  // Not std::ranges::unique, which Clang 14 refuses to compile over libstdc++ 12.
  map.erase(std::unique(map.begin(), map.end(), [](const Pair& a, const Pair& b) { return a.first == b.first; }),
            map.end());
  std::ranges::reverse(map);
}

const Pair* FindPair(const std::vector<Pair>& map, std::string_view key) {
  const auto found = std::ranges::lower_bound(map, key, {}, &Pair::first);
  return found == map.end() || found->first != key ? nullptr : &*found;
}

Result<HandleData> ReadHandleData(std::string_view bytes) {
  HandleData data;
  WireReader reader(bytes);
  WireField field;
  while (reader.Next(field)) {
    if (field.is(1, WireType::kVarint)) data.dtype = DataTypeFromNumber(field.as_int32()).value_or(DataType::kInvalid);
    if (field.is(2, WireType::kBytes)) {
      SMCLI_ASSIGN_OR_RETURN(data.shape, ShapeFromBytes(field.bytes));
    }
  }
  SMCLI_RETURN_IF_ERROR(reader.status());
  return data;
}

// What ArgDefs say beyond an ArgSchema: handle_data of resources.
Status ReadHandles(std::string_view signature, std::vector<FunctionArg>& args) {
  WireReader reader(signature);
  WireField field;
  while (reader.Next(field)) {
    if (!field.is(2, WireType::kBytes)) continue;
    FunctionArg& arg = args.emplace_back();
    WireReader arg_def(field.bytes);
    WireField part;
    while (arg_def.Next(part)) {
      if (!part.is(7, WireType::kBytes)) continue;
      SMCLI_ASSIGN_OR_RETURN(HandleData data, ReadHandleData(part.bytes));
      arg.handle_data.push_back(std::move(data));
    }
    SMCLI_RETURN_IF_ERROR(arg_def.status());
  }
  return reader.status();
}

// The attributes of one argument. They are hints, so what cannot be read is left out.
void ReadArgAttrs(std::string_view arg_attrs, FunctionArg& arg) {
  WireReader reader(arg_attrs);
  WireField field;
  while (reader.Next(field)) {
    if (!field.is(1, WireType::kBytes)) continue;
    const auto pair = ReadPair(field.bytes);
    if (!pair.ok()) continue;
    const auto member = ReadAttrMember(pair->second);
    if (!member.ok()) continue;
    if (pair->first == "_user_specified_name" && member->which == AttrField::kString)
      arg.user_name = member->field.bytes;
    if (pair->first == "_output_shapes" && member->which == AttrField::kList) {
      WireReader list(member->field.bytes);
      WireField item;
      while (!arg.shape && list.Next(item)) {
        if (!item.is(static_cast<uint32_t>(AttrField::kShape), WireType::kBytes)) continue;
        if (auto shape = ShapeFromBytes(item.bytes); shape.ok()) arg.shape = *std::move(shape);
      }
    }
  }
}

// An entry of map<uint32, ArgAttrs>.
Status ReadArgAttrEntry(std::string_view entry, std::vector<FunctionArg>& args) {
  uint64_t position = 0;
  std::string_view attrs;
  WireReader reader(entry);
  WireField field;
  while (reader.Next(field)) {
    if (field.is(1, WireType::kVarint)) position = field.value;
    if (field.is(2, WireType::kBytes)) attrs = field.bytes;
  }
  if (position < args.size()) ReadArgAttrs(attrs, args[position]);
  return reader.status();
}

// The signature's bytes; in pieces they are merged, which for a message means one after another.
Result<std::string_view> SignatureBytes(std::string_view function_def, std::string& merged) {
  std::string_view signature;
  int count = 0;
  WireReader reader(function_def);
  WireField field;
  while (reader.Next(field)) {
    if (!field.is(1, WireType::kBytes)) continue;
    if (++count == 2) merged = signature;
    if (count >= 2) merged += field.bytes;
    signature = field.bytes;
  }
  SMCLI_RETURN_IF_ERROR(reader.status());
  return count < 2 ? signature : std::string_view(merged);
}

Result<std::string_view> NameOf(std::string_view function_def, const char* origin) {
  std::string_view name;
  WireReader reader(function_def, origin);
  WireField field;
  while (reader.Next(field)) {
    if (!field.is(1, WireType::kBytes)) continue;
    WireReader signature(field.bytes, origin);
    WireField part;
    while (signature.Next(part)) {
      if (part.is(1, WireType::kBytes)) name = part.bytes;
    }
    SMCLI_RETURN_IF_ERROR(signature.status());
  }
  SMCLI_RETURN_IF_ERROR(reader.status());
  return name;
}

}  // namespace

Result<std::unique_ptr<Function>> Function::Read(SharedBytes bytes) {
  std::unique_ptr<Function> function(new Function);
  SMCLI_ASSIGN_OR_RETURN(const std::string_view signature, SignatureBytes(bytes.view, function->merged_signature_));
  SMCLI_ASSIGN_OR_RETURN(function->signature_, ParseOpDef(signature));
  SMCLI_RETURN_IF_ERROR(ReadHandles(signature, function->args_));
  WireReader reader(bytes.view, bytes.origin);
  WireField field;
  while (reader.Next(field)) {
    if (field.type != WireType::kBytes) continue;
    switch (field.number) {
      case 3: function->node_defs_.push_back(field.bytes); break;
      case 4:
      case 5:
      case 6: {
        SMCLI_ASSIGN_OR_RETURN(const Pair pair, ReadPair(field.bytes));
        (field.number == 4   ? function->rets_
         : field.number == 5 ? function->attrs_
                             : function->control_rets_)
            .push_back(pair);
        break;
      }
      case 7: SMCLI_RETURN_IF_ERROR(ReadArgAttrEntry(field.bytes, function->args_)); break;
      default: break;
    }
  }
  SMCLI_RETURN_IF_ERROR(reader.status());
  SortMap(function->rets_);
  SortMap(function->attrs_);
  SortMap(function->control_rets_);
  function->bytes_ = std::move(bytes);
  return function;
}

std::optional<std::string_view> Function::FindRet(std::string_view output) const {
  const Pair* pair = FindPair(rets_, output);
  return pair == nullptr ? std::nullopt : std::optional(pair->second);
}

std::optional<std::string_view> Function::FindAttr(std::string_view attr) const {
  const Pair* pair = FindPair(attrs_, attr);
  return pair == nullptr ? std::nullopt : std::optional(pair->second);
}

Status Function::Parse(tensorflow::FunctionDef* def) const {
  return ParseMessage(bytes_.view, bytes_.origin, def).Annotate(fmt::format("function '{}'", name()));
}

Result<std::unique_ptr<FunctionLibrary>> FunctionLibrary::Open(const SharedBytes& graph_def) {
  auto library = std::make_unique<FunctionLibrary>();
  library->bytes_ = graph_def;
  WireReader graph(graph_def.view, graph_def.origin);
  WireField field;
  while (graph.Next(field)) {
    if (field.is(2, WireType::kBytes)) SMCLI_RETURN_IF_ERROR(library->AddAll(field.bytes));
  }
  SMCLI_RETURN_IF_ERROR(graph.status());
  return library;
}

Status FunctionLibrary::AddAll(std::string_view library) {
  WireReader reader(library, bytes_.origin);
  WireField field;
  while (reader.Next(field)) {
    if (field.is(1, WireType::kBytes)) {
      SMCLI_ASSIGN_OR_RETURN(const std::string_view name,
                             NameOf(field.bytes, bytes_.origin).Annotate("a function of the library"));
      const auto [entry, added] = entries_.emplace(name, field.bytes);
      if (added) {
        names_.push_back(name);
      } else if (entry->second != field.bytes) {
        return InvalidModelError("two functions of the library are called '{}' (DuplicateFunctionName)", name);
      }
    } else if (field.is(2, WireType::kBytes)) {
      SMCLI_ASSIGN_OR_RETURN(const Pair gradient, ReadPair(field.bytes));
      gradients_.insert_or_assign(gradient.first, gradient.second);
    }
  }
  return reader.status();
}

Result<const Function*> FunctionLibrary::Get(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  if (const auto found = read_.find(name); found != read_.end()) return found->second.get();
  const auto entry = entries_.find(name);
  if (entry == entries_.end()) return InvalidModelError("the library has no function '{}' (FunctionNotFound)", name);
  SMCLI_ASSIGN_OR_RETURN(auto function,
                         Function::Read(bytes_.Part(entry->second)).Annotate(fmt::format("function '{}'", name)));
  return read_.emplace(entry->first, std::move(function)).first->second.get();
}

std::string_view FunctionLibrary::GradientOf(std::string_view function) const {
  const auto found = gradients_.find(function);
  return found == gradients_.end() ? std::string_view() : found->second;
}

}  // namespace smcli
