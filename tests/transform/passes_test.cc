#include "transform/passes.h"

#include "support/catch.h"

namespace smcli {
namespace {

TEST_CASE("every pass has a name of its own and a purpose", "[transform]") {
  std::set<std::string_view> names;
  for (const Pass& pass : AllPasses()) {
    CHECK(names.insert(pass.name).second);
    CHECK_FALSE(pass.purpose.empty());
    CHECK(pass.run != nullptr);
  }
}

TEST_CASE("passes are picked by name, in order, without the skipped ones", "[transform]") {
  const std::string_view wanted[] = {"freeze", "prune", "inline"};
  const std::string skipped[] = {"prune"};
  const auto picked = Value(PickPasses(wanted, skipped));
  REQUIRE(picked.size() == 2);
  CHECK(picked[0]->name == "freeze");
  CHECK(picked[1]->name == "inline");
}

TEST_CASE("an unknown pass is refused with the names there are", "[transform]") {
  const std::string_view wanted[] = {"fold-constant"};
  CHECK_FAILS(PickPasses(wanted, {}), ErrorKind::kUsage, "fold-constants");
  const std::string skipped[] = {"nothing"};
  CHECK_FAILS(PickPasses({}, skipped), ErrorKind::kUsage, "unknown pass \"nothing\"");
}

}  // namespace
}  // namespace smcli
