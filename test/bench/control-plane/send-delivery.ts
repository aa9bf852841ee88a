import { createHmac, randomUUID } from "node:crypto";
import { Agent, request } from "node:http";

/** A webhook to be sent, such as `push`. */
export interface Webhook {
  readonly event: string;
  readonly payload: object;
}

const agent = new Agent({ keepAlive: true, maxSockets: 256 });

/** Sends a signed webhook with a new GUID as GitHub would; settles with the answer's status when it is whole. */
export async function sendDelivery(
  controlPlaneUrl: string,
  secret: string,
  { event, payload }: Webhook,
): Promise<number> {
  const body = JSON.stringify(payload);
  const headers = {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    "user-agent": "GitHub-Hookshot/bench",
    "x-github-delivery": randomUUID(),
    "x-github-event": event,
    "x-hub-signature-256": `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`,
  };
  return new Promise((resolve, reject) => {
    const sent = request(
      `${controlPlaneUrl}/api/github/webhooks`,
      { method: "POST", headers, agent },
      (answer) => {
        answer.resume();
        answer.once("end", () => resolve(answer.statusCode ?? 0));
        answer.once("error", reject);
      },
    );
    sent.once("error", reject);
    sent.end(body);
  });
}

const shaOf = (seed: number): string => seed.toString(16).padStart(40, "0");
const commitsInPush = 12;

/** What GitHub says of a push: about as long as its own, with a dozen commits. */
export function pushWebhook(
  repository: { readonly id: number; readonly name: string },
  seed: number,
): Webhook {
  const { id, name } = repository;
  const person = { name: "Maya Lindqvist", email: "maya@acme.example", username: "maya" };
  const commits = Array.from({ length: commitsInPush }, (_, index) => ({
    id: shaOf(seed * 100 + index),
    tree_id: shaOf(seed * 100 + index + 50),
    distinct: true,
    message: `Change the artwork's answer, step ${index} of what was agreed in the last review`,
    timestamp: "2026-11-25T10:00:00Z",
    url: `https://github.example/acme/${name}/commit/${shaOf(seed * 100 + index)}`,
    author: person,
    committer: person,
    added: [],
    removed: [],
    modified: ["src/index.ts", "showrunner.yaml"],
  }));
  return {
    event: "push",
    payload: {
      ref: "refs/heads/main",
      before: shaOf(seed),
      after: shaOf(seed + 1),
      forced: false,
      commits,
      head_commit: commits.at(-1),
      pusher: person,
      repository: { id, name, full_name: `acme/${name}`, default_branch: "main", private: true },
      sender: { login: "maya", id: 2, type: "User" },
      installation: { id: 1 },
    },
  };
}
