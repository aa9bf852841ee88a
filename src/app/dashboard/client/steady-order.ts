/**
 * The ids in the order in which the reader already sees them: new ones come last. Those that are gone go, unless
 * `keeps` asks for them to stay. So nothing moves under the reader's eyes.
 */
export function steadyOrder(
  seen: readonly string[],
  present: readonly string[],
  keeps: (id: string) => boolean,
): readonly string[] {
  const presentSet = new Set(present);
  const seenSet = new Set(seen);
  return [
    ...seen.filter((id) => presentSet.has(id) || keeps(id)),
    ...present.filter((id) => !seenSet.has(id)),
  ];
}
