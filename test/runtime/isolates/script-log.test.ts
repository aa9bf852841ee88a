import { Writable } from "node:stream";
import { expect, it } from "@jest/globals";
import { pino } from "pino";
import { ScriptLog } from "#runtime/isolates/script-log.ts";

const IDENTITY = { script: "probe", version: "1", role: "stable", digest: "sha256:aa" };

function makeLog(secrets: Record<string, string>): {
  log: ScriptLog;
  lines: Record<string, unknown>[];
  clock: { nowMs: number };
} {
  const lines: Record<string, unknown>[] = [];
  const clock = { nowMs: 0 };
  const sink = new Writable({
    write(chunk, _encoding, done) {
      lines.push(JSON.parse(String(chunk)));
      done();
    },
  });
  return { log: new ScriptLog(pino(sink), IDENTITY, secrets, () => clock.nowMs), lines, clock };
}

it("a script's line says whose it is, without its secrets", () => {
  const { log, lines } = makeLog({ TOKEN: "hunter2-hunter2" });
  log.write("info", "the token is hunter2-hunter2", "request-7");
  expect(lines).toMatchObject([
    { script: "probe", revision: "sha256:aa", requestId: "request-7", msg: "the token is [secret]" },
  ]);
});

it("a script that floods is cut short, and the next line says by how much", () => {
  const { log, lines, clock } = makeLog({});
  for (let line = 0; line < 500; line += 1) log.write("info", `${line}`, null);
  expect(lines).toHaveLength(200);
  clock.nowMs = 1000;
  log.write("info", "again", null);
  expect(lines.at(-1)).toMatchObject({ msg: "again", droppedLines: 300 });
});
