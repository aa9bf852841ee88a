/**
 * Preloaded into the node that `showrunner dev` starts, and so into its workers: when the process above is gone, killed
 * and all, this one goes too.
 */
const PARENT = process.ppid;
const LOOK_EVERY_MS = 500;

setInterval(() => {
  if (process.ppid !== PARENT) process.kill(process.pid, "SIGKILL");
}, LOOK_EVERY_MS).unref();
