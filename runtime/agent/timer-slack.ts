import { writeFileSync } from "node:fs";

/**
 * Lets the kernel put off the timers of this process, and of those that it starts, by up to so much, so that it fires
 * many at once. isolated-vm sets one for each entry into an isolate and leaves it behind when the entry is over; its
 * thread then wakes for each of them, ten thousands of times a second. Only Linux can do this.
 */
export function setTimerSlack(slackMs: number): void {
  try {
    writeFileSync("/proc/self/timerslack_ns", String(slackMs * 1_000_000));
  } catch {
    // Elsewhere, or where the system does not allow it, the thread wakes as often as it will.
  }
}
