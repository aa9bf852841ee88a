import { writeSync } from "node:fs";
import {
  CONNECTION,
  LEDGER_HEAD_BYTES,
  LEDGER_PHASE_AT,
  LEDGER_RUNNING_AT,
  PHASE,
  SLOTS_MAX,
  type ConnectionState,
} from "../ledger-format.ts";

/** Keeps the ledger of this worker. Each write is one system call of 1 to 2 us, and what it says outlives the process. */
export class Ledger {
  readonly #file: number;
  readonly #bytes = Buffer.alloc(LEDGER_HEAD_BYTES + SLOTS_MAX);
  /** Bytes that have ever been used. */
  #length = LEDGER_HEAD_BYTES;
  #isTickBegun = false;

  constructor(file: number) {
    this.#file = file;
  }

  setConnection(slot: number, state: ConnectionState): void {
    this.#bytes[LEDGER_HEAD_BYTES + slot] = state;
    if (slot + LEDGER_HEAD_BYTES >= this.#length) this.#length = slot + LEDGER_HEAD_BYTES + 1;
  }

  /** Something of a connection has been read. One entry stands for all until the next that has their states. */
  noteRead(): void {
    if (this.#bytes[LEDGER_PHASE_AT] === PHASE.reading) return;
    this.#bytes[LEDGER_PHASE_AT] = PHASE.reading;
    writeSync(this.#file, this.#bytes, LEDGER_PHASE_AT, 1, LEDGER_PHASE_AT);
  }

  /** What was read is complete; the next turn puts it on record. */
  beginTick(): void {
    this.#isTickBegun = true;
  }

  /** To be called before an isolate is entered. */
  beginTurn(instance: number): void {
    this.#bytes.writeUInt32LE(instance, LEDGER_RUNNING_AT);
    if (this.#isTickBegun) {
      this.#isTickBegun = false;
      this.#bytes[LEDGER_PHASE_AT] = PHASE.turns;
      this.#write();
    } else this.#writeRunning();
  }

  /** For a turn that is outside of any tick. */
  endTurn(): void {
    this.#bytes.writeUInt32LE(0, LEDGER_RUNNING_AT);
    this.#writeRunning();
  }

  /** No script runs until the next turn. */
  endTurns(): void {
    this.#isTickBegun = false;
    this.#bytes[LEDGER_PHASE_AT] = PHASE.quiet;
    this.#bytes.writeUInt32LE(0, LEDGER_RUNNING_AT);
    this.#write();
  }

  endReplies(): void {
    this.#write();
  }

  free(slot: number): void {
    this.#bytes[LEDGER_HEAD_BYTES + slot] = CONNECTION.idle;
  }

  #writeRunning(): void {
    writeSync(this.#file, this.#bytes, LEDGER_RUNNING_AT, 4, LEDGER_RUNNING_AT);
  }

  #write(): void {
    writeSync(this.#file, this.#bytes, 0, this.#length, 0);
  }
}
