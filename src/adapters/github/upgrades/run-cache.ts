import { randomUUID } from "node:crypto";
import { readFile, rename, rm, writeFile } from "node:fs/promises";

/** What a run may remember of earlier ones. It saves requests; without it, or with any of it gone, all works the same. */
export interface RunCache {
  /** An answer that the forge may say is unchanged. */
  answer(key: string): { readonly etag: string; readonly value: unknown } | null;
  keepAnswer(key: string, etag: string, value: unknown): void;
  /** Something that follows from content alone, such as what a tree holds. */
  fact(key: string): unknown;
  keepFact(key: string, value: unknown): void;
  /** When the last hour's writes went out, epoch milliseconds. */
  readonly writesMs: readonly number[];
  /** Writes what this run used or learned, in place of the whole file. */
  save(writesMs: readonly number[]): Promise<void>;
}

const SCHEMA = 1;
const FILE_BYTES_MAX = 256 * 1024 * 1024;

/** `scope` names the forge and the token's owner: what another one said is forgotten. No file, no memory. */
export async function openRunCache(file: string | null, scope: string): Promise<RunCache> {
  const before = file === null ? EMPTY : await read(file, scope);
  const answers = new Map<string, { etag: string; value: unknown }>();
  const facts = new Map<string, unknown>();
  return {
    writesMs: before.writesMs,
    answer(key) {
      const known = answers.get(key) ?? before.answers.get(key) ?? null;
      if (known !== null) answers.set(key, known);
      return known;
    },
    keepAnswer: (key, etag, value) => void answers.set(key, { etag, value }),
    fact(key) {
      const known = facts.get(key) ?? before.facts.get(key);
      if (known !== undefined) facts.set(key, known);
      return known;
    },
    keepFact: (key, value) => void facts.set(key, value),
    async save(writesMs) {
      if (file === null) return;
      const content = {
        schema: SCHEMA,
        scope,
        writesMs,
        answers: Object.fromEntries(answers),
        facts: Object.fromEntries(facts),
      };
      // Beside the file and then in its place: a crash leaves the old one whole.
      const fresh = `${file}.${randomUUID()}`;
      try {
        await writeFile(fresh, JSON.stringify(content), { mode: 0o600 });
        await rename(fresh, file);
      } finally {
        await rm(fresh, { force: true });
      }
    },
  };
}

interface Remembered {
  readonly writesMs: readonly number[];
  readonly answers: ReadonlyMap<string, { etag: string; value: unknown }>;
  readonly facts: ReadonlyMap<string, unknown>;
}

const EMPTY: Remembered = { writesMs: [], answers: new Map(), facts: new Map() };

async function read(file: string, scope: string): Promise<Remembered> {
  try {
    const text = await readFile(file, "utf8");
    if (text.length > FILE_BYTES_MAX) return EMPTY;
    const value: unknown = JSON.parse(text);
    if (!isRecord(value) || value["schema"] !== SCHEMA || value["scope"] !== scope) return EMPTY;
    const { writesMs, answers, facts } = value;
    return {
      writesMs: Array.isArray(writesMs)
        ? writesMs.filter((atMs) => Number.isFinite(atMs)).sort((a, b) => a - b)
        : [],
      answers: new Map(
        Object.entries(isRecord(answers) ? answers : {}).flatMap(([key, answer]) =>
          isRecord(answer) && typeof answer["etag"] === "string"
            ? [[key, { etag: answer["etag"], value: answer["value"] }] as const]
            : [],
        ),
      ),
      facts: new Map(Object.entries(isRecord(facts) ? facts : {})),
    };
  } catch {
    // Not there, cut short or of another make: a run without memory.
    return EMPTY;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
