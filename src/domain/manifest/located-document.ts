import { isAlias, isMap, isNode, isScalar, isSeq, type LineCounter, type Node, type YAMLMap } from "yaml";

/** Both count from 1; a column counts UTF-16 code units, as editors do. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export type DocumentPath = readonly (string | number)[];

export const START: Position = { line: 1, column: 1 };

/** One read document: its plain value, and where each part of it is written. */
export class LocatedDocument {
  readonly value: unknown;
  readonly #root: Node;
  readonly #targets: ReadonlyMap<Node, Node>;
  readonly #lines: LineCounter;

  /** `targets` gives the anchored node of each alias. */
  constructor(value: unknown, root: Node, targets: ReadonlyMap<Node, Node>, lines: LineCounter) {
    this.value = value;
    this.#root = root;
    this.#targets = targets;
    this.#lines = lines;
  }

  /** Where the value at `path` is written; where a part of the path is missing, the nearest value around it. */
  at(path: DocumentPath): Position {
    let node = this.#resolve(this.#root);
    let shown: Node = this.#root;
    for (const step of path) {
      const child = childOf(node, step);
      if (child === null) break;
      // An empty value is nowhere; its key is where people look.
      shown = isEmpty(child) && isMap(node) ? keyNode(node, step) : child;
      node = this.#resolve(child);
    }
    return this.#position(shown);
  }

  /** Where the last key of `path` is written. */
  atKey(path: DocumentPath): Position {
    const key = path.at(-1);
    let node = this.#resolve(this.#root);
    for (const step of path.slice(0, -1)) {
      const child = childOf(node, step);
      if (child === null) return this.at(path);
      node = this.#resolve(child);
    }
    if (!isMap(node)) return this.at(path);
    return this.#position(key === undefined ? node : keyNode(node, key));
  }

  /** The text of the scalar at `path` as it is written, without quotes; null when it is no scalar. */
  source(path: DocumentPath): string | null {
    let node = this.#resolve(this.#root);
    for (const step of path) {
      const child = childOf(node, step);
      if (child === null) return null;
      node = this.#resolve(child);
    }
    return isScalar(node) && typeof node.source === "string" ? node.source : null;
  }

  #resolve(node: Node): Node {
    return isAlias(node) ? (this.#targets.get(node) ?? node) : node;
  }

  #position(node: Node): Position {
    const { line, col } = this.#lines.linePos(node.range?.[0] ?? 0);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  }
}

/** The text of a map's key; null when the key is no scalar. */
export function keyText(key: unknown): string | null {
  if (!isScalar(key)) return null;
  return typeof key.value === "string" ? key.value : (key.source ?? String(key.value));
}

/** The library's types leave open what a document made of parsed text holds: nodes, or null for nothing. */
export function nodeOf(value: unknown): Node | null {
  return isNode(value) ? value : null;
}

function isEmpty(node: Node): boolean {
  return isScalar(node) && node.value === null && node.range?.[0] === node.range?.[1];
}

function keyNode(map: YAMLMap, step: string | number): Node {
  return nodeOf(map.items.find((item) => keyText(item.key) === String(step))?.key) ?? map;
}

function childOf(node: Node, step: string | number): Node | null {
  if (isSeq(node)) return nodeOf(node.items[Number(step)]);
  if (!isMap(node)) return null;
  // The first of two equal keys counts, as it does for the value.
  const pair = node.items.find((item) => keyText(item.key) === String(step));
  return nodeOf(pair?.value) ?? nodeOf(pair?.key);
}
