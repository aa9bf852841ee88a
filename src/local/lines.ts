import type { Readable } from "node:stream";

const LINE_CHARS_MAX = 16_384;

/** Calls `onLine` for every line of a stream; longer lines come in pieces, so that memory stays bounded. */
export function eachLine(stream: Readable, onLine: (line: string) => void): void {
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    lines.forEach(onLine);
    if (rest.length > LINE_CHARS_MAX) {
      onLine(rest);
      rest = "";
    }
  });
  stream.on("end", () => {
    if (rest !== "") onLine(rest);
  });
}
