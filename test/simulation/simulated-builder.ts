import type { RevisionBuilder } from "#app/reconciler/revision-builder.ts";
import type { BundleStore } from "#domain/ports.ts";
import { type ProcessCalls, SimulatedFailure } from "./process-calls.ts";
import type { Random } from "./random.ts";
import { type Built, buildOf } from "./revisions.ts";
import type { World } from "./world.ts";

interface BuilderParts {
  readonly world: World;
  readonly calls: ProcessCalls;
  readonly random: Random;
  readonly bundles: BundleStore;
}

/** Builds by looking at the entry: what it says is how the revision behaves. Takes time once for each digest. */
export function simulatedBuilder({ world, calls, random, bundles }: BuilderParts): RevisionBuilder {
  return {
    async revision({ mirror, commit, path, entry, settings }) {
      const file = path === "." ? entry : `${path}/${entry}`;
      const source = (await mirror.read(commit, [file], 65_536)).get(file) ?? "";
      const built = buildOf(`${settings.name}@${settings.version}`, settingsText(settings), source);
      if (built.behaviour === "unbuildable") return rejected(file);
      if (await bundles.has(built.digest)) return { kind: "built", digest: built.digest };
      await calls.call(random.between(200, 2_000), () => keep(world, built));
      return { kind: "built", digest: built.digest };
    },
  };
}

function keep({ bundles, faults, watch }: World, built: Built): void {
  if (faults.hit("controlPlaneDiskFull")) throw new SimulatedFailure("cannot keep the bundle: disk full");
  bundles.add(built.digest);
  watch.trace("builder", `builds ${built.script} ${built.digest.slice(7, 14)} (${built.behaviour})`);
}

function rejected(file: string): Awaited<ReturnType<RevisionBuilder["revision"]>> {
  const problem = { file, line: 1, column: 1, severity: "error" as const, code: "syntax", message: "broken" };
  return { kind: "rejected", problems: [problem] };
}

const texts = new WeakMap<object, string>();

function settingsText(settings: object): string {
  const known = texts.get(settings);
  if (known !== undefined) return known;
  const text = JSON.stringify(settings);
  texts.set(settings, text);
  return text;
}
