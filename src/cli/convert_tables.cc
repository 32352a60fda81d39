#include "cli/convert_tables.h"

#include <fmt/format.h>

#include "convert/converter.h"
#include "convert/driver.h"
#include "transform/passes.h"

namespace smcli {
namespace {

constexpr size_t kShownPlaces = 3;

Value FlagList(const Converter& converter) {
  Value::List flags;
  std::string text;
  for (const std::string_view flag : converter.flags) {
    flags.push_back(Value::Text(flag));
    text += fmt::format("{}--{}", text.empty() ? "" : " ", flag);
  }
  return Value::WithGist(text.empty() ? "-" : text, Value::Of(std::move(flags)));
}

std::string_view ProductName(Converter::Product product) {
  switch (product) {
    case Converter::Product::kFile: return "a file";
    case Converter::Product::kFolder: return "a folder";
    case Converter::Product::kPrefix: return "a prefix";
  }
  return "";
}

Value Places(const std::vector<std::string>& places) {
  Value::List list;
  std::string text;
  for (size_t i = 0; i < places.size(); ++i) {
    list.push_back(Value::Text(places[i]));
    if (i < kShownPlaces) text += fmt::format("{}{}", i == 0 ? "" : ", ", places[i]);
  }
  if (places.size() > kShownPlaces) text += fmt::format(", {} more", places.size() - kShownPlaces);
  return Value::WithGist(text, Value::Of(std::move(list)));
}

struct TargetPlan {
  std::string_view target;
  std::string verdict;  // "ready", "blocked", why it does not apply
  std::vector<Blocker> blockers;
};

TargetPlan PlanOf(const Converter& converter, const ConvertSource& source, const ConvertOptions& options) {
  TargetPlan plan{converter.name, "ready", {}};
  const Status fits = CheckSource(converter, source);
  if (!fits.ok()) {
    plan.verdict = fits.error().message();
  } else if (converter.plan != nullptr) {
    Result<std::vector<Blocker>> blockers = converter.plan(source, options);
    if (!blockers.ok()) {
      plan.verdict = blockers.error().message();
    } else if (!blockers->empty()) {
      plan.verdict = "blocked";
      plan.blockers = *std::move(blockers);
    }
  }
  return plan;
}

}  // namespace

Report ListTargets() {
  Table table;
  table.columns = {{"target", "target"}, {"writes", "writes"}, {"summary", "what"}, {"flags", "flags"}};
  for (const Converter* converter : AllConverters()) {
    table.Add({Value::Text(converter->name), Value::Text(ProductName(converter->product)),
               Value::Text(converter->summary), FlagList(*converter)});
  }
  Report report;
  report.schema = "smcli.convert/1";
  report.Add("targets", "targets", Value::Of(std::move(table)));
  return report;
}

Report ListPasses() {
  Table table;
  table.columns = {{"pass", "pass"}, {"purpose", "what"}};
  for (const Pass& pass : AllPasses()) table.Add({Value::Text(pass.name), Value::Text(pass.purpose)});
  Report report;
  report.schema = "smcli.convert/1";
  report.Add("passes", "passes", Value::Of(std::move(table)));
  return report;
}

Report PlanTargets(const ConvertSource& source, const ConvertOptions& options) {
  Table targets, blockers;
  targets.columns = {{"target", "target"}, {"verdict", "verdict"}, {"blockers", "blockers"}};
  blockers.columns = {
      {"target", "target"}, {"op", "op"}, {"count", "count"}, {"reason", "reason"}, {"places", "places"}};
  for (const Converter* converter : AllConverters()) {
    const TargetPlan plan = PlanOf(*converter, source, options);
    targets.Add({Value::Text(plan.target), Value::Text(plan.verdict),
                 Value::Count(static_cast<int64_t>(plan.blockers.size()))});
    for (const Blocker& blocker : plan.blockers) {
      blockers.Add({Value::Text(plan.target), Value::Text(blocker.op),
                    Value::Count(static_cast<int64_t>(blocker.places.size())), Value::Text(blocker.reason),
                    Places(blocker.places)});
    }
  }
  for (const std::string_view planned : PlannedTargets()) {
    targets.Add({Value::Text(planned), Value::Text("not there yet"), Value::Count(0)});
  }
  Report report;
  report.schema = "smcli.convert/1";
  report.Add("plan", "targets", Value::Of(std::move(targets)));
  const bool any = !blockers.rows.empty();
  report.Add("blockers", any ? "blockers" : "", Value::Of(std::move(blockers)));
  return report;
}

}  // namespace smcli
