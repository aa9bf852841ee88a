import { spawn } from "node:child_process";

export type GitResult = { code: number; stdout: Buffer; stderr: string };

const OUTPUT_BYTES_MAX = 256 * 1024 * 1024;
const DURATION_MS_MAX = 120_000;

/** Nothing of the machine's own git configuration or credentials reaches the repositories. */
export const GIT_ENVIRONMENT: NodeJS.ProcessEnv = {
  PATH: process.env["PATH"],
  LC_ALL: "C",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_TERMINAL_PROMPT: "0",
  GIT_LITERAL_PATHSPECS: "1",
};

/**
 * Runs git in a bare repository without blocking this process, which may be serving that very git.
 * Any exit code outside `okCodes` throws, with git's own words.
 */
export async function runGit(
  directory: string,
  args: readonly string[],
  { input, okCodes = [0] }: { input?: string | Buffer; okCodes?: readonly number[] } = {},
): Promise<GitResult> {
  const child = spawn("git", [`--git-dir=${directory}`, ...args], {
    env: GIT_ENVIRONMENT,
    stdio: ["pipe", "pipe", "pipe"],
    timeout: DURATION_MS_MAX,
    killSignal: "SIGKILL",
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  let bytes = 0;
  child.stdout.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > OUTPUT_BYTES_MAX) child.kill("SIGKILL");
    else stdout.push(chunk);
  });
  child.stderr.on("data", (chunk: Buffer) => {
    if (stderr.length < 64) stderr.push(chunk);
  });
  // git may end before it has read all of its input; its exit code says what went wrong.
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  const code = await new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (exitCode) => resolve(exitCode ?? -1));
  });
  const result = { code, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString("utf8") };
  if (!okCodes.includes(code)) throw new Error(`git ${args[0]} exited with ${code}: ${result.stderr.trim()}`);
  return result;
}
