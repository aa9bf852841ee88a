import { distance } from "fastest-levenshtein";

const LENGTH_MAX = 100;

/** The candidate that `word` was most likely meant to be; null when none is near (a third of its letters, at least one). */
export function closest(word: string, candidates: Iterable<string>): string | null {
  if (word.length === 0 || word.length > LENGTH_MAX) return null;
  let best: string | null = null;
  let bestDistance = Infinity;
  for (const candidate of candidates) {
    const letters = distance(word.toLowerCase(), candidate.toLowerCase());
    if (letters < bestDistance) [best, bestDistance] = [candidate, letters];
  }
  const distanceMax = Math.max(1, Math.floor(word.length / 3));
  return bestDistance <= distanceMax ? best : null;
}
