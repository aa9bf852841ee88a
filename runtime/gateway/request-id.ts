import { randomUUID } from "node:crypto";

const PREFIX_LENGTH = 24;
const COUNTER_DIGITS = 12;

/**
 * Makes names of requests in the form of UUIDs: the beginning is random and the maker's own, the last twelve digits
 * count. A fifth of the price of a random UUID, and nobody has to be kept from guessing them.
 */
export function makeRequestIds(): () => string {
  const prefix = randomUUID().slice(0, PREFIX_LENGTH);
  let counter = 0;
  return () => {
    counter += 1;
    return prefix + counter.toString(16).padStart(COUNTER_DIGITS, "0");
  };
}
