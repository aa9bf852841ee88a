import type { WorkerProcess } from "./worker-process.ts";

// Loading is cut off after 5 s; what goes on after that cannot be stopped but by ending its process.
const LOAD_MS_MAX = 8000;
// With less CPU than this it was the machine that had no time.
const LOAD_CPU_MS_MIN = 5500;
const LOOK_EVERY_MS = 500;

/** Ends the process when the instance is still being loaded after what no loading may take. To be stopped when it is loaded. */
export function watchLoading(process: WorkerProcess, instance: number): { readonly stop: () => void } {
  const startedMs = performance.now();
  const startedCpuMs = process.cpuMs;
  const timer = setInterval(() => {
    const isLate = performance.now() - startedMs >= LOAD_MS_MAX;
    if (isLate && process.cpuMs - startedCpuMs >= LOAD_CPU_MS_MIN) process.kill("hung", instance);
  }, LOOK_EVERY_MS);
  timer.unref();
  return {
    stop: () => {
      clearInterval(timer);
    },
  };
}
