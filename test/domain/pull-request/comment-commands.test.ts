import { describe, expect, it } from "@jest/globals";
import { commandNames, commentCommands } from "#domain/pull-request/comment-commands.ts";

describe("the commands in a comment", () => {
  it.each(commandNames)("knows /%s", (name) => {
    expect(commentCommands(`/${name}`)).toEqual([{ name, argument: "" }]);
  });

  it.each([
    ["takes the rest of the line as the argument", "/pause errors went up  ", "pause", "errors went up"],
    ["takes the first word of any line", "Hm.\n\n/rollback to 1f0c9e2\nThanks!", "rollback", "to 1f0c9e2"],
    ["reads Windows line ends", "look:\r\n/abort\r\n", "abort", ""],
    ["forgives a few spaces in front", "  /resume", "resume", ""],
    ["goes on after a code block", "```\n/abort\n```\n/pause now", "pause", "now"],
    ["goes on after a shorter fence inside a longer one", "````\n```\n/abort\n````\n/pause", "pause", ""],
  ])("%s", (_name, body, name, argument) => {
    expect(commentCommands(body)).toEqual([{ name, argument }]);
  });

  it.each([
    ["a word in the middle of a line", "please /pause this"],
    ["a quoted line", "> /pause"],
    ["a fenced code block", "```sh\n/pause\n```"],
    ["a code block that never ends", "~~~\n/pause"],
    ["an indented code block", "    /pause\n\t/pause"],
    ["inline code", "`/pause`"],
    ["an HTML comment", "<!--\n/pause\n-->"],
    ["an HTML comment that never ends", "<!-- \n/pause"],
    ["a list item", "- /pause"],
    ["a longer word", "/pauses\n/pause-now\n/rollouts\n/pause/all\n/pause!"],
    ["another case", "/PAUSE\n/Pause"],
    ["two slashes, a space, or a letter that only looks alike", "//pause\n/ pause\n/раuse\n／pause"],
    ["an unknown word", "/deploy now"],
    ["nothing", ""],
  ])("ignores %s", (_name, body) => {
    expect(commentCommands(body)).toEqual([]);
  });

  it("takes at most five commands, and does not read on for ever", () => {
    expect(commentCommands("/help\n".repeat(50))).toHaveLength(5);
    expect(commentCommands(`${"\n".repeat(5_000)}/help`)).toEqual([]);
    expect(commentCommands(`/pause ${"x".repeat(5_000)}`)[0]?.argument).toHaveLength(500);
  });
});
