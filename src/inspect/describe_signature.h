// Signatures: a line each in a table, or one in every detail.
#pragma once

#include "model/meta_graph.h"
#include "report/report.h"

namespace smcli {

// One row per signature: key, inputs, outputs, method. Without the internal ones.
Table SignatureTable(const MetaGraph& meta_graph);

// Key, method, and a table each of inputs and outputs with the components of sparse and ragged ones and default values.
Value::Object DescribeSignature(const Signature& signature);

// "predict" for "tensorflow/serving/predict"; other methods as they are, "-" for none.
std::string MethodText(std::string_view method_name);

}  // namespace smcli
