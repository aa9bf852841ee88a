import { describe, expect, it } from "@jest/globals";
import { afterAttempt } from "#domain/notify/after-attempt.ts";
import { noticeMessage } from "#domain/notify/notice-message.ts";
import { type MovedRollout, rolloutNotice } from "#domain/notify/rollout-notice.ts";
import type { RolloutPhase } from "#domain/rollout/rollout-phase.ts";

const nowMs = Date.UTC(2026, 5, 1, 10);
const provisioning: RolloutPhase = { kind: "provisioning", wave: 1, waitingFor: [], unreachable: [] };
const baking = (wave: number): RolloutPhase => ({
  kind: "baking",
  wave,
  sinceMs: nowMs,
  untilMs: nowMs,
  requests: 0,
});

function rollout(phase: RolloutPhase): MovedRollout {
  return {
    id: "artwork@4-9e2d",
    script: "artwork",
    version: "4",
    commit: "9e2d".padEnd(40, "0"),
    digest: `sha256:${"a".repeat(64)}`,
    promisedByMs: nowMs + 60_000,
    phase,
    percent: 50,
  };
}

const before = (phase: RolloutPhase) => ({ phase, updatedAtMs: nowMs - 1_000 });

describe("what is told of a rollout", () => {
  it.each<[string, RolloutPhase, RolloutPhase | null, string | null]>([
    ["that it starts", provisioning, null, "rollout.started"],
    ["nothing while nodes take it", { ...provisioning, kind: "warming" }, provisioning, null],
    ["that it is observed", baking(1), provisioning, "rollout.baking"],
    ["nothing while it is observed", baking(1), baking(1), null],
    ["that another wave is observed", baking(2), baking(1), "rollout.baking"],
    [
      "that a person paused it",
      { kind: "paused", wave: 1, reason: "x", by: "@maya" },
      baking(1),
      "rollout.paused",
    ],
    ["that it is everywhere", { kind: "completed", unproven: false }, baking(2), "rollout.completed"],
    [
      "that it was taken back",
      { kind: "rolledBack", reason: "errors", by: "showrunner", to: null },
      { kind: "rollingBack", reason: "errors", by: "showrunner", to: null, regions: [], waitingFor: [] },
      "rollout.rolledBack",
    ],
  ])("is %s", (_what, phase, earlier, kind) => {
    const notice = rolloutNotice(rollout(phase), earlier && before(earlier), nowMs);
    expect(notice?.kind ?? null).toBe(kind);
  });

  it("has the same id when it is found again after a crash, and another one the next time", () => {
    const paused = rollout({ kind: "paused", wave: 1, reason: "x", by: "@maya" });
    const first = rolloutNotice(paused, before(baking(1)), nowMs);
    expect(rolloutNotice(paused, before(baking(1)), nowMs + 5_000)?.id).toBe(first?.id);
    const again = rolloutNotice(paused, { phase: baking(1), updatedAtMs: nowMs + 9_000 }, nowMs + 10_000);
    expect(again?.id).not.toBe(first?.id);
  });
});

describe("a notice's message", () => {
  const paused = rollout({ kind: "paused", wave: 1, reason: "<!channel> & more", by: "@maya" });
  const notice = rolloutNotice(paused, before(baking(1)), nowMs);
  if (!notice) throw new Error("nothing is told");

  it("is a CloudEvent in structured JSON", () => {
    const { contentType, body } = noticeMessage(notice, "cloudevents", "https://showrunner.example");
    expect(contentType).toBe("application/cloudevents+json; charset=utf-8");
    expect(JSON.parse(body)).toMatchObject({
      specversion: "1.0",
      id: notice.id,
      source: "https://showrunner.example",
      type: "dev.showrunner.rollout.paused",
      subject: "artwork@4",
      time: "2026-06-01T10:00:00.000Z",
      datacontenttype: "application/json",
      data: { rollout: "artwork@4-9e2d", percent: 50, phase: { by: "@maya" } },
    });
  });

  it("mentions nobody on Slack, whatever a reason says", () => {
    const { body } = noticeMessage(notice, "slack", "x");
    expect(JSON.parse(body)).toEqual({
      text: "artwork@4 (9e2d000) is paused in wave 1: &lt;!channel&gt; &amp; more",
    });
  });
});

describe("after a try to send", () => {
  const failed = { kind: "failed", reason: "it answered 503", retryAfterMs: null } as const;

  it("the next one comes later each time, and after more than a day none", () => {
    let totalMs = 0;
    for (let attempts = 1; ; attempts += 1) {
      const after = afterAttempt(failed, attempts, 0);
      if (after.kind !== "retry") {
        expect(after).toEqual({ kind: "dead", reason: "it answered 503, at the last of 14 tries" });
        break;
      }
      expect(after.afterMs).toBe(Math.min(6 * 3_600_000, 5_000 * 2 ** (attempts - 1)));
      totalMs += after.afterMs;
    }
    expect(totalMs).toBeGreaterThan(11 * 3_600_000);
  });

  it("a receiver's own waiting time is kept, and one that wants no more gets no more", () => {
    expect(afterAttempt({ ...failed, retryAfterMs: 60_000 }, 1, 0)).toMatchObject({ afterMs: 60_000 });
    expect(afterAttempt({ kind: "refused", reason: "gone" }, 1, 0)).toEqual({ kind: "dead", reason: "gone" });
  });
});
