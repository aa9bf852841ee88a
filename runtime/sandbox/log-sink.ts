import { clip } from "./clip.ts";
import type { LogLevel, SandboxMessage } from "./messages.ts";

const LINE_LENGTH_MAX = 4096;
const LINES_PER_TURN_MAX = 100;

/** Log lines as messages to the host. Bounded here a turn; the host bounds them over time. */
export class LogSink {
  readonly #send: (message: SandboxMessage) => void;
  readonly #requestId: () => string | null;
  #linesLeft = LINES_PER_TURN_MAX;

  constructor(send: (message: SandboxMessage) => void, requestId: () => string | null) {
    this.#send = send;
    this.#requestId = requestId;
  }

  startTurn(): void {
    this.#linesLeft = LINES_PER_TURN_MAX;
  }

  get hasRoom(): boolean {
    return this.#linesLeft > 0;
  }

  write(level: LogLevel, text: string): void {
    if (this.#linesLeft <= 0) return;
    this.#linesLeft -= 1;
    this.#send({ type: "log", requestId: this.#requestId(), level, text: clip(text, LINE_LENGTH_MAX) });
  }
}
