import { spawn } from "node:child_process";
import { Readable } from "node:stream";
import { residentMb } from "../process-memory.ts";

export interface MeasuredRun {
  /** User and system time of the command and of all that it started and waited for. */
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  /** The highest sum of the command and its children, looked at every 50 ms. */
  readonly peakMb: number;
  readonly code: number | null;
  readonly stdout: string;
}

const LOOK_MS = 50;
const ERROR_LINES_MAX = 20;

/** Runs a command and measures it from outside, so that it does not matter what it is. */
export async function measuredRun(
  command: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  cwd: string,
): Promise<MeasuredRun> {
  // bash counts what it waited for; its report goes to fd 3, apart from the command's own words.
  const script = `exec 4>&2; TIMEFORMAT='%U %S %R'; { time "$@" 2>&4 3>&- 4>&-; } 2>&3`;
  const stdio: ("ignore" | "pipe")[] = ["ignore", "pipe", "pipe", "pipe"];
  const child = spawn("bash", ["-c", script, "bash", ...command], { cwd, env, stdio });
  let peakMb = 0;
  const looking = setInterval(() => {
    if (child.pid !== undefined) peakMb = Math.max(peakMb, residentMb(child.pid));
  }, LOOK_MS);
  const report = child.stdio[3];
  if (!(report instanceof Readable)) throw new Error("there is nowhere to report to");
  const [stdout, stderr, times, code] = await Promise.all([
    textOf(child.stdout),
    textOf(child.stderr),
    textOf(report),
    new Promise<number | null>((resolve) => child.once("close", resolve)),
  ]);
  clearInterval(looking);
  const [user = Number.NaN, system = Number.NaN, wall = Number.NaN] = times.trim().split(" ").map(Number);
  if (code !== 0) process.stderr.write(`${stderr.split("\n").slice(-ERROR_LINES_MAX).join("\n")}\n`);
  return { cpuSeconds: user + system, wallSeconds: wall, peakMb, code, stdout };
}

async function textOf(stream: NodeJS.ReadableStream | null): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream ?? []) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString("utf8");
}
