// Compiles scripts for their node in a process that holds nothing else: no secrets, no environment, no tenant's state.
import { compileCode } from "./compile-code.ts";
import { setIsolateFlags } from "./isolate-flags.ts";

const MEMORY_MB = 256;

/** One source to compile. */
export interface CompileOrder {
  readonly id: number;
  readonly source: string;
  readonly filename: string;
}

export interface CompileAnswer {
  readonly id: number;
  readonly code: Uint8Array | null;
}

async function serve({ id, source, filename }: CompileOrder): Promise<void> {
  const answer: CompileAnswer = { id, code: await compileCode(source, filename, MEMORY_MB) };
  process.send?.(answer);
}

setIsolateFlags();
process.on("message", (order: CompileOrder) => {
  void serve(order);
});
process.on("disconnect", () => process.exit(0));
