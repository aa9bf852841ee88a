import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, readdirSync, realpathSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { errorCode } from "./error-code.ts";
import { createPidFile, isRunning, readPidFile, removePidFile } from "./pid-file.ts";

/** Where one platform keeps all its state: `$SHOWRUNNER_HOME`. */
export interface Home {
  readonly path: string;
  /** Tells this home's processes from those of other homes on the same machine. */
  readonly mark: string;
  readonly run: string;
  readonly logs: string;
  readonly keys: string;
  readonly github: string;
  readonly nodes: string;
  /** Clones that live for a moment. */
  readonly clones: string;
}

const SUPERVISOR_MARK = "local/main.ts";
const LEFTOVER_WAIT_MS = 3_000;

/** Makes the folders, readable by this user alone. */
export function openHome(path: string): Home {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  chmodSync(path, 0o700);
  const real = realpathSync(path);
  const folder = (name: string): string => {
    const folderPath = join(real, name);
    mkdirSync(folderPath, { recursive: true, mode: 0o700 });
    return folderPath;
  };
  return {
    path: real,
    mark: createHash("sha256").update(real).digest("hex").slice(0, 12),
    run: folder("run"),
    logs: folder("logs"),
    keys: folder("keys"),
    github: folder("github"),
    nodes: folder("nodes"),
    clones: folder("clones"),
  };
}

export function pidFileOf(home: Home, name: string): string {
  return join(home.run, `${name}.pid`);
}

export type ClaimOutcome = { readonly ok: true } | { readonly ok: false; readonly message: string };

/** Makes this process the only supervisor of the home. A file left by one that died is taken over. */
export function claimHome(home: Home): ClaimOutcome {
  const file = pidFileOf(home, "supervisor");
  for (let attempt = 0; attempt < 3; attempt += 1) {
    if (createPidFile(file, process.pid)) return { ok: true };
    const holder = readPidFile(file);
    if (holder !== null && holder !== process.pid && isRunning(holder, SUPERVISOR_MARK)) {
      return {
        ok: false,
        message: `${home.path} is in use by the platform with process id ${holder}. Stop it first (kill ${holder}), or start a second one with its own SHOWRUNNER_HOME and a PORT at least 40 away.`,
      };
    }
    removePidFile(file);
  }
  return { ok: false, message: `${file} keeps coming back: is another platform starting right now?` };
}

export function releaseHome(home: Home): void {
  removePidFile(pidFileOf(home, "supervisor"));
}

/** Cleans up after a supervisor that died: its parts end by themselves, this waits for it and then insists. */
export async function endLeftovers(home: Home): Promise<void> {
  const files = readdirSync(home.run).filter((name) => name.endsWith(".pid") && name !== "supervisor.pid");
  const patienceEndsMs = Date.now() + LEFTOVER_WAIT_MS;
  for (const name of files) {
    const file = join(home.run, name);
    const pid = readPidFile(file);
    const runs = (): boolean => pid !== null && isRunning(pid, home.mark);
    while (runs() && Date.now() < patienceEndsMs) await sleep(50);
    if (pid !== null && runs()) killGroup(pid);
    removePidFile(file);
  }
  for (const name of readdirSync(home.clones))
    rmSync(join(home.clones, name), { recursive: true, force: true });
}

/** Ends a process group at once; one that is gone already is fine. */
export function killGroup(leaderPid: number): void {
  try {
    process.kill(-leaderPid, "SIGKILL");
  } catch (error) {
    if (errorCode(error) !== "ESRCH") throw error;
  }
}
