// The report of a diff.
#pragma once

#include <string>

#include "diff/behaviour.h"
#include "diff/breaking.h"
#include "diff/model_diff.h"
#include "report/findings.h"
#include "report/report.h"

namespace smcli {

// All that is said about a pair of models.
struct DiffAnswer {
  const ModelSide& before;
  const ModelSide& after;
  const ModelDiff& diff;
  const BreakingPolicy& policy;
  BreakingPolicy::Selection breaking;
  const BehaviourDiff* behaviour = nullptr;  // null: not asked for
  size_t row_limit = 0;                      // of each table, for a person at a terminal; 0: none

  bool identical() const { return diff.identical() && !(behaviour && behaviour->changed()); }
};

// Schema smcli.diff/1.
Report DescribeDiff(const DiffAnswer& answer);

// The broken rules, for junit, github, gitlab and sarif.
FindingList DiffFindings(const DiffAnswer& answer, std::string_view version);

// Parts of the report:
Value::Object DescribeSide(const ModelSide& side, const ModelDiff& diff, bool after);
Value DescribeGraphDiff(const GraphDiff& graph, size_t row_limit);
Value DescribeWeightsDiff(const WeightsDiff& weights, size_t row_limit);
Value DescribeBehaviour(const BehaviourDiff& behaviour);
Table SizeTable(const DiffAnswer& answer);

// At most `limit` rows, the rest counted in the note.
void Shorten(size_t limit, Table& table);
// "+1.2 MiB", "-3 B", "[ = ]".
std::string SizeChangeText(int64_t before, int64_t after);
// "+19%", "-0.1%", "[NEW]", "[DEL]", "[ = ]": bloaty's column.
std::string PercentChangeText(int64_t before, int64_t after);

}  // namespace smcli
