#include "cli/profile_table.h"

#include <fmt/format.h>

#include <algorithm>

namespace smcli {

Value ProfileTable(const Profile& profile, int64_t runs) {
  const std::vector<Profile::OpTotal> totals = profile.ByOp();
  const auto per_run = static_cast<double>(std::max<int64_t>(runs, 1));
  double all_ns = 0;
  for (const Profile::OpTotal& total : totals) all_ns += static_cast<double>(total.self_ns);
  Table table;
  table.columns = {{"op", "op"},
                   {"calls", "calls"},
                   {"self_ms", "ms"},
                   {"percent", "share"},
                   {"cumulative_percent", "sum"},
                   {"output_bytes", "output"}};
  double sum = 0;
  for (const Profile::OpTotal& total : totals) {
    const auto ns = static_cast<double>(total.self_ns);
    const double share = all_ns > 0 ? ns / all_ns * 100 : 0;
    sum += share;
    table.Add({Value::Text(total.op), Value::Count(total.count / std::max<int64_t>(runs, 1)),
               Value::Real(ns * 1e-6 / per_run), Value::Percent(share), Value::Percent(sum),
               Value::Bytes(static_cast<uint64_t>(total.output_bytes / std::max<int64_t>(runs, 1)))});
  }
  return Value::Of(std::move(table));
}

}  // namespace smcli
