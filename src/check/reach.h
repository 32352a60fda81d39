// What depends on what in a meta-graph: the variables, inputs and functions that signatures reach.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "check/argument_use.h"
#include "check/subject.h"
#include "model/variable_id.h"

namespace smcli {

using NameSet = std::set<std::string, std::less<>>;

// Is following every signature through the graph too much work? Only a file that is made for it is so large.
bool TooManyPaths(const GraphSubject& subject);

// Nodes of the main graph that the outputs of a signature need; what lies behind its inputs is not among them.
std::optional<std::vector<int32_t>> NodesOfSignature(const GraphSubject& subject, const Signature& signature);

// Variables of the main graph that signatures need and do not assign themselves. unset: the graph cannot be followed.
std::optional<NameSet> VariablesOfSignatures(const GraphSubject& subject);
// Variables that the init op, or the table initialisers, may assign. unset: it may be any.
std::optional<NameSet> VariablesOfInitialisers(const GraphSubject& subject);

// The inputs of a signature, as full keys, that no output and no side effect depends on. `use` is the same for all
// signatures of a meta-graph.
std::vector<std::string> DeadInputs(const GraphSubject& subject, const Signature& signature, ArgumentUse& use);

}  // namespace smcli
