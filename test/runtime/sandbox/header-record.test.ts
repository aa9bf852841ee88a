import { describe, expect, it } from "@jest/globals";
import { makeHeaderRecordReader } from "#runtime/sandbox/header-record.ts";

describe("makeHeaderRecordReader", () => {
  it.each([
    ["names in lower case, values without outer space", { "Content-Type": " text/html\t", B: "2" }],
    ["the same again from what it remembers", { "Content-Type": " text/html\t", B: "2" }],
  ])("gives %s", (_, init) => {
    const read = makeHeaderRecordReader();
    read(init);
    expect(read(init)).toEqual([
      ["content-type", "text/html"],
      ["b", "2"],
    ]);
  });

  it("tells a new value of a known name from the one it remembers", () => {
    const read = makeHeaderRecordReader();
    expect(read({ etag: "1" })).toEqual([["etag", "1"]]);
    expect(read({ etag: "2" })).toEqual([["etag", "2"]]);
    expect(() => read({ etag: "a\nb" })).toThrow(TypeError);
    expect(() => read({ etag: "\u0100" })).toThrow(TypeError);
    expect(read({ etag: "1" })).toEqual([["etag", "1"]]);
  });

  it("refuses bad names whatever is remembered, and looks at every property before it does", () => {
    const read = makeHeaderRecordReader();
    const looked: string[] = [];
    const init = {
      "bad name": "1",
      get good() {
        looked.push("good");
        return "2";
      },
    };
    expect(() => read(init)).toThrow(TypeError);
    expect(looked).toEqual(["good"]);
    expect(() => read({ [Symbol("no")]: "1" })).toThrow(TypeError);
  });

  it("leaves out what is not enumerable or not its own", () => {
    const read = makeHeaderRecordReader();
    const init = Object.create(
      { inherited: "1" },
      { hidden: { value: "2" }, seen: { value: 3, enumerable: true } },
    );
    expect(read(init)).toEqual([["seen", "3"]]);
  });

  it("keeps no more than it has to of ever new names", () => {
    const read = makeHeaderRecordReader();
    for (let at = 0; at < 1000; at += 1) expect(read({ [`X-${at}`]: "v" })).toEqual([[`x-${at}`, "v"]]);
  });
});
