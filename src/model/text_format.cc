#include "model/text_format.h"

#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/text_format.h>

#include <algorithm>

namespace smcli {
namespace {

constexpr int kMaxDepth = 100;

// Keeps the first error; the parser goes on to others that follow from it.
class FirstError final : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int line, google::protobuf::io::ColumnNumber column, const std::string& message) override {
    if (!message_.empty()) return;
    line_ = line + 1;
    column_ = column + 1;
    message_ = message;
  }
  void AddWarning(int, google::protobuf::io::ColumnNumber, const std::string&) override {}

  Error ToError() const {
    if (message_.empty()) return InvalidModelError("cannot be read as text (TextProtoSyntax)");
    const bool unknown_field = message_.find("no field named") != std::string::npos;
    const bool unknown_enum = message_.find("numeration value") != std::string::npos;
    std::string reason = message_;
    while (!reason.empty() && reason.back() == '.') reason.pop_back();
    return InvalidModelError("line {}, column {}: {} ({})", line_, column_, reason,
                             unknown_field  ? "TextProtoUnknownField"
                             : unknown_enum ? "TextProtoUnknownEnum"
                                            : "TextProtoSyntax");
  }

 private:
  int line_ = 0;
  int column_ = 0;
  std::string message_;
};

}  // namespace

Status ParseText(std::string_view text, google::protobuf::Message* message) {
  if (text.size() > static_cast<size_t>(INT32_MAX)) {
    return UnsupportedError("a text of {} bytes is larger than protobuf can handle (ProtoTooLarge)", text.size());
  }
  const google::protobuf::LogSilencer silence;
  FirstError error;
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&error);
  parser.SetRecursionLimit(kMaxDepth);
  google::protobuf::io::ArrayInputStream input(text.data(), static_cast<int>(text.size()));
  if (!parser.Parse(&input, message)) return error.ToError();
  return {};
}

std::string ToText(const google::protobuf::Message& message) {
  std::string text;
  google::protobuf::TextFormat::Printer printer;
  printer.SetExpandAny(true);
  printer.PrintToString(message, &text);
  return text;
}

std::string_view FirstTextField(std::string_view text) {
  size_t at = 0;
  while (at < text.size()) {
    const char c = text[at];
    if (c == '#') {
      at = std::min(text.find('\n', at), text.size());
    } else if (c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ',' || c == ';') {
      ++at;
    } else {
      break;
    }
  }
  const auto in_name = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  size_t end = at;
  while (end < text.size() && in_name(text[end])) ++end;
  return text.substr(at, end - at);
}

}  // namespace smcli
