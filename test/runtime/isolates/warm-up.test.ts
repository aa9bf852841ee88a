import { describe, expect, it } from "@jest/globals";
import type { ScriptInstance } from "#runtime/isolates/script-instance.ts";
import { warmUp } from "#runtime/isolates/warm-up.ts";

const SECOND_MS = 1000;

describe("warmUp", () => {
  it("ends when the minute for all requests is over", async () => {
    let nowMs = 0;
    let asked = 0;
    const instance: Pick<ScriptInstance, "settings" | "dispatch"> = {
      settings: {
        schema: 1,
        name: "slow",
        version: "1",
        route: "/slow",
        warmup: [{ path: "/slow", times: 1000, timeoutMs: 2 * SECOND_MS }],
        limits: { memoryMb: 64, cpuMs: 500, wallMs: 1500, concurrency: 64, responseMb: 8 },
        egress: [],
        secrets: [],
      },
      dispatch: (_request, _options, settle) => {
        nowMs += SECOND_MS;
        asked += 1;
        settle({ kind: "response", response: { status: 200, headers: "", body: { kind: "none" } } });
      },
    };

    const result = await warmUp(
      instance,
      () => "id",
      new AbortController().signal,
      () => nowMs,
    );

    expect(result).toMatchObject({
      ok: false,
      code: "warmup_timeout",
      message: expect.stringContaining("minute"),
    });
    expect(asked).toBe(60);
  });
});
