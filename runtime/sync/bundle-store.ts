import { createHash, type KeyObject } from "node:crypto";
import { access, open, readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { errorMessage } from "../error-text.ts";
import type { BundleResult, BundleSource } from "../isolates/provisioner.ts";
import type { ControlPlaneClient } from "./control-plane-client.ts";
import { isSignedBy } from "./signatures.ts";
import { writeFileWhole } from "./write-file-whole.ts";

const KEPT_A_SCRIPT = 3;
const NAME_LINE_BYTES = 64 * 1024;
const DIGEST = /^sha256:([0-9a-f]{64})$/;

export interface BundleStoreDeps {
  readonly folder: string;
  readonly client: ControlPlaneClient;
  /** The control plane's keys, the newest first. */
  readonly trustedKeys: () => readonly KeyObject[];
  readonly onProblem: (code: string, message: string) => void;
}

/** Bundles by digest: from disk when they are there, else from the control plane. Only verified bytes come out. */
export class BundleStore implements BundleSource {
  readonly #deps: BundleStoreDeps;

  constructor(deps: BundleStoreDeps) {
    this.#deps = deps;
  }

  async isOnDisk(digest: string): Promise<boolean> {
    return access(this.#path(hexOf(digest), "js")).then(
      () => true,
      () => false,
    );
  }

  async get(digest: string, signal: AbortSignal): Promise<BundleResult> {
    const kept = await this.#readFromDisk(digest);
    if (kept !== null) return { ok: true, text: kept };
    const fetched = await this.#deps.client.fetchBundle(hexOf(digest), signal);
    if (!fetched.ok) return { ok: false, code: "bundle_unavailable", message: fetched.message };
    const { bytes, signature } = fetched;
    const refusal = this.#refusal(digest, bytes, signature, this.#deps.trustedKeys().slice(0, 1));
    if (refusal !== null) return { ok: false, code: "bundle_refused", message: refusal };
    try {
      // The signature goes first: bytes without one would be fetched again, never trusted.
      await writeFileWhole(this.#path(hexOf(digest), "sig"), signature ?? "");
      await writeFileWhole(this.#path(hexOf(digest), "js"), bytes);
    } catch (error) {
      // A full disk must not keep a region from serving; only the next restart without control plane is poorer.
      this.#deps.onProblem("disk_write_failed", `keeping a bundle: ${errorMessage(error)}`);
    }
    return { ok: true, text: bytes.toString("utf8") };
  }

  /** Deletes what is not named, save the newest few of each script. */
  async prune(named: ReadonlySet<string>): Promise<void> {
    const perScript = new Map<string, { hex: string; modifiedMs: number }[]>();
    for (const file of await readdir(this.#deps.folder)) {
      const hex = /^([0-9a-f]{64})\.js$/.exec(file)?.[1];
      if (hex === undefined || named.has(`sha256:${hex}`)) continue;
      const path = this.#path(hex, "js");
      const script = await readScriptName(path);
      const others = perScript.get(script) ?? [];
      others.push({ hex, modifiedMs: (await stat(path)).mtimeMs });
      perScript.set(script, others);
    }
    for (const bundles of perScript.values()) {
      bundles.sort((a, b) => b.modifiedMs - a.modifiedMs);
      for (const { hex } of bundles.slice(KEPT_A_SCRIPT)) {
        await rm(this.#path(hex, "js"), { force: true });
        await rm(this.#path(hex, "sig"), { force: true });
      }
    }
  }

  async #readFromDisk(digest: string): Promise<string | null> {
    const hex = hexOf(digest);
    const bytes = await readFile(this.#path(hex, "js")).catch(() => null);
    if (bytes === null) return null;
    const signature = await readFile(this.#path(hex, "sig"), "utf8").catch(() => null);
    const refusal = this.#refusal(digest, bytes, signature, this.#deps.trustedKeys());
    if (refusal === null) return bytes.toString("utf8");
    this.#deps.onProblem("bundle_on_disk_refused", `${digest}: ${refusal}`);
    return null;
  }

  #refusal(
    digest: string,
    bytes: Buffer,
    signature: string | null,
    keys: readonly KeyObject[],
  ): string | null {
    if (!isSignedBy(keys, "showrunner-bundle-v1", Buffer.from(digest, "ascii"), signature)) {
      return "the signature does not hold";
    }
    const actual = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
    return actual === digest ? null : `the bytes have the digest ${actual}`;
  }

  #path(hex: string, extension: "js" | "sig"): string {
    return join(this.#deps.folder, `${hex}.${extension}`);
  }
}

function hexOf(digest: string): string {
  const hex = DIGEST.exec(digest)?.[1];
  if (hex === undefined) throw new Error("a digest reached the store that no schema admits");
  return hex;
}

/** From the settings line; an empty name for a file that has none. */
async function readScriptName(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(NAME_LINE_BYTES), 0, NAME_LINE_BYTES, 0);
    const line = buffer.subarray(0, bytesRead).toString("utf8").split("\n")[0] ?? "";
    return /"name":"([a-z0-9-]{1,63})"/.exec(line)?.[1] ?? "";
  } finally {
    await file.close();
  }
}
