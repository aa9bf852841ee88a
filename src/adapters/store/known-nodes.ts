import type { Executor } from "./database.ts";
import { type NodeRecord, findNode, listNodeHeads } from "./nodes.ts";

/**
 * Lists nodes by region, then slot, reading a node's report, which may be megabytes, only when it is another one than
 * the last time: every decision about a script looks at all nodes.
 */
export function knownNodes(db: Executor): () => Promise<NodeRecord[]> {
  let known = new Map<string, NodeRecord>();
  return async () => {
    const nodes: NodeRecord[] = [];
    for (const head of await listNodeHeads(db)) {
      const last = known.get(head.id);
      const isSame =
        last?.publicKey === head.publicKey && last.bootId === head.bootId && last.sequence === head.sequence;
      const node = isSame ? { ...head, report: last.report } : await findNode(db, head.id);
      if (node) nodes.push(node);
    }
    known = new Map(nodes.map((node) => [node.id, node]));
    return nodes;
  };
}
