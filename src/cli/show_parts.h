// The parts of `show`: each says one kind of thing about one model.
#pragma once

#include "base/result.h"
#include "cli/env.h"
#include "cli/show_options.h"
#include "report/report.h"

namespace smcli {

// What `show` says about the model at `path`: the overview, or the parts that were asked for.
Result<Value::Object> ShowModel(Env& env, const ShowOptions& options, const std::string& path);

}  // namespace smcli
