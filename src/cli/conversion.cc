#include "cli/conversion.h"

#include "base/thread_pool.h"
#include "cli/convert_tables.h"
#include "cli/opened_model.h"
#include "convert/driver.h"

namespace smcli {
namespace {

class EnvNotices : public Notices {
 public:
  explicit EnvNotices(Env& env) : env_(env) {}
  void Warn(std::string_view message) override { env_.Warn(message); }

 private:
  Env& env_;
};

// The parts of what was opened; it outlives the source.
Status PointAt(Env& env, bool reads_variables, const ConvertOptions& options, OpenedModel& opened,
               ConvertSource& source) {
  if (reads_variables) {
    SMCLI_ASSIGN_OR_RETURN(source.variables, opened.Variables(env));
  } else if (!opened.model) {
    source.variables = opened.checkpoint.get();
  }
  if (!opened.model) return {};
  source.model = &*opened.model;
  SMCLI_ASSIGN_OR_RETURN(source.graph, opened.model->PickMetaGraph(options.tags));
  return {};
}

}  // namespace

Status RunConversion(Env& env, const ConversionOrder& order, const std::string& path, const std::string& out) {
  SMCLI_ASSIGN_OR_RETURN(OpenedModel opened, OpenModel(env, path));
  ConvertSource source;
  source.path = path;
  SMCLI_RETURN_IF_ERROR(PointAt(env, order.converter->reads_variables, order.options, opened, source));
  ThreadPool pool(env.ThreadCount());
  EnvNotices notices(env);
  return Convert({*order.converter, source, order.options, out, env.overwrite}, *env.files, pool, notices);
}

Result<Report> PlanConversion(Env& env, const ConvertOptions& options, const std::string& path) {
  SMCLI_ASSIGN_OR_RETURN(OpenedModel opened, OpenModel(env, path));
  ConvertSource source;
  source.path = path;
  SMCLI_RETURN_IF_ERROR(PointAt(env, true, options, opened, source));
  return PlanTargets(source, options);
}

}  // namespace smcli
