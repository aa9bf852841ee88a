import { createServer } from "node:net";
import { describe, expect, it } from "@jest/globals";
import { portClash } from "#local/port-clash.ts";
import { PORT_DISTANCE, portLayout, portPurposes, type PortLayout } from "#local/ports.ts";

function layoutFrom(base: string): PortLayout {
  const outcome = portLayout(base);
  if (!outcome.ok) throw new Error(outcome.message);
  return outcome.layout;
}

describe("the layout of ports", () => {
  it("is what the contracts promise", () => {
    const layout = layoutFrom("4400");
    expect([layout.dashboard, layout.github]).toEqual([4400, 4401]);
    expect(layout.gateways).toEqual([
      { region: "eu-west-1", port: 4411 },
      { region: "us-east-1", port: 4412 },
      { region: "us-west-2", port: 4413 },
    ]);
    expect(layout.nodes.map(({ id, adminPort }) => `${id} ${adminPort}`)).toEqual([
      "eu-west-1-a 4421",
      "eu-west-1-b 4422",
      "us-east-1-a 4423",
      "us-east-1-b 4424",
      "us-west-2-a 4425",
      "us-west-2-b 4426",
    ]);
  });

  it("never uses a port twice, nor one of a platform that is far enough away", () => {
    const ports = [4400, 4400 + PORT_DISTANCE].flatMap((base) =>
      portPurposes(layoutFrom(String(base))).map(({ port }) => port),
    );
    expect(new Set(ports).size).toBe(ports.length);
  });

  it.each(["", "0", "-1", "4400.5", "abc", "65500", "99999", " 80"])(
    "refuses PORT=%j and says why",
    (base) => {
      expect(portLayout(base)).toMatchObject({
        ok: false,
        message: expect.stringContaining(`it is "${base}"`),
      });
    },
  );
});

describe("a port that is taken", () => {
  it("is named with its purpose and the way out", async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => {
      holder.listen(0, "127.0.0.1", resolve);
    });
    const address = holder.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const base = port - 12;
    const message = await portClash(layoutFrom(String(base)));
    await new Promise((resolve) => {
      holder.close(resolve);
    });
    expect(message).toContain(`Port ${port} (gateway of us-east-1) is already in use.`);
    expect(message).toMatch(/PORT=\d+ npm start/);
  });
});
