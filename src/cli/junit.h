// JUnit's XML, which every CI system shows.
#pragma once

#include <span>
#include <string>

namespace smcli {

struct JUnitCase {
  std::string name;
  std::string failure;  // why it failed; empty: it passed
};

// One test suite. Names are escaped; characters that XML cannot hold are written as in Escaped().
std::string JUnitText(std::string_view suite, std::span<const JUnitCase> cases);

}  // namespace smcli
