import { afterEach, describe, expect, it } from "@jest/globals";
import { openIsolate, type InIsolate } from "../sandbox/in-isolate.ts";

let world: InIsolate | null = null;

afterEach(() => {
  world?.dispose();
  world = null;
});

describe("a sandbox whose script does harm", () => {
  it("does not build a text only to cut a line off it", async () => {
    world = await openIsolate({ memoryMb: 32 });
    await world.run(
      "console.log('x'.repeat(400_000_000)); console.error(new Error('y'.repeat(400_000_000)));",
    );
    expect(world.logs).toEqual(["(a text of 400000000 characters)", expect.stringMatching(/^\(a text of 4/)]);
  });
});
