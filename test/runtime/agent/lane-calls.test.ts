import { expect, it } from "@jest/globals";
import { LaneCalls } from "#runtime/agent/lane-calls.ts";

const request = {
  method: "GET",
  url: "https://inner/x",
  headers: [],
  body: { kind: "none" },
} as const;

function worker(sent: unknown[]): { send: (message: unknown) => void } {
  return {
    send: (message) => {
      sent.push(message);
    },
  };
}

it("gives each call its own answer, and lost ones a failure", async () => {
  const calls = new LaneCalls();
  const sent: unknown[] = [];
  const [one, other] = [worker(sent), worker(sent)];
  const answers = [
    calls.call(one, "a", request),
    calls.call(one, "b", request),
    calls.call(other, "c", request),
  ];
  expect(sent).toEqual([1, 2, 3].map((call) => expect.objectContaining({ type: "call", call })));
  calls.settle(2, { callee: "b", reply: { ok: false, message: "mine" } });
  calls.settle(2, { callee: "b", reply: { ok: false, message: "twice" } });
  calls.lose(one);
  calls.lose(other);
  const messages = (await Promise.all(answers)).map(({ reply }) => (reply.ok ? "" : reply.message));
  expect(messages).toEqual([expect.stringContaining("is gone"), "mine", expect.stringContaining("is gone")]);
});

it("answers at once when no worker is there", async () => {
  expect(await new LaneCalls().call(null, "a", request)).toMatchObject({ reply: { ok: false } });
});
