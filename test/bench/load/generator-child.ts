// The load generator, a process of its own so that it can have a core of its own.
import { generateLoad } from "./generate-load.ts";
import type { LoadOrder } from "./messages.ts";

process.on("message", (order: LoadOrder) => {
  void generateLoad(order).then((result) => process.send?.(result));
});
process.on("disconnect", () => process.exit(0));
