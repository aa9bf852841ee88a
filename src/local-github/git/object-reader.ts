import { spawn, type ChildProcessByStdio } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { GIT_ENVIRONMENT } from "./run-git.ts";

export type ObjectInfo = { oid: string; type: string; size: number };
export type GitObject = ObjectInfo & { content: Buffer };

type Waiting = {
  wantsContent: boolean;
  resolve: (found: GitObject | undefined) => void;
  reject: (error: Error) => void;
};

const NEWLINE = 10;

/**
 * Reads objects through one long-lived `git cat-file`, which answers in well under a millisecond
 * where starting git takes several. Sees new objects and refs as they come.
 */
export class ObjectReader {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #waiting: Waiting[] = [];
  #chunks: Buffer[] = [];
  #bytes = 0;
  /** Bytes that must have come before there is anything to parse. */
  #wanted = 1;
  #closed = false;

  constructor(directory: string) {
    this.#child = spawn("git", [`--git-dir=${directory}`, "cat-file", "--batch-command"], {
      env: GIT_ENVIRONMENT,
      stdio: ["pipe", "pipe", "ignore"],
    });
    this.#child.stdout.on("data", (chunk: Buffer) => this.#receive(chunk));
    this.#child.stdin.on("error", () => undefined);
    this.#child.once("error", (error) => this.#fail(error));
    this.#child.once("close", () => this.#fail(new Error("git cat-file ended")));
  }

  get closed(): boolean {
    return this.#closed;
  }

  get idle(): boolean {
    return this.#waiting.length === 0;
  }

  info(name: string): Promise<ObjectInfo | undefined> {
    return this.#ask("info", name);
  }

  read(name: string): Promise<GitObject | undefined> {
    return this.#ask("contents", name);
  }

  close(): void {
    this.#child.stdin.end();
  }

  async #ask(command: "info" | "contents", name: string): Promise<GitObject | undefined> {
    // A line break would be a second question, and its answer would be taken for the next one's.
    // eslint-disable-next-line no-control-regex
    if (/[\u0000-\u001f]/.test(name) || name === "") return undefined;
    if (this.#closed) throw new Error("git cat-file ended");
    return new Promise((resolve, reject) => {
      this.#waiting.push({ wantsContent: command === "contents", resolve, reject });
      this.#child.stdin.write(`${command} ${name}\n`);
    });
  }

  #receive(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes < this.#wanted) return;
    let rest = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks);
    for (;;) {
      const taken = this.#takeAnswer(rest);
      if (taken === 0) break;
      rest = rest.subarray(taken);
    }
    this.#chunks = rest.length > 0 ? [rest] : [];
    this.#bytes = rest.length;
  }

  /** Answers the oldest question when `bytes` hold all of its answer; how many bytes that took, or 0. */
  #takeAnswer(bytes: Buffer): number {
    const lineEnd = bytes.indexOf(NEWLINE);
    this.#wanted = bytes.length + 1;
    if (lineEnd < 0) return 0;
    const waiting = this.#waiting[0];
    if (waiting === undefined) throw new Error("git cat-file answered without being asked");
    const line = bytes.toString("utf8", 0, lineEnd);
    const found = /^([0-9a-f]{40}) (blob|tree|commit|tag) (\d+)$/.exec(line);
    if (found === null) {
      this.#answer(undefined);
      return lineEnd + 1;
    }
    const size = Number(found[3]);
    const end = waiting.wantsContent ? lineEnd + 1 + size : lineEnd;
    if (bytes.length < end + 1) {
      this.#wanted = end + 1;
      return 0;
    }
    const content = waiting.wantsContent ? Buffer.from(bytes.subarray(lineEnd + 1, end)) : Buffer.alloc(0);
    this.#answer({ oid: found[1] ?? "", type: found[2] ?? "", size, content });
    return end + 1;
  }

  #answer(found: GitObject | undefined): void {
    this.#waiting.shift()?.resolve(found);
  }

  #fail(error: Error): void {
    this.#closed = true;
    for (const waiting of this.#waiting.splice(0)) waiting.reject(error);
  }
}
