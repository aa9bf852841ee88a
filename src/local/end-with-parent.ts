/**
 * Preloaded into every process that the supervisor starts. The operating system closes the channel to the supervisor
 * whatever way the supervisor ends, kill -9 included, and then this process and all that it started end too.
 */
import { isMainThread } from "node:worker_threads";

const MARK = "SHOWRUNNER_SUPERVISED";

if (isMainThread && process.env[MARK] === "1") {
  // What this process forks inherits the preload and must not take its own parent for the supervisor.
  delete process.env[MARK];
  if (process.connected) {
    process.once("disconnect", end);
    // The listener alone must not keep a process alive that is done.
    process.channel?.unref();
  } else {
    end();
  }
}

/** The supervisor makes every part the leader of its own process group. */
function end(): void {
  try {
    process.kill(-process.pid, "SIGKILL");
  } catch {
    process.kill(process.pid, "SIGKILL");
  }
}
