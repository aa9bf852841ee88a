import type { GitMirror } from "#domain/ports.ts";
import { checkedCommit } from "./checked-ref.ts";
import { GitError } from "./git-error.ts";
import type { GitReader } from "./git-reader.ts";

const COMMITS_MAX = 100;
const AUTHORS_MAX = 1_000;
const VALUE_LENGTH_MAX = 200;

/** What a mirror knows of the words and the people of its commits. */
export function messageReader(fact: GitReader["fact"]): Pick<GitMirror, "authors" | "messages" | "trailers"> {
  return {
    async messages(commit, max) {
      const count = `--max-count=${Math.max(0, Math.floor(max))}`;
      const output = await fact(["log", "--format=%B%x00", count, checkedCommit(commit), "--"]);
      const messages = output.split("\0").map((message) => message.trim());
      return messages.filter((message) => message !== "");
    },

    async trailers(from, to, key) {
      if (!/^[A-Za-z][A-Za-z-]{0,60}$/.test(key)) throw new GitError("terminal", `${key} is no trailer`);
      const range = [checkedCommit(to), ...(from === null ? [] : [`^${checkedCommit(from)}`])];
      const format = `--format=%(trailers:key=${key},valueonly,unfold)`;
      const output = await fact(["log", `--max-count=${COMMITS_MAX}`, "--reverse", format, ...range, "--"]);
      const values = output.split("\n").map((value) => value.trim());
      return values.filter((value) => value !== "" && value.length <= VALUE_LENGTH_MAX);
    },

    async authors(from, to) {
      const range = [checkedCommit(to), ...(from === null ? [] : [`^${checkedCommit(from)}`])];
      const output = await fact([
        "log",
        `--max-count=${AUTHORS_MAX}`,
        "--format=%H%x00%an%x00%ae",
        ...range,
        "--",
      ]);
      if (output === "") return [];
      return output.split("\n").map((text) => {
        const [commit = "", name = "", email = ""] = text.split("\0");
        return { commit, name, email };
      });
    },
  };
}
