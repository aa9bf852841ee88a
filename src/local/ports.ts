/** The three sample regions, in the order of their ports. */
export const REGIONS = ["eu-west-1", "us-east-1", "us-west-2"] as const;
export type Region = (typeof REGIONS)[number];

const NODES_PER_REGION = ["a", "b"] as const;

export interface NodePlace {
  /** Region and letter, such as "eu-west-1-a". */
  readonly id: string;
  readonly region: Region;
  readonly gatewayPort: number;
  readonly adminPort: number;
}

/** Every port of one platform, all derived from its base port. */
export interface PortLayout {
  readonly dashboard: number;
  readonly github: number;
  readonly registry: number;
  readonly gateways: readonly { readonly region: Region; readonly port: number }[];
  readonly nodes: readonly NodePlace[];
}

/** The last port is base + 36, so bases 40 apart never meet. */
const OFFSET_MAX = 36;
const PORT_MAX = 65_535;
export const PORT_DISTANCE = 40;

export type PortLayoutOutcome =
  { readonly ok: true; readonly layout: PortLayout } | { readonly ok: false; readonly message: string };

/** `basePort` as people write it in PORT. */
export function portLayout(basePort: string): PortLayoutOutcome {
  const base = /^\d{1,5}$/.test(basePort) ? Number(basePort) : Number.NaN;
  if (!(base >= 1 && base + OFFSET_MAX <= PORT_MAX)) {
    return {
      ok: false,
      message: `PORT must be a whole number from 1 to ${PORT_MAX - OFFSET_MAX}, because the ports up to PORT+${OFFSET_MAX} are used too; it is "${basePort}".`,
    };
  }
  return {
    ok: true,
    layout: {
      dashboard: base,
      github: base + 1,
      registry: base + 2,
      gateways: REGIONS.map((region, index) => ({ region, port: base + 11 + index })),
      nodes: REGIONS.flatMap((region, index) =>
        NODES_PER_REGION.map((letter, nodeIndex) => {
          const offset = index * NODES_PER_REGION.length + nodeIndex;
          return {
            id: `${region}-${letter}`,
            region,
            adminPort: base + 21 + offset,
            gatewayPort: base + 31 + offset,
          };
        }),
      ),
    },
  };
}

/** Every port with what it is for, as shown to people. */
export function portPurposes(layout: PortLayout): { port: number; purpose: string }[] {
  return [
    { port: layout.dashboard, purpose: "dashboard and API" },
    { port: layout.github, purpose: "local GitHub" },
    { port: layout.registry, purpose: "npm registry" },
    ...layout.gateways.map(({ region, port }) => ({ port, purpose: `gateway of ${region}` })),
    ...layout.nodes.map(({ id, adminPort }) => ({ port: adminPort, purpose: `admin of node ${id}` })),
    ...layout.nodes.map(({ id, gatewayPort }) => ({ port: gatewayPort, purpose: `node ${id}` })),
  ];
}
