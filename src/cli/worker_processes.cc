#include "cli/worker_processes.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/descriptor.h"

#if defined(__linux__)
#include <sys/prctl.h>
#endif

namespace smcli {
namespace {

constexpr size_t kMaxMessages = size_t{64} << 10;  // of one worker
constexpr int kTick = 200;                         // milliseconds

struct Worker {
  RunningWorker running;
  pid_t process = 0;
  Descriptor messages;
  std::string text;
};

// The life of a child.
[[noreturn]] void Live(const WorkerPlan& plan, size_t task, int messages, pid_t parent) {
#if defined(__linux__)
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) _exit(1);
#else
  (void)parent;
#endif
  const int nothing = open("/dev/null", O_RDONLY);
  if (nothing >= 0) dup2(nothing, STDIN_FILENO);
  dup2(messages, STDERR_FILENO);
  _exit(plan.run(task));
}

Result<Worker> Begin(const WorkerPlan& plan, size_t task) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return IoError("cannot make a pipe: {}", SystemReason(errno));
  Descriptor reader(ends[0]), writer(ends[1]);
  const pid_t parent = getpid();
  const pid_t process = fork();
  if (process < 0) return IoError("cannot make a process: {}", SystemReason(errno));
  if (process == 0) Live(plan, task, writer.get(), parent);
  Worker worker;
  worker.running = {task, std::chrono::steady_clock::now()};
  worker.process = process;
  worker.messages = std::move(reader);
  return worker;
}

// False: it will say no more.
bool Listen(Worker& worker) {
  char buffer[4096];
  const ssize_t count = read(worker.messages.get(), buffer, sizeof(buffer));
  if (count < 0) return errno == EINTR || errno == EAGAIN;
  const size_t room = kMaxMessages - std::min(kMaxMessages, worker.text.size());
  worker.text.append(buffer, std::min(room, static_cast<size_t>(count)));
  return count > 0;
}

WorkerExit End(Worker& worker) {
  int status = 0;
  while (waitpid(worker.process, &status, 0) < 0 && errno == EINTR) {
  }
  WorkerExit end;
  end.process = static_cast<int>(worker.process);
  end.messages = std::move(worker.text);
  if (WIFSIGNALED(status)) end.signal = WTERMSIG(status);
  end.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + end.signal;
  return end;
}

class Crew {
 public:
  explicit Crew(const WorkerPlan& plan) : plan_(plan) {}

  Status Run() {
    size_t next = 0;
    bool more = true;
    Status failed;
    while (true) {
      while (more && failed.ok() && next < plan_.tasks && workers_.size() < plan_.workers) {
        Result<Worker> worker = Begin(plan_, next);
        if (!worker.ok()) {
          failed = std::move(worker).error();
          break;
        }
        workers_.push_back(*std::move(worker));
        ++next;
      }
      if (workers_.empty()) return failed;
      Tell();
      more = Wait() && more;
    }
  }

 private:
  void Tell() const {
    if (!plan_.idle) return;
    std::vector<RunningWorker> running;
    for (const Worker& worker : workers_) running.push_back(worker.running);
    plan_.idle(running);
  }

  // Until somebody said something or the time is up. False: a task wants no others to be begun.
  bool Wait() {
    std::vector<pollfd> polled;
    for (const Worker& worker : workers_) polled.push_back({worker.messages.get(), POLLIN, 0});
    if (poll(polled.data(), polled.size(), kTick) <= 0) return true;
    bool more = true;
    for (size_t i = polled.size(); i-- > 0;) {
      if (polled[i].revents == 0 || Listen(workers_[i])) continue;
      const size_t task = workers_[i].running.task;
      more = plan_.ended(task, End(workers_[i])) && more;
      workers_.erase(workers_.begin() + static_cast<ptrdiff_t>(i));
    }
    return more;
  }

  const WorkerPlan& plan_;
  std::vector<Worker> workers_;
};

}  // namespace

Status RunWorkers(const WorkerPlan& plan) { return Crew(plan).Run(); }

}  // namespace smcli
