// The load generator, a process of its own so that it can have a core of its own.
import { generateLoad } from "./generate-load.ts";
import type { LoadOrder } from "./messages.ts";

let finish = new AbortController();

process.on("message", (order: LoadOrder | "finish") => {
  if (order === "finish") finish.abort();
  else void run(order);
});
process.on("disconnect", () => process.exit(0));

async function run(order: LoadOrder): Promise<void> {
  finish = new AbortController();
  process.send?.(await generateLoad(order, finish.signal));
}
