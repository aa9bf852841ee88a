import type { Harm } from "./quarantine.ts";

/** What a report says of a script that did harm. */
export const HARM_TEXTS: Readonly<Record<Harm, string>> = {
  cpu: "a turn of it had to be cut off",
  memory: "it went over its memory limit",
  garbled: "it broke its own sandbox",
  background: "it had to be cut off while no request of its was open",
  suspected: "a worker was lost, and this script is one of those that may be at fault",
  hung: "it could not be stopped, so its worker was ended",
  crash: "its worker crashed while it ran",
  overMemory: "its worker grew over its memory bound while it ran",
};
