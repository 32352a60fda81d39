#include <string>

#include "loops/loops.h"
#include "support/catch.h"

namespace smcli {
namespace {

TEST_CASE("the chosen table is one that this machine runs") {
  const IsaList isas = AllIsas();
  REQUIRE(isas.count >= 1);
  bool found = false;
  for (int i = 0; i < isas.count; ++i) found = found || isas.tables[i] == &CurrentLoops();
  CHECK(found);
}

TEST_CASE("each level names itself") {
  for (int i = 1; i < AllIsas().count; ++i) {
    CHECK(std::string(AllIsas().tables[i - 1]->isa) != AllIsas().tables[i]->isa);
  }
}

}  // namespace
}  // namespace smcli
