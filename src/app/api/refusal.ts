import type { FastifyReply } from "fastify";
import { assertNever } from "#domain/assert-never.ts";
import { CodeHostError } from "#domain/ports.ts";

/** An order that did not come to anything, and why, for people. */
export interface Refusal {
  readonly kind: "refused" | "unknown" | "unavailable" | "nothingToDo";
  readonly message: string;
}

/** Answers an order with its refusal; `unknownCode` names what is not there, such as `unknown_campaign`. */
export function refuse(reply: FastifyReply, { kind, message }: Refusal, unknownCode: string): FastifyReply {
  switch (kind) {
    case "refused":
      return reply.code(409).send(failure("refused", message));
    case "nothingToDo":
      return reply.code(409).send(failure("nothing_to_do", message));
    case "unknown":
      return reply.code(404).send(failure(unknownCode, message));
    case "unavailable":
      return reply.code(503).send(failure("unavailable", message));
    default:
      return assertNever(kind);
  }
}

/** What became of an order when GitHub could not be asked. Any other error goes on. */
export function unreachable(error: unknown): { readonly kind: "unavailable"; readonly message: string } {
  if (!(error instanceof CodeHostError)) throw error;
  return { kind: "unavailable", message: `GitHub cannot be reached: ${error.message}` };
}

/** The body of every answer that means no. */
export function failure(code: string, message: string): { error: { code: string; message: string } } {
  return { error: { code, message } };
}
