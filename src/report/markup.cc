#include "report/markup.h"

#include "base/utf8.h"

namespace smcli {

std::string Markup(std::string_view text) {
  std::string out;
  for (const char c : Escaped(text)) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

}  // namespace smcli
