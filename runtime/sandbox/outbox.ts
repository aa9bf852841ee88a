import type { SandboxMessage, WireBody, FlatHeaders } from "./messages.ts";

// One hand-over may not make a string that the host cannot hold; what is over waits for the next one.
const HANDOVER_LENGTH_MAX = 16 * 1024 * 1024;

/** What the sandbox has to say, kept until the host takes it. */
export class Outbox {
  readonly #stringify = JSON.stringify;
  #records: string[] = [];
  /** Whether there is anything. Kept as a field, since it is asked at each entry. */
  isEmpty = true;

  readonly send = (message: SandboxMessage): void => {
    const json = this.#stringify(message);
    this.#add(`J${json.length}\n${json}`);
  };

  sendResponse(id: number, status: number, headers: FlatHeaders, body: WireBody): void {
    const head = `R${id}\n${status}\n${headers.length}\n`;
    switch (body.kind) {
      case "none":
        this.#add(`${head}n0\n${headers}`);
        return;
      case "text":
        this.#add(`${head}t${body.text.length}\n${headers}${body.text}`);
        return;
      case "base64":
        this.#add(`${head}b${body.base64.length}\n${headers}${body.base64}`);
        return;
    }
  }

  /** All records in order, as many as fit. */
  handOver(): string {
    const records = this.#records;
    if (records.length === 0) return "";
    let text = "";
    let taken = 0;
    while (taken < records.length && (taken === 0 || text.length < HANDOVER_LENGTH_MAX)) {
      text += records[taken] ?? "";
      taken += 1;
    }
    this.isEmpty = taken === records.length;
    this.#records = this.isEmpty ? [] : records.slice(taken);
    return text;
  }

  #add(record: string): void {
    // An index instead of push: a script may have replaced Array.prototype.push.
    this.#records[this.#records.length] = record;
    this.isEmpty = false;
  }
}
