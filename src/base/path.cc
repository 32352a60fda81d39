#include "base/path.h"

namespace smcli {
namespace {

std::string_view WithoutTrailingSlashes(std::string_view path) {
  while (!path.empty() && path.back() == '/') path.remove_suffix(1);
  return path;
}

}  // namespace

std::string JoinPath(std::string_view directory, std::string_view name) {
  std::string path(directory);
  if (!path.empty() && path.back() != '/') path += '/';
  return path.append(name);
}

std::string_view BaseName(std::string_view path) {
  path = WithoutTrailingSlashes(path);
  const size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string_view DirName(std::string_view path) {
  const std::string_view whole = WithoutTrailingSlashes(path);
  const size_t slash = whole.rfind('/');
  if (slash == std::string_view::npos) return whole.empty() ? path.substr(0, 1) : std::string_view();
  const std::string_view directory = WithoutTrailingSlashes(whole.substr(0, slash));
  return directory.empty() ? path.substr(0, 1) : directory;
}

std::string_view Extension(std::string_view path) {
  const std::string_view name = BaseName(path);
  const size_t dot = name.rfind('.');
  return dot == std::string_view::npos || dot == 0 ? std::string_view() : name.substr(dot);
}

}  // namespace smcli
