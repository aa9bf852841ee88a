import { describe, expect, it } from "@jest/globals";
import { boundedLine, boundedText } from "#adapters/github/bounded-text.ts";

describe("boundedText", () => {
  it("leaves a text that fits as it is", () => {
    expect(boundedText("x".repeat(1_000), 1_000)).toBe("x".repeat(1_000));
  });

  it("cuts at the end of a line and says so", () => {
    const cut = boundedText("a line of text\n".repeat(200), 1_000);
    expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(1_000);
    expect(cut).toMatch(/a line of text\n\n_The rest is left out/);
  });

  it("counts bytes and never halves a character", () => {
    const cut = boundedText("😀".repeat(1_000), 1_001);
    expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(1_001);
    expect(cut).not.toContain("\uFFFD");
    expect(cut.isWellFormed()).toBe(true);
  });

  it("closes what the cut left open, so that the note is seen", () => {
    const cut = boundedText(
      `<details><summary>x</summary>\n\n~~~~yaml\n${"key: value\n".repeat(200)}`,
      1_000,
    );
    expect(cut).toMatch(/key: value\n~~~~\n<\/details>\n\n_The rest/);
  });

  it("does not take a fence inside a fence for its end", () => {
    const cut = boundedText(`\`\`\`\`\n\`\`\`js\n${"x\n".repeat(2_000)}`, 1_000);
    expect(cut).toMatch(/x\n````\n\n_The rest/);
  });

  it("stays within the bound whatever is left open", () => {
    for (const hostile of ["<details>\n".repeat(2_000), `${"`".repeat(900)}\n${"x\n".repeat(900)}`]) {
      expect(Buffer.byteLength(boundedText(hostile, 1_200))).toBeLessThanOrEqual(1_200);
    }
  });
});

describe("boundedLine", () => {
  it("makes one line with an ellipsis where it was cut", () => {
    expect(boundedLine("a\n b", 10)).toBe("a b");
    expect(boundedLine("abcdef", 4)).toBe("abc…");
    expect(boundedLine("ab😀cdef", 4)).toBe("ab…");
  });
});
