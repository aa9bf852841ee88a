import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type LineCounter,
  type Node,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import { LocatedDocument, type Places, type Position } from "./located-document.ts";
import type { ProblemCode } from "./problem-codes.ts";
import type { ProblemList } from "./problem-list.ts";

/** Values in one document, with aliases written out. */
export const VALUES_MAX = 10_000;
const PROTOTYPE_KEYS: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

interface Reading {
  readonly lines: LineCounter;
  readonly problems: ProblemList;
  readonly anchors: Map<string, Node>;
  readonly places: Map<unknown, Places>;
  /** Anchored nodes that are being read, to find an alias inside its own anchor. */
  readonly open: Set<Node>;
  values: number;
  /** Set once the document is refused as a whole. */
  refused: boolean;
}

/**
 * The plain value of a parsed node with its places, aliases written out, at most `VALUES_MAX` values; null when it is
 * refused as a whole. Keys that are refused are left out, so the value holds no key that touches an object's prototype.
 */
export function yamlToValue(
  root: Node,
  text: string,
  lines: LineCounter,
  problems: ProblemList,
): LocatedDocument | null {
  const reading: Reading = {
    lines,
    problems,
    anchors: new Map(),
    places: new Map(),
    open: new Set(),
    values: 0,
    refused: false,
  };
  const value = readNode(root, reading, null);
  if (reading.refused) return null;
  return new LocatedDocument(value, offsetOf(root), reading.places, lines, text);
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
  if (isSeq(node)) value = readSeq(node, reading, via);
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
    const message = `There is no anchor &${node.source} above this alias.`;
    reading.problems.error(position(node, reading), "yaml-alias", message);
    return null;
  }
  if (reading.open.has(target)) {
    const message = `The anchor &${node.source} holds an alias to itself.`;
    reading.problems.error(position(node, reading), "yaml-alias-loop", message);
    reading.refused = true;
    return null;
  }
  return readNode(target, reading, via ?? node);
}

function readSeq(seq: YAMLSeq, reading: Reading, via: Node | null): unknown[] {
  const items = seq.items.map(nodeOf);
  const value = items.map((item) => readNode(item, reading, via));
  const valueAt = items.map((item) => offsetOf(item ?? seq));
  reading.places.set(value, { keys: [], keyAt: [], valueAt });
  return value;
}

function readMap(map: YAMLMap, reading: Reading, via: Node | null): Record<string, unknown> {
  const value: Record<string, unknown> = {};
  const seen = new Set<string>();
  const places = { keys: [] as string[], keyAt: [] as number[], valueAt: [] as number[] };
  for (const pair of map.items) {
    const keyNode = nodeOf(pair.key) ?? map;
    const valueNode = nodeOf(pair.value);
    const key = readKey(keyNode, seen, reading, via);
    const child = readNode(valueNode, reading, via);
    if (reading.refused) break;
    if (key === null) continue;
    value[key] = child;
    places.keys.push(key);
    places.keyAt.push(offsetOf(keyNode));
    // An empty value is nowhere; its key is where people look.
    places.valueAt.push(offsetOf(valueNode === null || isEmpty(valueNode) ? keyNode : valueNode));
  }
  reading.places.set(value, places);
  return value;
}

/** The key's text; null when the pair is refused and was reported. */
function readKey(node: Node, seen: Set<string>, reading: Reading, via: Node | null): string | null {
  const key = keyText(node);
  // What an alias repeats was reported where it is written.
  const report = (code: ProblemCode, message: string): null => {
    if (via === null) reading.problems.error(position(node, reading), code, message);
    return null;
  };
  if (key === null)
    return report("yaml-key-type", "A key must be plain text, not a list, a map or an alias.");
  if (key === "<<") return report("yaml-merge-key", "Merge keys (<<) are not allowed. Write the keys out.");
  if (PROTOTYPE_KEYS.has(key)) {
    return report("yaml-prototype-key", `The key "${key}" is not allowed in any manifest.`);
  }
  if (seen.has(key)) {
    return report("yaml-duplicate-key", `The key "${key.slice(0, 60)}" is given twice in this map.`);
  }
  seen.add(key);
  return key;
}

function keyText(key: Node): string | null {
  if (!isScalar(key)) return null;
  return typeof key.value === "string" ? key.value : (key.source ?? String(key.value));
}

function refuseSize(node: Node, reading: Reading, via: Node | null): void {
  const code = via === null ? "yaml-too-many-values" : "yaml-alias-bomb";
  const what = via === null ? "The document holds" : "Aliases multiply into";
  reading.problems.error(position(via ?? node, reading), code, `${what} more than ${VALUES_MAX} values.`);
  reading.refused = true;
}

/** The library's types leave open what a document made of parsed text holds: nodes, or null for nothing. */
function nodeOf(value: unknown): Node | null {
  return isNode(value) ? value : null;
}

function isEmpty(node: Node): boolean {
  return isScalar(node) && node.value === null && node.range?.[0] === node.range?.[1];
}

function offsetOf(node: Node): number {
  return node.range?.[0] ?? 0;
}

function position(node: Node, reading: Reading): Position {
  const { line, col } = reading.lines.linePos(offsetOf(node));
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}
