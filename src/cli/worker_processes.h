// Tasks, each in a process of its own: one that crashes or exhausts the memory fails alone.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"

namespace smcli {

// How a task ended.
struct WorkerExit {
  int status = 0;        // the exit status
  int signal = 0;        // of a process that was killed; else 0
  int process = 0;       // its number
  std::string messages;  // what it said on stderr
};

// A task that runs now.
struct RunningWorker {
  size_t task = 0;
  std::chrono::steady_clock::time_point begin;
};

struct WorkerPlan {
  size_t tasks = 0;
  size_t workers = 1;                                           // processes at a time
  std::function<int(size_t task)> run;                          // in the child; gives its exit status
  std::function<bool(size_t task, const WorkerExit&)> ended;    // in the parent; false: no new task is begun
  std::function<void(const std::vector<RunningWorker>&)> idle;  // in the parent, a few times a second; may be empty
};

// Runs the tasks in order. The children end with this process; stdin is empty for them, and their stderr is gathered.
// Call it before there are threads. `IoError` when no process can be made; those that run are waited for.
Status RunWorkers(const WorkerPlan& plan);

}  // namespace smcli
