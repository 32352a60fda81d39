// JUnit's XML, which every CI system shows.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace smcli {

struct JUnitCase {
  std::string name;
  std::string failure;  // why it failed; empty: it passed
};

struct JUnitSuite {
  std::string name;
  std::vector<JUnitCase> cases;
};

// Names are escaped; characters that XML cannot hold are written as in Escaped().
std::string JUnitText(std::span<const JUnitSuite> suites);

}  // namespace smcli
