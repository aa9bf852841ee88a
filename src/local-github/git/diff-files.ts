import { runGit } from "./run-git.ts";

/** One changed file between two commits or trees. `patch` is null for binary files and very long patches. */
export type ChangedFile = {
  path: string;
  previousPath: string | null;
  status: "added" | "removed" | "modified" | "renamed" | "copied" | "changed" | "unchanged";
  oid: string;
  additions: number;
  deletions: number;
  patch: string | null;
};

const FILES_MAX = 3000;
const PATCH_CHARACTERS_MAX = 400_000;

/** Every file that differs, renames found, with its patch from the first `@@` on. At most 3,000 files. */
export async function diffFiles(directory: string, from: string, to: string): Promise<ChangedFile[]> {
  const common = ["-c", "core.quotePath=false", "diff-tree", "-r", "-M", "--no-ext-diff", "--no-textconv"];
  const [names, patches] = await Promise.all([
    runGit(directory, [...common, "--raw", "--numstat", "-z", "--no-abbrev", from, to]),
    runGit(directory, [...common, "-p", "--no-color", "--full-index", from, to]),
  ]);
  const files = parseNames(names.stdout.toString("utf8"));
  const texts = splitPatches(patches.stdout.toString("utf8"));
  return files.slice(0, FILES_MAX).map((file, index) => ({ ...file, patch: texts[index] ?? null }));
}

function parseNames(text: string): Omit<ChangedFile, "patch">[] {
  const fields = text.split("\0");
  const files: Omit<ChangedFile, "patch">[] = [];
  let at = 0;
  for (; fields[at]?.startsWith(":");) {
    const [, , , oid = "", letter = ""] = (fields[at] ?? "").split(" ");
    const moved = /^[RC]/.test(letter);
    const previous = fields[at + 1] ?? "";
    const path = moved ? (fields[at + 2] ?? "") : previous;
    files.push({
      path,
      previousPath: moved ? previous : null,
      status: statusOf(letter),
      oid,
      additions: 0,
      deletions: 0,
    });
    at += moved ? 3 : 2;
  }
  for (const file of files) {
    const [additions = "", deletions = "", path = ""] = (fields[at] ?? "").split("\t");
    file.additions = Number(additions) || 0;
    file.deletions = Number(deletions) || 0;
    at += path === "" ? 3 : 1;
  }
  return files;
}

function statusOf(letter: string): ChangedFile["status"] {
  switch (letter[0]) {
    case "A":
      return "added";
    case "D":
      return "removed";
    case "R":
      return "renamed";
    case "C":
      return "copied";
    case "T":
      return "changed";
    default:
      return "modified";
  }
}

// Lines of a patch's content start with a space, a sign or a backslash, so this cannot be content.
function splitPatches(text: string): (string | null)[] {
  if (text === "") return [];
  return text
    .split(/^(?=diff --git )/m)
    .filter((part) => part.startsWith("diff --git "))
    .map((part) => {
      const start = part.search(/^@@ /m);
      if (start < 0 || part.length > PATCH_CHARACTERS_MAX) return null;
      return part.slice(start).replace(/\n$/, "");
    });
}
