/** Author or committer. `timeMs` since the epoch; `zone` as git writes it, e.g. `+0200`. */
export type Person = { name: string; email: string; timeMs: number; zone: string };

export type Commit = {
  oid: string;
  tree: string;
  parents: string[];
  author: Person;
  committer: Person;
  message: string;
};

/** Reads a commit object's text. */
export function parseCommit(oid: string, content: Buffer): Commit {
  const text = content.toString("utf8");
  const split = text.indexOf("\n\n");
  const head = split < 0 ? text : text.slice(0, split);
  const commit: Commit = {
    oid,
    tree: "",
    parents: [],
    author: NOBODY,
    committer: NOBODY,
    message: split < 0 ? "" : text.slice(split + 2),
  };
  for (const line of head.split("\n")) {
    const space = line.indexOf(" ");
    const value = line.slice(space + 1);
    switch (line.slice(0, space)) {
      case "tree":
        commit.tree = value;
        break;
      case "parent":
        commit.parents.push(value);
        break;
      case "author":
        commit.author = parsePerson(value);
        break;
      case "committer":
        commit.committer = parsePerson(value);
        break;
      default:
        // Other headers (encoding, gpgsig and its continuation lines) are not shown.
        break;
    }
  }
  return commit;
}

/** The bytes of a commit object. */
export function formatCommit(commit: Omit<Commit, "oid">): Buffer {
  const lines = [
    `tree ${commit.tree}`,
    ...commit.parents.map((parent) => `parent ${parent}`),
    `author ${formatPerson(commit.author)}`,
    `committer ${formatPerson(commit.committer)}`,
    "",
    commit.message,
  ];
  return Buffer.from(lines.join("\n"));
}

const NOBODY: Person = { name: "", email: "", timeMs: 0, zone: "+0000" };

function parsePerson(text: string): Person {
  const match = /^(.*?) ?<([^>]*)> (-?\d+) ([+-]\d{4})$/.exec(text);
  if (match === null) return NOBODY;
  return {
    name: match[1] ?? "",
    email: match[2] ?? "",
    timeMs: Number(match[3]) * 1000,
    zone: match[4] ?? "+0000",
  };
}

function formatPerson(person: Person): string {
  return `${clean(person.name) || "unknown"} <${clean(person.email)}> ${Math.floor(person.timeMs / 1000)} ${person.zone}`;
}

// Brackets and line breaks would forge another header.
function clean(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replaceAll(/[<>\u0000-\u001f]/g, "").trim();
}
