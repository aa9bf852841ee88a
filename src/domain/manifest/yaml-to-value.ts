import { isAlias, isMap, isScalar, isSeq, type LineCounter, type Node, type YAMLMap } from "yaml";
import { keyText, nodeOf, type Position } from "./located-document.ts";
import type { ProblemList } from "./problem-list.ts";

/** Values in one document, with aliases written out. */
export const VALUES_MAX = 10_000;
const PROTOTYPE_KEYS: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

interface Reading {
  readonly lines: LineCounter;
  readonly problems: ProblemList;
  readonly anchors: Map<string, Node>;
  readonly targets: Map<Node, Node>;
  /** Anchored nodes that are being read, to find an alias inside its own anchor. */
  readonly open: Set<Node>;
  values: number;
  /** Set once the document is refused as a whole. */
  refused: boolean;
}

/**
 * The plain value of a parsed node, with aliases written out, at most `VALUES_MAX` values; null when it is refused as a
 * whole. Keys that are refused are left out, so the value holds no key that touches an object's prototype.
 */
export function yamlToValue(
  root: Node,
  lines: LineCounter,
  problems: ProblemList,
): { value: unknown; targets: ReadonlyMap<Node, Node> } | null {
  const reading: Reading = {
    lines,
    problems,
    anchors: new Map(),
    targets: new Map(),
    open: new Set(),
    values: 0,
    refused: false,
  };
  const value = readNode(root, reading, null);
  return reading.refused ? null : { value, targets: reading.targets };
}

/** `via` is the alias of the file through which the node is reached, the outermost one. */
function readNode(node: Node | null, reading: Reading, via: Node | null): unknown {
  if (node === null || reading.refused) return null;
  reading.values += 1;
  if (reading.values > VALUES_MAX) {
    refuseSize(node, reading, via);
    return null;
  }
  if (isAlias(node)) return readAlias(node, reading, via);
  if ("anchor" in node && typeof node.anchor === "string") reading.anchors.set(node.anchor, node);
  if (isScalar(node)) return plainScalar(node.value);
  reading.open.add(node);
  let value: unknown = null;
  if (isSeq(node)) value = node.items.map((item) => readNode(nodeOf(item), reading, via));
  else if (isMap(node)) value = readMap(node, reading, via);
  reading.open.delete(node);
  return value;
}

function plainScalar(value: unknown): unknown {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  return null;
}

function readAlias(node: Node & { source: string }, reading: Reading, via: Node | null): unknown {
  const target = reading.anchors.get(node.source);
  if (target === undefined) {
    reading.problems.error(
      position(node, reading),
      "yaml-alias",
      `There is no anchor &${node.source} above this alias.`,
    );
    return null;
  }
  if (reading.open.has(target)) {
    const message = `The anchor &${node.source} holds an alias to itself.`;
    reading.problems.error(position(node, reading), "yaml-alias-loop", message);
    reading.refused = true;
    return null;
  }
  reading.targets.set(node, target);
  return readNode(target, reading, via ?? node);
}

function readMap(map: YAMLMap, reading: Reading, via: Node | null): unknown {
  const value: Record<string, unknown> = {};
  const seen = new Set<string>();
  for (const pair of map.items) {
    const key = readKey(nodeOf(pair.key) ?? map, seen, reading, via);
    const child = readNode(nodeOf(pair.value), reading, via);
    if (key !== null) value[key] = child;
    if (reading.refused) break;
  }
  return value;
}

/** The key's text; null when the pair is refused and was reported. */
function readKey(node: Node, seen: Set<string>, reading: Reading, via: Node | null): string | null {
  const key = keyText(node);
  // What an alias repeats was reported where it is written.
  const report = (code: Parameters<ProblemList["error"]>[1], message: string): null => {
    if (via === null) reading.problems.error(position(node, reading), code, message);
    return null;
  };
  if (key === null)
    return report("yaml-key-type", "A key must be plain text, not a list, a map or an alias.");
  if (key === "<<") return report("yaml-merge-key", "Merge keys (<<) are not allowed. Write the keys out.");
  if (PROTOTYPE_KEYS.has(key)) {
    return report("yaml-prototype-key", `The key "${key}" is not allowed in any manifest.`);
  }
  if (seen.has(key)) return report("yaml-duplicate-key", `The key "${key}" is given twice in this map.`);
  seen.add(key);
  return key;
}

function refuseSize(node: Node, reading: Reading, via: Node | null): void {
  const code = via !== null ? "yaml-alias-bomb" : "yaml-too-many-values";
  const what = via !== null ? "Aliases multiply into" : "The document holds";
  reading.problems.error(position(via ?? node, reading), code, `${what} more than ${VALUES_MAX} values.`);
  reading.refused = true;
}

function position(node: Node, reading: Reading): Position {
  const { line, col } = reading.lines.linePos(node.range?.[0] ?? 0);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}
