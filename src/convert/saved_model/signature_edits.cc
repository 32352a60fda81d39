#include "convert/saved_model/signature_edits.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "base/text.h"
#include "base/utf8.h"

namespace smcli {
namespace {

constexpr std::string_view kScopedForm = "SIGNATURE:A=B";

struct Part {  // "signature:name=value"
  std::string signature, name, value;
};

Result<std::pair<std::string, std::string>> SplitPair(std::string_view flag, std::string_view text,
                                                      std::string_view form = "A=B") {
  const size_t equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0) {
    return UsageError("--{} {}: is not of the form {}", flag, Quoted(text), form);
  }
  return std::pair(std::string(text.substr(0, equals)), std::string(text.substr(equals + 1)));
}

std::vector<std::string_view> Names(const std::vector<TensorSpec>& specs) {
  std::vector<std::string_view> names;
  for (const TensorSpec& spec : specs) names.push_back(spec.key);
  return names;
}

class Reader {
 public:
  explicit Reader(const MetaGraph& meta_graph) : meta_graph_(meta_graph) {}

  // Keys of signatures may hold colons: the shortest that is one counts.
  Result<Part> Split(std::string_view flag, std::string_view text) const {
    SMCLI_ASSIGN_OR_RETURN(const auto pair, SplitPair(flag, text, kScopedForm));
    const std::string& left = pair.first;
    for (size_t colon = left.find(':'); colon != std::string::npos; colon = left.find(':', colon + 1)) {
      const Signature* signature = meta_graph_.FindSignature(left.substr(0, colon));
      if (signature != nullptr && !signature->internal()) {
        return Part{left.substr(0, colon), left.substr(colon + 1), pair.second};
      }
    }
    const size_t colon = left.find(':');
    if (colon == std::string::npos)
      return UsageError("--{} {}: is not of the form {}", flag, Quoted(text), kScopedForm);
    SMCLI_RETURN_IF_ERROR(CheckSignatureKey(meta_graph_, left.substr(0, colon)).Annotate(fmt::format("--{}", flag)));
    return Part{left.substr(0, colon), left.substr(colon + 1), pair.second};
  }

  Result<const TensorSpec*> Find(std::string_view flag, const Part& part, bool output) const {
    const Signature& signature = *meta_graph_.FindSignature(part.signature);
    const TensorSpec* spec = output ? signature.FindOutput(part.name) : signature.FindInput(part.name);
    if (spec != nullptr) return spec;
    return UsageError("--{}: signature {} has no {} {}{}", flag, Quoted(part.signature), output ? "output" : "input",
                      Quoted(part.name), Suggestion(part.name, Names(output ? signature.outputs : signature.inputs)));
  }

 private:
  const MetaGraph& meta_graph_;
};

Status CheckRenames(std::string_view flag, const Renames& renames, const std::vector<std::string_view>& names) {
  std::set<std::string, std::less<>> after;
  for (const std::string_view name : names) {
    const auto found = renames.find(name);
    const std::string now = found == renames.end() ? std::string(name) : found->second;
    if (now.empty()) return UsageError("--{}: {} needs a name", flag, Quoted(name));
    if (!after.insert(now).second) return UsageError("--{}: there would be two called {}", flag, Quoted(now));
  }
  return {};
}

Status ReadRenames(const ConvertOptions& options, const Reader& reader, SignatureEdits& edits) {
  for (const std::string& text : options.rename_input) {
    SMCLI_ASSIGN_OR_RETURN(const Part part, reader.Split("rename-input", text));
    SMCLI_RETURN_IF_ERROR(reader.Find("rename-input", part, false));
    edits.signatures[part.signature].inputs[part.name] = part.value;
  }
  for (const std::string& text : options.rename_output) {
    SMCLI_ASSIGN_OR_RETURN(const Part part, reader.Split("rename-output", text));
    SMCLI_RETURN_IF_ERROR(reader.Find("rename-output", part, true));
    edits.signatures[part.signature].outputs[part.name] = part.value;
  }
  return {};
}

// Could a tensor of the new shape stand where the old one did? The graph was made for the old one.
bool Narrows(const PartialShape& old, const PartialShape& now) { return now.CompatibleWith(old); }

Status ReadDefaultsAndShapes(const ConvertOptions& options, const Reader& reader, SignatureEdits& edits) {
  for (const std::string& text : options.set_default) {
    SMCLI_ASSIGN_OR_RETURN(const Part part, reader.Split("set-default", text));
    SMCLI_RETURN_IF_ERROR(reader.Find("set-default", part, false));
    edits.signatures[part.signature].defaults[part.name] = part.value;
  }
  for (const std::string& text : options.input_shape) {
    SMCLI_ASSIGN_OR_RETURN(const Part part, reader.Split("input-shape", text));
    SMCLI_ASSIGN_OR_RETURN(const TensorSpec* spec, reader.Find("input-shape", part, false));
    SMCLI_ASSIGN_OR_RETURN(const PartialShape shape, ParseDims(part.value).Annotate("--input-shape"));
    if (spec->encoding != TensorSpec::Encoding::kDense || !Narrows(spec->shape, shape)) {
      return UsageError("--input-shape: {} of {} has shape {}, which {} does not fit", Quoted(part.name),
                        Quoted(part.signature), spec->shape.ToString(), shape.ToString());
    }
    edits.signatures[part.signature].shapes.insert_or_assign(part.name, shape);
  }
  return {};
}

// The keys there will be: those that stay, renamed, and copies.
Status CheckKeys(const ConvertOptions& options, const MetaGraph& meta_graph, const SignatureEdits& edits) {
  const auto listed = [](const std::vector<std::string>& keys, std::string_view key) {
    return std::ranges::find(keys, key) != keys.end();
  };
  std::vector<std::string_view> keys;
  for (const Signature& signature : meta_graph.signatures()) {
    const bool stays = options.signatures.empty() || signature.internal() || listed(options.signatures, signature.key);
    if (stays && !listed(options.drop_signature, signature.key)) keys.push_back(signature.key);
  }
  for (const auto& [old, now] : edits.keys) {
    if (!listed(std::vector<std::string>(keys.begin(), keys.end()), old)) {
      return UsageError("--rename-signature: {} is left out, so it cannot get another key", Quoted(old));
    }
  }
  for (const auto& copy : edits.copies) keys.push_back(copy.first);
  return CheckRenames("rename-signature", edits.keys, keys);
}

}  // namespace

Status CheckSignatureKey(const MetaGraph& meta_graph, std::string_view key) {
  const Signature* signature = meta_graph.FindSignature(key);
  if (signature != nullptr && !signature->internal()) return {};
  std::vector<std::string_view> keys;
  for (const Signature& known : meta_graph.signatures()) {
    if (!known.internal()) keys.push_back(known.key);
  }
  return UsageError("there is no signature {}{}", Quoted(key), Suggestion(key, keys));
}

Result<PartialShape> ParseDims(std::string_view text) {
  std::vector<int64_t> dims;
  std::string_view rest = text;
  if (rest.starts_with('[') && rest.ends_with(']')) rest = rest.substr(1, rest.size() - 2);
  while (!rest.empty()) {
    const size_t comma = std::min(rest.find(','), rest.size());
    const std::string_view item = rest.substr(0, comma);
    int64_t dim = -1;
    const auto parsed = std::from_chars(item.data(), item.data() + item.size(), dim);
    const bool number = parsed.ec == std::errc() && parsed.ptr == item.data() + item.size() && dim >= -1;
    if (!number && item != "?")
      return UsageError("{} is no shape; write 1,224,224,3, with ? for any size", Quoted(text));
    dims.push_back(number ? dim : -1);
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  if (dims.size() > kMaxRank) return UsageError("{} has more than {} dimensions", Quoted(text), kMaxRank);
  return PartialShape(std::move(dims));
}

Result<SignatureEdits> SignatureEdits::Read(const ConvertOptions& options, const MetaGraph& meta_graph) {
  SignatureEdits edits;
  const Reader reader(meta_graph);
  SMCLI_RETURN_IF_ERROR(ReadRenames(options, reader, edits));
  SMCLI_RETURN_IF_ERROR(ReadDefaultsAndShapes(options, reader, edits));
  for (const auto& [key, one] : edits.signatures) {
    const Signature& signature = *meta_graph.FindSignature(key);
    SMCLI_RETURN_IF_ERROR(CheckRenames("rename-input", one.inputs, Names(signature.inputs)));
    SMCLI_RETURN_IF_ERROR(CheckRenames("rename-output", one.outputs, Names(signature.outputs)));
  }
  for (const std::string& text : options.add_signature) {
    SMCLI_ASSIGN_OR_RETURN(auto pair, SplitPair("add-signature", text));
    SMCLI_RETURN_IF_ERROR(CheckSignatureKey(meta_graph, pair.second).Annotate("--add-signature"));
    edits.copies.push_back(std::move(pair));
  }
  for (const std::string& text : options.rename_signature) {
    SMCLI_ASSIGN_OR_RETURN(auto pair, SplitPair("rename-signature", text));
    SMCLI_RETURN_IF_ERROR(CheckSignatureKey(meta_graph, pair.first).Annotate("--rename-signature"));
    edits.keys[pair.first] = pair.second;
  }
  SMCLI_RETURN_IF_ERROR(CheckKeys(options, meta_graph, edits));
  return edits;
}

}  // namespace smcli
