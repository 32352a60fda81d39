#include "exec/profile.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "base/json.h"

namespace smcli {

namespace {

// Time of each event without its direct children: an event's children are one level deeper and lie within it.
std::vector<int64_t> SelfTimes(const std::vector<Profile::Event>& events) {
  std::vector<size_t> order(events.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    const auto &x = events[a], &y = events[b];
    return x.start_ns != y.start_ns ? x.start_ns < y.start_ns : x.depth < y.depth;
  });
  std::vector<int64_t> self(events.size());
  std::vector<size_t> open;  // the chain of callers of the current event
  for (size_t i : order) {
    const auto& event = events[i];
    self[i] = event.duration_ns;
    while (!open.empty() && events[open.back()].depth >= event.depth) open.pop_back();
    if (!open.empty()) self[open.back()] -= event.duration_ns;
    open.push_back(i);
  }
  for (int64_t& ns : self) ns = std::max<int64_t>(ns, 0);
  return self;
}

}  // namespace

std::vector<Profile::OpTotal> Profile::ByOp() const {
  const std::vector<int64_t> self = SelfTimes(events_);
  std::unordered_map<std::string_view, size_t> index;
  std::vector<OpTotal> totals;
  for (size_t i = 0; i < events_.size(); ++i) {
    const auto [at, added] = index.try_emplace(events_[i].op, totals.size());
    if (added) totals.push_back({.op = events_[i].op});
    OpTotal& total = totals[at->second];
    ++total.count;
    total.self_ns += self[i];
    total.output_bytes += events_[i].output_bytes;
  }
  std::sort(totals.begin(), totals.end(), [](const OpTotal& a, const OpTotal& b) {
    return a.self_ns != b.self_ns ? a.self_ns > b.self_ns : a.op < b.op;
  });
  return totals;
}

std::string Profile::ChromeTrace() const {
  std::string text;
  JsonWriter json(text);
  json.BeginObject();
  json.Key("displayTimeUnit");
  json.String("ns");
  json.Key("traceEvents");
  json.BeginArray();
  for (const Event& event : events_) {
    json.BeginObject(JsonWriter::Layout::kLine);
    json.Key("name");
    json.String(event.op);
    json.Key("cat");
    json.String("op");
    json.Key("ph");
    json.String("X");
    json.Key("ts");
    json.Double(static_cast<double>(event.start_ns) / 1e3);  // microseconds; a product would not round to three digits
    json.Key("dur");
    json.Double(static_cast<double>(event.duration_ns) / 1e3);
    json.Key("pid");
    json.Int(1);
    json.Key("tid");
    json.Int(1);
    json.Key("args");
    json.BeginObject();
    json.Key("node");
    json.String(event.node);
    if (!event.function.empty()) {
      json.Key("function");
      json.String(event.function);
    }
    json.Key("output_bytes");
    json.Int(event.output_bytes);
    json.EndObject();
    json.EndObject();
  }
  json.EndArray();
  json.EndObject();
  return text + "\n";
}

}  // namespace smcli
