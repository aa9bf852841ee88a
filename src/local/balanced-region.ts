/** A region as its load balancer sees it. */
export interface BalancedRegion {
  readonly region: string;
  /** Where clients connect, on 127.0.0.1. */
  readonly port: number;
  readonly nodes: readonly BalancedNode[];
}

export interface BalancedNode {
  readonly id: string;
  /** Origins, such as "http://127.0.0.1:4431". */
  readonly gatewayUrl: string;
  readonly adminUrl: string;
}

/** Parses the value of BALANCER_REGIONS. Throws an error that names what is wrong. */
export function parseBalancedRegions(json: string): BalancedRegion[] {
  const value: unknown = JSON.parse(json);
  return list(value, "BALANCER_REGIONS").map((item) => {
    const port = field(item, "port");
    if (typeof port !== "number") throw new Error("BALANCER_REGIONS: port must be a number");
    return {
      region: text(item, "region"),
      port,
      nodes: list(field(item, "nodes"), "nodes").map((node) => ({
        id: text(node, "id"),
        gatewayUrl: text(node, "gatewayUrl"),
        adminUrl: text(node, "adminUrl"),
      })),
    };
  });
}

function list(value: unknown, name: string): unknown[] {
  if (!Array.isArray(value)) throw new Error(`${name} must be a list`);
  return value;
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) throw new Error("BALANCER_REGIONS: expected an object");
  return Reflect.get(value, name);
}

function text(value: unknown, name: string): string {
  const found = field(value, name);
  if (typeof found !== "string") throw new Error(`BALANCER_REGIONS: ${name} must be a text`);
  return found;
}
