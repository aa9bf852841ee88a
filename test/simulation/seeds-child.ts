import { checkedSeed } from "./checked-seed.ts";
import type { SeedResult } from "./run-seed.ts";
import { type Totals, addSeed, noTotals } from "./totals.ts";

/** What a child is to run: every `step`th seed. */
export interface SeedRange {
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

/** What it tells: totals since it last told any, or the first seed that broke something. */
export type ChildMessage =
  | { readonly kind: "totals"; readonly totals: Totals }
  | { readonly kind: "broken"; readonly result: SeedResult }
  | { readonly kind: "done" };

const toldEvery = 25;

async function runRange({ from, to, step }: SeedRange): Promise<void> {
  let totals = noTotals();
  for (let seed = from; seed < to; seed += step) {
    const result = await checkedSeed(seed);
    if (result.broken !== null) return tell({ kind: "broken", result });
    addSeed(totals, result);
    if (totals.seeds < toldEvery) continue;
    tell({ kind: "totals", totals });
    totals = noTotals();
  }
  tell({ kind: "totals", totals });
  tell({ kind: "done" });
}

function tell(message: ChildMessage): void {
  process.send?.(message);
}

process.on("message", (range: SeedRange) => {
  void runRange(range).then(
    () => process.disconnect?.(),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
