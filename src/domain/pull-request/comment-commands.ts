/** The commands that people write on pull requests, without their slash. */
export const commandNames = [
  "plan",
  "canary",
  "rollout",
  "pause",
  "resume",
  "abort",
  "rollback",
  "freeze",
  "unfreeze",
  "hold",
  "help",
] as const;

export type CommandName = (typeof commandNames)[number];

export interface CommentCommand {
  readonly name: CommandName;
  /** The rest of the line. */
  readonly argument: string;
}

const argumentCharactersMax = 500;
const linesMax = 1_000;
const commandsMax = 5;

/**
 * The commands in a comment: each is the first word of a line. Lines that are quoted, inside a code block or inside an
 * HTML comment are not the writer's own words to us, and a longer word that begins with a command is none
 * (`/rollouts`, `/pause-now`). At most five, in their order.
 */
export function commentCommands(body: string): CommentCommand[] {
  const commands: CommentCommand[] = [];
  let fence: string | null = null;
  const lines = withoutHtmlComments(body).split(/\r\n|\r|\n/);
  for (const line of lines.slice(0, linesMax)) {
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence !== null) {
      if (mark !== undefined && mark.startsWith(fence) && line.trim() === mark) fence = null;
      continue;
    }
    if (mark !== undefined) {
      fence = mark;
      continue;
    }
    const command = commandOf(line);
    if (command !== null && commands.length < commandsMax) commands.push(command);
  }
  return commands;
}

/** Four spaces or a tab in front make a code block, so a command has at most three spaces in front of it. */
function commandOf(line: string): CommentCommand | null {
  const match = /^ {0,3}\/([a-z]+)(?:[ \t]+(.*))?$/.exec(line.trimEnd());
  const name = commandNames.find((known) => known === match?.[1]);
  if (match === null || name === undefined) return null;
  return { name, argument: (match[2] ?? "").trim().slice(0, argumentCharactersMax) };
}

function withoutHtmlComments(body: string): string {
  return body.replaceAll(/<!--[\s\S]*?(?:-->|$)/g, "");
}
