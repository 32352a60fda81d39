// The diff as a page: one file, no scripts, nothing loaded from elsewhere.
#pragma once

#include <string>
#include <string_view>

#include "diff/describe_diff.h"

namespace smcli {

std::string HtmlReport(const DiffAnswer& answer, std::string_view version);

// Parts of the page:
extern const std::string_view kHtmlStyle;  // the style sheet, for light and dark screens
std::string HtmlInterface(const DiffAnswer& answer);
std::string HtmlGraphs(const DiffAnswer& answer);
std::string HtmlWeights(const WeightsDiff& weights);
std::string HtmlSizes(const DiffAnswer& answer);

// <section> with a heading; empty for an empty body.
std::string HtmlSection(std::string_view id, std::string_view heading, std::string_view body);
// Markup, with "->" as an arrow.
std::string HtmlText(std::string_view text);
// A small coloured mark of what happened: "+", "−", "~".
std::string HtmlMark(ChangeKind kind);

}  // namespace smcli
