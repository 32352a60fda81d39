#include "cli/output_comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "base/utf8.h"
#include "cli/assignments.h"
#include "tensor/print.h"

namespace smcli {

namespace {

Result<std::map<std::string, double, std::less<>>> ParseTable(std::span<const std::string> texts,
                                                              std::string_view flag) {
  std::map<std::string, double, std::less<>> table;
  for (const std::string& text : texts) {
    const Assignment scoped = SplitScoped(text);
    double number = 0;
    const char* last = scoped.value.data() + scoped.value.size();
    const auto [stop, error] = std::from_chars(scoped.value.data(), last, number);
    if (error != std::errc() || stop != last || !(number >= 0)) {
      return UsageError("{} {}: the form is [OUTPUT:]NUMBER", flag, Quoted(text));
    }
    table[scoped.name] = number;
  }
  return table;
}

double Lookup(const std::map<std::string, double, std::less<>>& table, std::string_view output, double fallback) {
  if (const auto it = table.find(output); it != table.end()) return it->second;
  const auto it = table.find("");
  return it == table.end() ? fallback : it->second;
}

std::string ElementText(const Tensor& tensor, int64_t index) { return NumpyText(tensor.Part(index, Shape{})); }

std::string FailureText(const ComparedOutput& output, const Tensor& got, const Tensor& want) {
  const Comparison& f = output.figures;
  if (!f.mismatch.empty()) return f.mismatch;
  std::string text =
      fmt::format("{} of {} outside atol {:g} and rtol {:g}; first at {}: {}, not {}", f.failed, f.elements,
                  output.tolerances.atol, output.tolerances.rtol, IndexText(got.shape(), f.first_failed),
                  ElementText(got, f.first_failed), ElementText(want, f.first_failed));
  if (f.incomparable > 0) return text + fmt::format("; no tolerance helps {} of them", f.incomparable);
  return text + fmt::format("; --atol {:.9g} or --rtol {:.9g} would pass", f.max_abs, f.max_rel);
}

Value Fraction(double fraction) { return fraction < 0 ? Value() : Value::Real(fraction); }

}  // namespace

Result<ToleranceTable> ToleranceTable::Parse(std::span<const std::string> atol, std::span<const std::string> rtol) {
  ToleranceTable table;
  SMCLI_ASSIGN_OR_RETURN(table.atol_, ParseTable(atol, "--atol"));
  SMCLI_ASSIGN_OR_RETURN(table.rtol_, ParseTable(rtol, "--rtol"));
  return table;
}

Tolerances ToleranceTable::For(std::string_view output) const {
  const Tolerances fallback;
  return {.atol = Lookup(atol_, output, fallback.atol), .rtol = Lookup(rtol_, output, fallback.rtol)};
}

Status ToleranceTable::CheckNames(const std::vector<TensorSpec>& outputs) const {
  std::vector<std::string_view> names;
  for (const TensorSpec& spec : outputs) names.push_back(spec.key);
  for (const auto* table : {&atol_, &rtol_}) {
    for (const auto& [name, number] : *table) {
      if (name.empty() || std::ranges::find(names, name) != names.end()) continue;
      return UsageError("{} names no output {}{}", table == &atol_ ? "--atol" : "--rtol", Quoted(name),
                        Suggestion(name, names));
    }
  }
  return {};
}

OutputComparison CompareOutputs(const std::vector<TensorSpec>& specs, std::span<const Tensor> got,
                                const std::map<std::string, Tensor, std::less<>>& want,
                                const ToleranceTable& tolerances, std::string reference) {
  OutputComparison comparison;
  comparison.reference = std::move(reference);
  for (size_t i = 0; i < specs.size(); ++i) {
    ComparedOutput output;
    output.key = specs[i].key;
    output.tolerances = tolerances.For(output.key);
    const auto found = want.find(output.key);
    if (found == want.end()) {
      output.figures.mismatch = fmt::format("{} does not have this output", Escaped(comparison.reference));
      output.message = output.figures.mismatch;
    } else {
      output.figures = Compare(got[i], found->second, output.tolerances);
      if (!output.figures.passed()) output.message = FailureText(output, got[i], found->second);
      output.top1 = TopAgreement(got[i], found->second, 1);
      output.top5 = TopAgreement(got[i], found->second, 5);
    }
    comparison.outputs.push_back(std::move(output));
  }
  return comparison;
}

bool OutputComparison::passed() const {
  return std::ranges::all_of(outputs, [](const ComparedOutput& o) { return o.figures.passed(); });
}

Value::Object OutputComparison::Describe() const {
  Table table;
  table.columns = {{"output", "output"},     {"passed", ""},         {"", "result"},           {"elements", "elements"},
                   {"failed", "failed"},     {"atol", "atol"},       {"rtol", "rtol"},         {"max_abs", "max abs"},
                   {"mean_abs", "mean abs"}, {"max_rel", "max rel"}, {"mean_rel", "mean rel"}, {"top1", "top-1"},
                   {"top5", "top-5"},        {"message", ""}};
  Value::List messages;
  int64_t good = 0;
  for (const ComparedOutput& o : outputs) {
    const Comparison& f = o.figures;
    const bool measured = f.mismatch.empty();
    const auto real = [&](double v) { return measured ? Value::Real(v) : Value(); };
    good += f.passed() ? 1 : 0;
    table.Add({Value::Text(o.key), Value(f.passed()), Value::Text(f.passed() ? "PASSED" : "FAILED"),
               Value::Count(f.elements), Value::Count(f.failed), Value::Real(o.tolerances.atol),
               Value::Real(o.tolerances.rtol), real(f.max_abs), real(f.mean_abs), real(f.max_rel), real(f.mean_rel),
               Fraction(o.top1), Fraction(o.top5), Value::Text(o.message)});
    if (!f.passed()) messages.push_back(Value::Text(fmt::format("{}: {}", o.key, o.message)));
  }
  const std::string verdict = passed() ? fmt::format("PASSED: all {} outputs match", good)
                                       : fmt::format("FAILED: {} of {} outputs match", good, outputs.size());
  Value::Object fields;
  fields.push_back({"against", "", Value::Text(reference)});
  fields.push_back({"passed", "", Value(passed())});
  fields.push_back({"outputs", fmt::format("against {}", reference), Value::Of(std::move(table))});
  for (Value& message : messages) fields.push_back({"", "difference", std::move(message)});
  fields.push_back({"", "verdict", Value::Text(verdict)});
  return fields;
}

std::vector<JUnitCase> OutputComparison::Cases() const {
  std::vector<JUnitCase> cases;
  for (const ComparedOutput& o : outputs) cases.push_back({o.key, o.figures.passed() ? "" : o.message});
  return cases;
}

}  // namespace smcli
