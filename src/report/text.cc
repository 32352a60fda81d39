// The text form. Plain fields stand as aligned lines; tables and objects stand below them under their own heading.
#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.h"
#include "report/layout.h"
#include "report/printers.h"
#include "report/text_table.h"

namespace smcli {
namespace {

constexpr int kIndent = 2;

class TextPrinter {
 public:
  TextPrinter(const PrintStyle& style, std::string* out) : style_(style), look_{style.color}, out_(*out) {}

  void PrintObject(const Value::Object& fields, int indent) {
    int label_width = 0;
    for (const Field& field : fields) {
      if (!field.label.empty() && IsLine(field.value)) label_width = std::max(label_width, DisplayWidth(field.label));
    }
    for (const Field& field : fields) {
      if (field.label.empty()) continue;
      if (IsLine(field.value)) {
        PrintLine(field, label_width, indent);
      } else {
        PrintBlock(field, indent);
      }
    }
  }

 private:
  static bool IsLine(const Value& value) {
    if (value.gist()) return value.gist()->find('\n') == std::string::npos;
    if (value.table()) return value.table()->size() == 0;
    if (value.object()) return value.object()->empty();
    return !value.list() || std::ranges::none_of(*value.list(), [](const Value& v) { return v.object() || v.table(); });
  }

  void PrintLine(const Field& field, int label_width, int indent) {
    std::string value = field.value.table() || field.value.object() ? "none" : Readable(field.value);
    if (value.empty()) value = "-";
    const int start = indent + label_width + kIndent;
    const std::string label = Padded(field.label, label_width + kIndent);
    out_ += std::string(static_cast<size_t>(indent), ' ') + look_.Heading(label);
    out_ += style_.width > 0 ? Wrap(value, start, std::max(style_.width, start + 20)) : value;
    while (out_.ends_with(' ')) out_.pop_back();
    out_ += '\n';
  }

  void PrintBlock(const Field& field, int indent) {
    StartBlock();
    out_ += std::string(static_cast<size_t>(indent), ' ') + look_.Heading(field.label) + "\n";
    if (const Table* table = field.value.table()) {
      PrintTextTable(*table, indent + kIndent, style_, &out_);
    } else if (const Value::Object* object = field.value.object()) {
      PrintObject(*object, indent + kIndent);
    } else if (const std::string* gist = field.value.gist()) {
      PrintLines(*gist, indent + kIndent);
    } else {
      PrintList(*field.value.list(), indent + kIndent);
    }
  }

  void PrintLines(std::string_view text, int indent) {
    while (!text.empty()) {
      const std::string_view line = text.substr(0, text.find('\n'));
      text.remove_prefix(std::min(text.size(), line.size() + 1));
      out_ += std::string(static_cast<size_t>(indent), ' ') + Escaped(line) + "\n";
    }
  }

  void PrintList(const Value::List& list, int indent) {
    for (const Value& item : list) {
      if (&item != &list.front()) StartBlock();
      if (const Table* table = item.table()) {
        PrintTextTable(*table, indent, style_, &out_);
      } else if (const Value::Object* object = item.object()) {
        PrintObject(*object, indent);
      } else {
        out_ += std::string(static_cast<size_t>(indent), ' ') + Readable(item) + "\n";
      }
    }
  }

  // One blank line before what stands under a heading.
  void StartBlock() {
    if (!out_.empty() && !out_.ends_with("\n\n")) out_ += '\n';
  }

  const PrintStyle& style_;
  const Style look_;
  std::string& out_;
};

}  // namespace

void PrintText(const Report& report, const PrintStyle& style, std::string* out) {
  if (!report.title.empty()) *out += Style{style.color}.Strong(Escaped(report.title)) + "\n";
  TextPrinter(style, out).PrintObject(report.fields, 0);
}

}  // namespace smcli
