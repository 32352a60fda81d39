// AvailableCores of base/thread_pool.h: what the scheduler and the control groups of Linux allow.
#include <sched.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <string>
#include <thread>

#include "base/file.h"
#include "base/path.h"
#include "base/thread_pool.h"

namespace smcli {
namespace {

constexpr uint64_t kMaxControlFile = uint64_t{64} << 10;

std::optional<int64_t> ReadNumber(std::string_view& text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  if (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  return number;
}

// Cores of "quota period" (version 2's cpu.max; "max 100000" has no limit), infinity where there is none.
double QuotaOf(std::string_view text) {
  const auto quota = ReadNumber(text);
  const auto period = ReadNumber(text);
  if (!quota || !period || *quota <= 0 || *period <= 0) return INFINITY;
  return static_cast<double>(*quota) / static_cast<double>(*period);
}

// The least quota of a group and all above it.
double GroupQuota(const FileSystem& files, const std::string& root, std::string_view group) {
  double quota = INFINITY;
  while (true) {
    const std::string folder = root + std::string(group);
    if (auto v2 = files.Read(JoinPath(folder, "cpu.max"), kMaxControlFile)) quota = std::min(quota, QuotaOf(*v2));
    const auto v1_quota = files.Read(JoinPath(folder, "cpu.cfs_quota_us"), kMaxControlFile);
    const auto v1_period = files.Read(JoinPath(folder, "cpu.cfs_period_us"), kMaxControlFile);
    if (v1_quota && v1_period) {
      quota = std::min(quota, QuotaOf(v1_quota->substr(0, v1_quota->find('\n')) + " " + *v1_period));
    }
    if (group.empty() || group == "/") return quota;
    group = group.substr(0, group.rfind('/'));
  }
}

// /proc/self/cgroup holds lines "0::/group" (version 2) and "4:cpu,cpuacct:/group" (version 1).
double CgroupQuota(const FileSystem& files) {
  const auto groups = files.Read("/proc/self/cgroup", kMaxControlFile);
  if (!groups) return INFINITY;
  double quota = INFINITY;
  for (std::string_view rest = *groups; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    const size_t first = line.find(':');
    const size_t second = first == std::string_view::npos ? first : line.find(':', first + 1);
    if (second == std::string_view::npos) continue;
    const std::string_view controllers = line.substr(first + 1, second - first - 1);
    const std::string_view group = line.substr(second + 1);
    if (controllers.empty()) quota = std::min(quota, GroupQuota(files, "/sys/fs/cgroup", group));
    if (controllers.find("cpu") != std::string_view::npos) {
      quota = std::min(quota, GroupQuota(files, "/sys/fs/cgroup/cpu", group));
    }
  }
  return quota;
}

int AllowedCores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof(set), &set) == 0 && CPU_COUNT(&set) > 0) return CPU_COUNT(&set);
  return static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
}

}  // namespace

int AvailableCores() {
  const int allowed = AllowedCores();
  const double quota = CgroupQuota(*MakeRealFileSystem());
  return quota >= allowed ? allowed : std::max(1, static_cast<int>(std::ceil(quota)));
}

}  // namespace smcli
