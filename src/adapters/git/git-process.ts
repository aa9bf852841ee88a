import { simpleGit, GitError as SimpleGitError, GitPluginError, type SimpleGit } from "simple-git";

/** How one git process ended badly. `exitCode` is git's own, or null when a signal ended it. */
export class GitExit extends SimpleGitError {
  readonly exitCode: number | null;
  readonly stderr: string;
  constructor(exitCode: number | null, stderr: string) {
    super(undefined, stderr === "" ? `git ended with code ${exitCode}` : stderr);
    this.exitCode = exitCode;
    this.stderr = stderr;
  }
}

export interface GitProcessOptions {
  /** The bare repository; git is told it by name and never looks for one in the folders above. */
  readonly dir: string;
  /** Transports git may use, such as ["http", "https"]; empty for commands that need no network. */
  readonly protocols: readonly string[];
  /** Settings that last for this process alone. They travel in its environment, so `ps` does not show them. */
  readonly config: Readonly<Record<string, string>>;
  /** Standard input; must not be empty where the command reads it. */
  readonly input?: string;
  /** Ended when it writes nothing for so long. */
  readonly idleMs: number;
  readonly signal: AbortSignal;
}

/** The machine's own settings that a fetch through a company's network needs; nothing else of the environment passes. */
const INHERITED = ["PATH", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"];
const TLS_INHERITED = ["SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE"];

/**
 * One simple-git client for one command. It reads no system, user or ambient configuration, asks nobody anything, and
 * uses no credential helper. Failures reject with `GitExit`, or simple-git's own errors for time-outs and aborts.
 */
export function gitProcess(options: GitProcessOptions): SimpleGit {
  const environment = environmentOf(options);
  const input = options.input;
  const git = simpleGit({
    baseDir: options.dir,
    allowEnvironment: Object.keys(environment).filter((name) => name.startsWith("GIT_")),
    // The two are switched off for callers' values; here they carry constants and the settings above only.
    unsafe: { allowUnsafeConfigEnvCount: true, allowUnsafeConfigPaths: true },
    timeout: { block: options.idleMs },
    abort: options.signal,
    // A helper process of a fetch may hold the pipes open after git itself ended.
    completion: { onClose: true, onExit: 200 },
    errors: (error, result) => {
      // A time-out or an abort says more than the way in which git then ended.
      if (error instanceof GitPluginError) return error;
      if (result.exitCode === 0) return undefined;
      return new GitExit(result.exitCode, Buffer.concat(result.stdErr).toString("utf8").trim());
    },
    ...(input === undefined ? {} : { input: () => input }),
  });
  return git.env(environment);
}

function environmentOf(options: GitProcessOptions): Record<string, string> {
  const inherited = [...INHERITED, ...TLS_INHERITED].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const config = Object.entries(options.config).flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, key] as const,
    [`GIT_CONFIG_VALUE_${index}`, value] as const,
  ]);
  return {
    ...Object.fromEntries(inherited),
    HOME: options.dir,
    LC_ALL: "C",
    GIT_DIR: options.dir,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_ATTR_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    GIT_NO_REPLACE_OBJECTS: "1",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_LITERAL_PATHSPECS: "1",
    GIT_ALLOW_PROTOCOL: options.protocols.join(":"),
    GIT_CONFIG_COUNT: String(Object.keys(options.config).length),
    ...Object.fromEntries(config),
  };
}
