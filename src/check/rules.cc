#include "check/rules.h"

#include "base/lookup.h"

namespace smcli {

std::span<const CheckRule> CheckFileRules();
std::span<const CheckRule> CheckGraphRules();
std::span<const CheckRule> CheckFunctionRules();
std::span<const CheckRule> CheckCheckpointRules();
std::span<const CheckRule> CheckVariableRules();
std::span<const CheckRule> CheckSignatureRules();
std::span<const CheckRule> CheckServingRules();

namespace {

struct ProfileRow {
  std::string_view name;
  CheckProfile profile;
};
constexpr ProfileRow kProfiles[] = {
    {"load", kLoadProfile}, {"serving", kServingProfile}, {"rest", kRestProfile}, {"smcli", kSmcliProfile}};

struct CodeRow {
  std::string_view code;
  std::string_view rule;
};
// Codes that readers put at the end of their messages.
constexpr CodeRow kCodes[] = {
    {"AttrMissing", "GRAPH_ATTR_VALID"},
    {"AttrTypeMismatch", "GRAPH_ATTR_VALID"},
    {"BadInputRef", "GRAPH_INPUT_EXISTS"},
    {"BadNodeName", "GRAPH_NODE_NAME_VALID"},
    {"ControlBeforeData", "GRAPH_INPUT_ORDER"},
    {"DtypeInvalid", "GRAPH_CONST_VALUE"},
    {"DtypeUnsupported", "GRAPH_CONST_VALUE"},
    {"DuplicateFunctionName", "FUNCTION_NAME_UNIQUE"},
    {"DuplicateNodeName", "GRAPH_NODE_NAME_UNIQUE"},
    {"FunctionArgMismatch", "FUNCTION_ARGS_MATCH"},
    {"FunctionNotFound", "FUNCTION_EXISTS"},
    {"FunctionRetMissing", "FUNCTION_RETURNS_COMPLETE"},
    {"GraphCycle", "GRAPH_NO_CYCLE"},
    {"GraphVersionUnsupported", "GRAPH_VERSION_SUPPORTED"},
    {"InitOpMalformed", "INIT_OP_EXISTS"},
    {"InputCountMismatch", "GRAPH_INPUT_COUNT"},
    {"InputNotFound", "GRAPH_INPUT_EXISTS"},
    {"InputTypeMismatch", "GRAPH_INPUT_TYPE"},
    {"OutputIndexOutOfRange", "GRAPH_INPUT_EXISTS"},
    {"PathEscapes", "ASSET_INSIDE_FOLDER"},
    {"ShapeInvalid", "GRAPH_CONST_VALUE"},
    {"ShapeTooLarge", "GRAPH_CONST_VALUE"},
    {"StringListMalformed", "GRAPH_CONST_VALUE"},
    {"TensorContentSizeMismatch", "GRAPH_CONST_VALUE"},
    {"VariantUnparsable", "GRAPH_CONST_VALUE"},
};

struct CodeSpan {
  size_t begin = std::string_view::npos;  // of the parenthesis
  size_t end = 0;
};

bool IsCodeLetter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

// The last "(CamelCase)" of a message.
CodeSpan FindCode(std::string_view message) {
  for (size_t open = message.rfind('('); open != message.npos && open + 1 < message.size();
       open = open == 0 ? message.npos : message.rfind('(', open - 1)) {
    size_t end = open + 1;
    bool mixed = false;
    while (end < message.size() && IsCodeLetter(message[end])) mixed |= message[end++] >= 'a';
    const bool camel = message[open + 1] >= 'A' && message[open + 1] <= 'Z';
    if (camel && mixed && end < message.size() && message[end] == ')') return {open, end + 1};
  }
  return {};
}

}  // namespace

std::optional<CheckProfiles> CheckProfileFromName(std::string_view name) {
  const ProfileRow* row = FindByName(kProfiles, name);
  if (row == nullptr) return std::nullopt;
  return row->profile;
}

std::vector<std::string_view> CheckProfileNames(CheckProfiles profiles) {
  std::vector<std::string_view> names;
  for (const ProfileRow& row : kProfiles) {
    if ((profiles & row.profile) != 0) names.push_back(row.name);
  }
  return names;
}

std::span<const CheckRule* const> AllCheckRules() {
  static const std::vector<const CheckRule*> rules = [] {
    std::vector<const CheckRule*> all;
    for (const auto table : {CheckFileRules(), CheckGraphRules(), CheckFunctionRules(), CheckCheckpointRules(),
                             CheckVariableRules(), CheckSignatureRules(), CheckServingRules()}) {
      for (const CheckRule& rule : table) all.push_back(&rule);
    }
    return all;
  }();
  return rules;
}

const CheckRule* FindCheckRule(std::string_view name) { return FindByName(AllCheckRules(), name); }

std::string_view RuleOfProblem(const Error& problem) {
  const std::string_view message = problem.message();
  const CodeSpan code = FindCode(message);
  if (code.begin == message.npos) return {};
  const std::string_view word = message.substr(code.begin + 1, code.end - code.begin - 2);
  for (const CodeRow& row : kCodes) {
    if (row.code == word) return row.rule;
  }
  return {};
}

std::string WithoutCode(std::string_view message) {
  const CodeSpan code = FindCode(message);
  // A node's op stands in parentheses too; a code ends the message, or its part of it.
  if (code.begin == message.npos || code.begin == 0 || message[code.begin - 1] != ' ') return std::string(message);
  const std::string_view rest = message.substr(code.end);
  if (!rest.empty() && !rest.starts_with(';')) return std::string(message);
  return fmt::format("{}{}", message.substr(0, code.begin - 1), rest);
}

}  // namespace smcli
