import type { CliContext } from "./cli-context.ts";

/** A block of lines that is drawn anew in its place. */
export interface LiveDisplay {
  /** `news` are lines about what is going on: each is kept, with its time, once it differs from the last one. */
  update(block: readonly string[], news: readonly string[]): void;
}

const NEWS_MAX = 8;

/** In a terminal the block stays in its place; elsewhere only its changes are printed, as lines with their time. */
export function createLiveDisplay(context: CliContext): LiveDisplay {
  const { width } = context;
  return width === null ? lineDisplay(context) : blockDisplay(context, width);
}

function lineDisplay({ out, now }: CliContext): LiveDisplay {
  let last = new Set<string>();
  let isFirst = true;
  return {
    update(block, news) {
      if (isFirst) out(`${block.join("\n")}\n`);
      isFirst = false;
      for (const line of news) if (!last.has(line)) out(`${stamp(now())}  ${line}\n`);
      last = new Set(news);
    },
  };
}

function blockDisplay({ out, now }: CliContext, width: number): LiveDisplay {
  let drawn = 0;
  let last = new Set<string>();
  const told: string[] = [];
  let shown = "";
  return {
    update(block, news) {
      for (const line of news) if (!last.has(line)) told.push(`${stamp(now())}  ${line}`);
      last = new Set(news);
      const lines = [...block, "", ...told.slice(-NEWS_MAX)].map((line) => cut(line, width));
      const text = lines.join("\n");
      if (text === shown) return;
      shown = text;
      // Up to where the block began, and everything below it is cleared.
      out(`${drawn > 0 ? `\u001b[${drawn}A\r\u001b[0J` : ""}${text}\n`);
      drawn = lines.length;
    },
  };
}

function stamp(nowMs: number): string {
  return new Date(nowMs).toISOString().slice(11, 19);
}

/** To one row of the terminal: a wrapped line would break the count of rows. Colour codes take no room. */
function cut(line: string, width: number): string {
  let room = Math.max(1, width - 1);
  // oxlint-disable-next-line no-control-regex
  return line.replaceAll(/\u001b\[\d+m|[^\u001b]/gu, (piece) => {
    if (piece.startsWith("\u001b")) return piece;
    room -= 1;
    return room >= 0 ? piece : "";
  });
}
