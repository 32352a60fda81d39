#include "cli/latency.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/json.h"

namespace smcli {

LatencySummary Summarize(std::vector<double> seconds) {
  LatencySummary out;
  if (seconds.empty()) return out;
  std::sort(seconds.begin(), seconds.end());
  const auto n = static_cast<double>(seconds.size());
  const auto percentile = [&](double fraction) {
    const auto rank = static_cast<size_t>(std::ceil(fraction * n));
    return seconds[std::clamp<size_t>(rank, 1, seconds.size()) - 1];
  };
  out.count = static_cast<int64_t>(seconds.size());
  out.min = seconds.front();
  out.max = seconds.back();
  for (double s : seconds) out.mean += s / n;
  for (double s : seconds) out.std += (s - out.mean) * (s - out.mean) / n;
  out.std = std::sqrt(out.std);
  out.p50 = percentile(0.5);
  out.p90 = percentile(0.9);
  out.p95 = percentile(0.95);
  out.p99 = percentile(0.99);
  out.p999 = percentile(0.999);
  return out;
}

std::string TimingJson(std::span<const double> iterations_s, double load_s, int64_t peak_rss_bytes) {
  std::string text;
  JsonWriter json(text);
  json.BeginObject();
  json.Key("iterations_s");
  json.BeginArray(JsonWriter::Layout::kLine);
  for (double s : iterations_s) json.Double(s);
  json.EndArray();
  json.Key("load_s");
  json.Double(load_s);
  json.Key("peak_rss_bytes");
  json.Int(peak_rss_bytes);
  json.EndObject();
  return text + "\n";
}

std::string HumanSeconds(double seconds) {
  if (seconds < 1e-3) return fmt::format("{:.3g} us", seconds * 1e6);
  if (seconds < 1) return fmt::format("{:.4g} ms", seconds * 1e3);
  return fmt::format("{:.4g} s", seconds);
}

}  // namespace smcli
