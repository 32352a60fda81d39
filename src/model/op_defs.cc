#include "model/op_defs.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/wire.h"
#include "model/attr_value.h"

extern "C" {
extern const char smcli_op_defs_begin[];
extern const char smcli_op_defs_end[];
}

namespace smcli {
namespace {

// They are looked up one by one; no op comes near.
constexpr size_t kMaxAttrs = 1000;

constexpr std::array<std::string_view, 8> kKindNames = {"string", "int",   "float",  "bool",
                                                        "type",   "shape", "tensor", "func"};

std::string_view Table() { return {smcli_op_defs_begin, static_cast<size_t>(smcli_op_defs_end - smcli_op_defs_begin)}; }

// "list(int)" or "int". False for what is no kind.
bool SetKind(std::string_view type, AttrSchema& attr) {
  if (type.starts_with("list(") && type.ends_with(")")) {
    attr.list = true;
    type = type.substr(5, type.size() - 6);
  }
  const auto kind = AttrKindFromName(type);
  if (kind) attr.kind = *kind;
  return kind.has_value();
}

DataType TypeFromWire(int32_t number) { return DataTypeFromNumber(number).value_or(DataType::kInvalid); }

Result<ArgSchema> ParseArgDef(std::string_view bytes) {
  ArgSchema arg;
  WireReader reader(bytes);
  WireField field;
  while (reader.Next(field)) {
    if (field.type == WireType::kBytes) {
      if (field.number == 1) arg.name = field.bytes;
      if (field.number == 4) arg.type_attr = field.bytes;
      if (field.number == 5) arg.number_attr = field.bytes;
      if (field.number == 6) arg.type_list_attr = field.bytes;
    } else if (field.type == WireType::kVarint) {
      if (field.number == 3) {
        arg.type = TypeFromWire(field.as_int32());
        arg.is_ref = arg.is_ref || IsRefNumber(field.as_int32());
      }
      if (field.number == 16) arg.is_ref = field.value != 0;
    }
  }
  SMCLI_RETURN_IF_ERROR(reader.status());
  return arg;
}

// allowed_values: an AttrValue whose list holds types or strings.
Status ParseAllowed(std::string_view bytes, AttrSchema& attr) {
  SMCLI_ASSIGN_OR_RETURN(const AttrMember member, ReadAttrMember(bytes));
  if (member.which != AttrField::kList) return {};
  WireReader reader(member.field.bytes);
  WireField field;
  const auto add_type = [&](uint64_t number) {
    attr.allowed_types = attr.allowed_types | TypeFromWire(static_cast<int32_t>(static_cast<uint32_t>(number)));
  };
  while (reader.Next(field)) {
    if (field.is(2, WireType::kBytes)) attr.allowed_strings.emplace_back(field.bytes);
    if (field.is(6, WireType::kVarint)) add_type(field.value);
    if (field.is(6, WireType::kBytes) && !ForEachPackedVarint(field.bytes, add_type)) {
      return InvalidModelError("allowed_values: a packed list of types is cut off (ProtoTruncated)");
    }
  }
  return reader.status();
}

Result<AttrSchema> ParseAttrDef(std::string_view bytes) {
  AttrSchema attr;
  std::string_view type, allowed;
  bool has_minimum = false;
  int64_t minimum = 0;
  WireReader reader(bytes);
  WireField field;
  while (reader.Next(field)) {
    if (field.is(1, WireType::kBytes)) attr.name = field.bytes;
    if (field.is(2, WireType::kBytes)) type = field.bytes;
    if (field.is(3, WireType::kBytes)) attr.default_value.emplace(field.bytes);
    if (field.is(5, WireType::kVarint)) has_minimum = field.value != 0;
    if (field.is(6, WireType::kVarint)) minimum = field.as_int64();
    if (field.is(7, WireType::kBytes)) allowed = field.bytes;
  }
  SMCLI_RETURN_IF_ERROR(reader.status());
  if (!SetKind(type, attr)) return InvalidModelError("attribute '{}' is of the unknown kind '{}'", attr.name, type);
  if (has_minimum) attr.minimum = minimum;
  SMCLI_RETURN_IF_ERROR(ParseAllowed(allowed, attr));
  return attr;
}

void NoteArity(OpSchema& op) {
  op.fixed_inputs = std::ranges::all_of(op.inputs, &ArgSchema::single);
  op.fixed_outputs = std::ranges::all_of(op.outputs, &ArgSchema::single);
}

std::vector<std::string_view> SplitAt(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const size_t end = std::min(text.find(separator), text.size());
    parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

// name:TYPE, see tools/oracle/dump_op_defs.py.
ArgSchema ParseArgText(std::string_view text) {
  ArgSchema arg;
  const size_t colon = text.find(':');
  arg.name = text.substr(0, colon);
  text.remove_prefix(colon + 1);
  if (text.ends_with('&')) {
    arg.is_ref = true;
    text.remove_suffix(1);
  }
  if (const size_t star = text.find('*'); star != text.npos) {
    arg.number_attr = text.substr(star + 1);
    text = text.substr(0, star);
  }
  if (text.starts_with("=[")) {
    arg.type_list_attr = text.substr(2, text.size() - 3);
  } else if (text.starts_with('=')) {
    arg.type_attr = text.substr(1);
  } else {
    arg.type = DataTypeFromName(text).value_or(DataType::kInvalid);
  }
  return arg;
}

size_t EndOfBraces(std::string_view text) {
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') quoted = !quoted;
    if (text[i] == '}' && !quoted) return i + 1;
  }
  return text.size();
}

AttrSchema ParseAttrText(std::string_view text) {
  AttrSchema attr;
  const size_t colon = text.find(':');
  attr.name = text.substr(0, colon);
  text.remove_prefix(colon + 1);
  const size_t kind_end = std::min(text.find_first_of("{>="), text.size());
  SetKind(text.substr(0, kind_end), attr);
  text.remove_prefix(kind_end);
  if (text.starts_with('{')) {
    const size_t end = EndOfBraces(text);
    for (std::string_view item : SplitOpText(text.substr(0, end))) {
      if (attr.kind == AttrKind::kString) {
        attr.allowed_strings.push_back(UnquoteOpText(item));
      } else if (const auto type = DataTypeFromName(item)) {
        attr.allowed_types = attr.allowed_types | *type;
      }
    }
    text.remove_prefix(end);
  }
  if (text.starts_with(">=")) {
    int64_t minimum = 0;
    const auto end = std::from_chars(text.data() + 2, text.data() + text.size(), minimum).ptr;
    attr.minimum = minimum;
    text.remove_prefix(static_cast<size_t>(end - text.data()));
  }
  if (text.starts_with('=')) attr.default_value = AttrFromText(attr.kind, attr.list, text.substr(1));
  return attr;
}

void SetFlag(std::string_view flag, OpSchema& op) {
  constexpr std::string_view kDeprecated = "deprecated=";
  op.stateful = op.stateful || flag == "stateful";
  op.commutative = op.commutative || flag == "commutative";
  op.aggregate = op.aggregate || flag == "aggregate";
  if (flag.starts_with(kDeprecated)) {
    std::from_chars(flag.data() + kDeprecated.size(), flag.data() + flag.size(), op.deprecated);
  }
}

std::string_view NameOfOpDef(std::string_view op_def) {
  std::string_view name;
  WireReader reader(op_def);
  WireField field;
  while (reader.Next(field)) {
    if (field.is(1, WireType::kBytes)) name = field.bytes;
  }
  return name;
}

}  // namespace

std::string_view Name(AttrKind kind) { return kKindNames[static_cast<size_t>(kind)]; }

std::optional<AttrKind> AttrKindFromName(std::string_view name) {
  const auto found = std::ranges::find(kKindNames, name);
  if (found == kKindNames.end()) return std::nullopt;
  return static_cast<AttrKind>(found - kKindNames.begin());
}

std::string AttrSchema::TypeName() const {
  return list ? fmt::format("list({})", Name(kind)) : std::string(Name(kind));
}

const AttrSchema* OpSchema::FindAttr(std::string_view attr) const {
  const auto found = std::ranges::find(attrs, attr, &AttrSchema::name);
  return found == attrs.end() ? nullptr : &*found;
}

Result<OpSchema> ParseOpDef(std::string_view op_def) {
  OpSchema op;
  WireReader reader(op_def);
  WireField field;
  while (reader.Next(field)) {
    if (field.type == WireType::kBytes) {
      switch (field.number) {
        case 1: op.name = field.bytes; break;
        case 2:
        case 3: {
          SMCLI_ASSIGN_OR_RETURN(ArgSchema arg, ParseArgDef(field.bytes));
          (field.number == 2 ? op.inputs : op.outputs).push_back(arg);
          break;
        }
        case 4: {
          SMCLI_ASSIGN_OR_RETURN(AttrSchema attr, ParseAttrDef(field.bytes));
          op.attrs.push_back(std::move(attr));
          if (op.attrs.size() > kMaxAttrs)
            return InvalidModelError("op '{}' has more than {} attributes", op.name, kMaxAttrs);
          break;
        }
        case 8: {
          WireReader deprecation(field.bytes);
          WireField version;
          while (deprecation.Next(version)) {
            if (version.is(1, WireType::kVarint)) op.deprecated = version.as_int32();
          }
          break;
        }
        default: break;
      }
    } else if (field.type == WireType::kVarint) {
      if (field.number == 16) op.aggregate = field.value != 0;
      if (field.number == 17) op.stateful = field.value != 0;
      if (field.number == 18) op.commutative = field.value != 0;
    }
  }
  SMCLI_RETURN_IF_ERROR(reader.status());
  NoteArity(op);
  return op;
}

OpSchema ParseOpLine(std::string_view line) {
  OpSchema op;
  std::array<std::string_view, 5> columns;
  for (std::string_view& column : columns) {
    const size_t tab = std::min(line.find('\t'), line.size());
    column = line.substr(0, tab);
    line.remove_prefix(std::min(tab + 1, line.size()));
  }
  op.name = columns[0];
  for (std::string_view text : SplitAt(columns[1], ' ')) op.inputs.push_back(ParseArgText(text));
  for (std::string_view text : SplitAt(columns[2], ' ')) op.outputs.push_back(ParseArgText(text));
  for (std::string_view text : SplitAt(columns[3], ' ')) op.attrs.push_back(ParseAttrText(text));
  for (std::string_view text : SplitAt(columns[4], ' ')) SetFlag(text, op);
  NoteArity(op);
  return op;
}

std::string_view FindBuiltinOpLine(std::string_view op) {
  const std::string_view table = Table();
  size_t low = 0, high = table.size();  // both at starts of lines
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    const size_t before = table.rfind('\n', middle - (middle > 0));
    const size_t start = before == table.npos || before < low ? low : before + 1;
    const size_t end = table.find('\n', start);
    const std::string_view line = table.substr(start, end - start);
    const int order = line.substr(0, line.find('\t')).compare(op);
    if (order == 0) return line;
    if (order < 0) {
      low = end + 1;
    } else {
      high = start;
    }
  }
  return {};
}

std::vector<std::string_view> BuiltinOpNames() {
  std::vector<std::string_view> names;
  for (std::string_view line : SplitAt(Table(), '\n')) names.push_back(line.substr(0, line.find('\t')));
  return names;
}

OpDefs::OpDefs() = default;

Result<std::unique_ptr<OpDefs>> OpDefs::Open(SharedBytes op_list) {
  auto defs = std::make_unique<OpDefs>();
  WireReader reader(op_list.view);
  WireField field;
  while (reader.Next(field)) {
    if (field.is(1, WireType::kBytes)) defs->model_.emplace(NameOfOpDef(field.bytes), field.bytes);
  }
  SMCLI_RETURN_IF_ERROR(reader.status().Annotate("stripped_op_list"));
  defs->list_ = std::move(op_list);
  return defs;
}

const OpSchema* OpDefs::Find(std::string_view op) const {
  const std::lock_guard lock(mutex_);
  if (const auto found = parsed_.find(op); found != parsed_.end()) return found->second.get();
  const auto keep = [&](std::string_view key, OpSchema schema) {
    return parsed_.emplace(key, std::make_unique<OpSchema>(std::move(schema))).first->second.get();
  };
  if (const std::string_view line = FindBuiltinOpLine(op); !line.empty()) {
    OpSchema schema = ParseOpLine(line);
    const std::string_view key = schema.name;
    return keep(key, std::move(schema));
  }
  const auto own = model_.find(op);
  if (own == model_.end()) return nullptr;
  auto schema = ParseOpDef(own->second);
  return schema.ok() ? keep(own->first, *std::move(schema)) : nullptr;
}

}  // namespace smcli
