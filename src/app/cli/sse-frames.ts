export interface ServerSentEvent {
  readonly id: string | null;
  readonly type: string;
  readonly data: string;
}

const FRAME_CHARACTERS_MAX = 256 * 1024;

/**
 * Takes a stream of server-sent events apart as it arrives: give it each piece of text, and it gives back the events that
 * are complete. Throws when an event is longer than 256 KiB.
 */
export function createFrameReader(): (chunk: string) => ServerSentEvent[] {
  let rest = "";
  return (chunk) => {
    const frames = `${rest}${chunk}`.split("\n\n");
    rest = frames.pop() ?? "";
    if (rest.length > FRAME_CHARACTERS_MAX) throw new Error("the server sends an event without an end");
    return frames.map(parseFrame).filter((event) => event !== null);
  };
}

/** null for a frame that carries no data, such as a sign of life. */
function parseFrame(frame: string): ServerSentEvent | null {
  let id: string | null = null;
  let type = "message";
  const data: string[] = [];
  for (const line of frame.split("\n")) {
    const [, field, value = ""] = /^([a-z]+): ?(.*)$/.exec(line) ?? [];
    if (field === "id") id = value;
    if (field === "event") type = value;
    if (field === "data") data.push(value);
  }
  return data.length === 0 ? null : { id, type, data: data.join("\n") };
}
