/**
 * A small file that a worker writes and its agent reads when the worker is dead: which script was running, and what
 * each connection was owed. Byte 0 is the phase, bytes 4 to 7 the running instance's number (0 for none, little
 * endian), and from byte 8 on there is one byte a connection.
 */
export const LEDGER_HEAD_BYTES = 8;
export const LEDGER_PHASE_AT = 0;
export const LEDGER_RUNNING_AT = 4;
export const SLOTS_MAX = 16_384;

export const PHASE = {
  /** No socket was read since the states of all were put on record. */
  quiet: 0,
  /** Scripts run: all that was read is on record. */
  turns: 1,
  /** Sockets were read, and what of them is not on record. */
  reading: 2,
} as const;

export const CONNECTION = {
  /** Nothing of a further request has been read. */
  idle: 0,
  /** A request was read, and no byte of its answer was sent. */
  owed: 1,
  /** An answer is being sent. */
  answering: 2,
  /** Nothing is owed, but the beginning of a request may have been read. */
  unclear: 3,
} as const;
export type ConnectionState = (typeof CONNECTION)[keyof typeof CONNECTION];

/** What the agent does with a connection of a dead worker. */
export type ConnectionFate = "handOver" | "refuse" | "close";

/** A connection may go on at another worker only when it is sure that nothing of its next request was read. */
export function connectionFate(phase: number, state: number): ConnectionFate {
  if (state === CONNECTION.answering) return "close";
  if (state === CONNECTION.idle && phase !== PHASE.reading) return "handOver";
  return "refuse";
}
