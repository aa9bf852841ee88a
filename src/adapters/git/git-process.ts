import { simpleGit, GitError as SimpleGitError, GitPluginError, type SimpleGit } from "simple-git";
import type { GitOutcome, GitRequest } from "./git-request.ts";

class Exit extends SimpleGitError {
  readonly exitCode: number | null;
  readonly stderr: string;
  constructor(exitCode: number | null, stderr: string) {
    super(undefined, stderr);
    this.exitCode = exitCode;
    this.stderr = stderr;
  }
}

/** The machine's own settings that a fetch through a company's network needs; nothing else of the environment passes. */
const INHERITED = ["PATH", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"];
const TLS_INHERITED = ["SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE"];

/**
 * Runs one command by simple-git. It reads no system, user or ambient configuration, asks nobody anything, and uses no
 * credential helper. Never rejects.
 */
export async function runGit(request: GitRequest, signal: AbortSignal): Promise<GitOutcome> {
  const { args, bytesMax = Infinity, prints } = request;
  const git = clientFor(request, signal);
  let bytes = 0;
  if (bytesMax < Infinity) {
    git.outputHandler((_command, stdout) => {
      stdout.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        // git ends by itself when nobody reads on.
        if (bytes > bytesMax && "destroy" in stdout && typeof stdout.destroy === "function") stdout.destroy();
      });
    });
  }
  try {
    if (prints === "text") {
      const output = await git.raw([...args]);
      return bytes > bytesMax ? { kind: "printedTooMuch" } : { kind: "printed", output };
    }
    const [command, ...options] = args;
    const output: unknown = command === "cat-file" ? await git.binaryCatFile(options) : null;
    return Buffer.isBuffer(output)
      ? { kind: "printed", output }
      : { kind: "failed", message: `git ${command} gave no bytes` };
  } catch (error) {
    return bytes > bytesMax ? { kind: "printedTooMuch" } : failureOf(error);
  }
}

function failureOf(error: unknown): GitOutcome {
  // A time-out or an abort says more than the way in which git then ended.
  if (error instanceof GitPluginError && (error.plugin === "timeout" || error.plugin === "abort"))
    return { kind: "stopped" };
  if (error instanceof Exit) return { kind: "exited", exitCode: error.exitCode, stderr: error.stderr };
  return { kind: "failed", message: error instanceof Error ? error.message : String(error) };
}

function clientFor(request: GitRequest, signal: AbortSignal): SimpleGit {
  const environment = environmentOf(request);
  const { dir, idleMs, input } = request;
  const git = simpleGit({
    baseDir: dir,
    allowEnvironment: Object.keys(environment).filter((name) => name.startsWith("GIT_")),
    // The two are switched off for callers' values; here they carry constants and the settings above only.
    unsafe: { allowUnsafeConfigEnvCount: true, allowUnsafeConfigPaths: true },
    timeout: { block: idleMs },
    abort: signal,
    // A helper process of a fetch may hold the pipes open after git itself ended.
    completion: { onClose: true, onExit: 200 },
    errors: (error, result) => {
      if (error instanceof GitPluginError) return error;
      if (result.exitCode === 0) return undefined;
      return new Exit(result.exitCode, Buffer.concat(result.stdErr).toString("utf8").trim());
    },
    ...(input === undefined ? {} : { input: () => input }),
  });
  return git.env(environment);
}

function environmentOf({ dir, protocols, config }: GitRequest): Record<string, string> {
  const inherited = [...INHERITED, ...TLS_INHERITED].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const settings = Object.entries(config).flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, key] as const,
    [`GIT_CONFIG_VALUE_${index}`, value] as const,
  ]);
  return {
    ...Object.fromEntries(inherited),
    HOME: dir,
    LC_ALL: "C",
    GIT_DIR: dir,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_ATTR_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    GIT_NO_REPLACE_OBJECTS: "1",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_LITERAL_PATHSPECS: "1",
    GIT_ALLOW_PROTOCOL: protocols.join(":"),
    GIT_CONFIG_COUNT: String(Object.keys(config).length),
    ...Object.fromEntries(settings),
  };
}
