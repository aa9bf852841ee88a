import { createHash } from "node:crypto";

export interface RefSwap {
  /** The repository's address for git over HTTP. */
  readonly gitUrl: string;
  readonly token: string;
  /** Full name, such as "refs/heads/main". */
  readonly ref: string;
  readonly from: string;
  readonly to: string;
}

const TIMEOUT_MS = 30_000;

/**
 * Moves a ref to a commit that the server has already, only if it is still at `from`: git's own push protocol compares and
 * swaps, which the REST API cannot. "refused" is for servers that do not let this through.
 * Source: git-scm.com/docs/pack-protocol, "Pushing Data To a Server".
 */
export async function swapRef(swap: RefSwap): Promise<"moved" | "raced" | "refused"> {
  const command = packetLine(`${swap.from} ${swap.to} ${swap.ref}\0 report-status agent=showrunner`);
  const url = `${swap.gitUrl.replace(/\/+$/, "")}/git-receive-pack`;
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: {
        authorization: `Basic ${Buffer.from(`x-access-token:${swap.token}`).toString("base64")}`,
        "content-type": "application/x-git-receive-pack-request",
        accept: "application/x-git-receive-pack-result",
      },
      body: Buffer.concat([command, Buffer.from("0000"), emptyPack()]),
      // The token is for this server alone.
      redirect: "error",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const report = packetLines(Buffer.from(await response.arrayBuffer()));
    if (!response.ok) return "refused";
    if (report.includes(`ok ${swap.ref}`)) return "moved";
    const reason = report.find((line) => line.startsWith(`ng ${swap.ref} `)) ?? "";
    return /failed to update ref|fetch first|stale info|cannot lock ref|incorrect old value/i.test(reason)
      ? "raced"
      : "refused";
  } catch {
    return "refused";
  }
}

/** A pack with no objects, which says that the server has everything. */
function emptyPack(): Buffer {
  const header = Buffer.from("PACK\0\0\0\x02\0\0\0\0", "latin1");
  return Buffer.concat([header, createHash("sha1").update(header).digest()]);
}

function packetLine(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from((bytes.length + 4).toString(16).padStart(4, "0")), bytes]);
}

function packetLines(bytes: Buffer): string[] {
  const lines: string[] = [];
  for (let at = 0; at + 4 <= bytes.length;) {
    const length = Number.parseInt(bytes.toString("latin1", at, at + 4), 16);
    if (Number.isNaN(length)) break;
    if (length >= 4) lines.push(bytes.toString("utf8", at + 4, at + length).trimEnd());
    at += Math.max(4, length);
  }
  return lines;
}
