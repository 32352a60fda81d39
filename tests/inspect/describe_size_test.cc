#include "inspect/describe_size.h"

#include "support/catch.h"

namespace smcli {
namespace {

TEST_CASE("sizes add up by scope, the largest first") {
  const Table table = SizeTable({{"variables", {{"a/x", 10}, {"a/y", 20}, {"b", 70}}}, {"assets", {}}}, 1);
  REQUIRE(table.rows.size() >= 3);
  CHECK(*table.rows[0].cells[0].text() == "variables");
  CHECK(*table.rows[1].cells[0].text() == "b");
  CHECK(*table.rows[2].cells[0].text() == "a");
}

}  // namespace
}  // namespace smcli
