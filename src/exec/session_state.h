// What the entry points of a Session share: everything that a run may change, and the services it runs with.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

#include "base/thread_pool.h"
#include "exec/checkpoint_values.h"
#include "exec/function_table.h"
#include "exec/main_graph.h"
#include "exec/object_values.h"
#include "exec/run_monitor.h"
#include "exec/session.h"
#include "model/meta_graph.h"
#include "ops/resources.h"

namespace smcli {

struct SessionState {
  SessionState(FileSystem& file_system, const MetaGraph& meta_graph, std::string dir,
               const SessionOptions& session_options, const FunctionLibrary& library, const GraphContext& context)
      : files(file_system),
        meta(meta_graph),
        export_dir(std::move(dir)),
        options(session_options),
        pool(options.threads > 0 ? options.threads : AvailableCores()),
        policy(options.allow_files_dir),
        checkpoint(files, pool, export_dir.empty() ? std::string() : export_dir + "/variables/variables"),
        functions(library, context),
        main_graph(meta, export_dir, checkpoint, functions) {}

  RunServices Services() {
    RunServices services;
    services.pool = parallel_runs ? &single_thread : &pool;
    services.resources = &resources;
    services.files = &policy;
    services.checkpoint = &checkpoint;
    services.monitor = monitor.active() ? &monitor : nullptr;
    services.cancelled = &cancelled;
    return services;
  }

  // Null when the model has no object graph.
  Result<ObjectValues*> Objects() {
    if (objects) return objects.get();
    if (!meta.has_object_graph()) return nullptr;
    SMCLI_ASSIGN_OR_RETURN(const ObjectGraph* graph, meta.object_graph());
    objects = std::make_unique<ObjectValues>(meta, *graph, export_dir, checkpoint, functions, main_graph);
    return objects.get();
  }

  FileSystem& files;
  const MetaGraph& meta;
  std::string export_dir;
  SessionOptions options;
  ThreadPool pool;
  ThreadPool single_thread{1};
  bool parallel_runs = false;  // set before they begin
  ResourceManager resources;
  FilePolicy policy;
  CheckpointValues checkpoint;
  FunctionTable functions;
  MainGraph main_graph;
  std::unique_ptr<ObjectValues> objects;
  ObservingMonitor monitor;
  std::atomic<bool> cancelled{false};
  std::mutex reason_mutex;
  std::string cancel_reason;
};

}  // namespace smcli
