import { join } from "node:path";
import type { Part } from "#local/supervised-part.ts";

type StubKind = "well" | "stubborn" | "parent" | "broken";

export function stubPart(name: string, kind: StubKind): Part {
  return {
    name,
    command: [join(import.meta.dirname, "part.ts")],
    env: { PATH: process.env["PATH"] ?? "", STUB: kind },
    readyLine: "stub ready",
  };
}
