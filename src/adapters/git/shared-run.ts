/**
 * Wraps an action so that one run happens at a time. Calls made before a run begins share it; a call made after it
 * began waits for the next one, because what it wants to see may be newer than what the running one looked at.
 */
export function sharedRun(action: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> = Promise.resolve();
  let waiting: Promise<void> | null = null;

  const runAfterTheRunningOne = async (): Promise<void> => {
    // Its own callers hear of its failure; the next run starts afresh.
    await running.catch(() => undefined);
    running = action();
    waiting = null;
    return running;
  };

  return () => {
    waiting ??= runAfterTheRunningOne();
    return waiting;
  };
}
