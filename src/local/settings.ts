import { resolve } from "node:path";
import { portLayout, type PortLayout } from "./ports.ts";

/** What `npm start` was asked for. */
export interface Settings {
  readonly layout: PortLayout;
  /** Absolute. */
  readonly homePath: string;
  readonly tour: "on" | "off";
}

export type SettingsOutcome =
  { readonly ok: true; readonly settings: Settings } | { readonly ok: false; readonly message: string };

/** Environment: PORT (4400), SHOWRUNNER_HOME (`.showrunner`), SHOWRUNNER_TOUR (on, or off). */
export function readSettings(environment: NodeJS.ProcessEnv): SettingsOutcome {
  const ports = portLayout(environment["PORT"] ?? "4400");
  if (!ports.ok) return ports;
  const tour = environment["SHOWRUNNER_TOUR"] ?? "on";
  if (tour !== "on" && tour !== "off") {
    return { ok: false, message: `SHOWRUNNER_TOUR must be "on" or "off"; it is "${tour}".` };
  }
  const homePath = resolve(environment["SHOWRUNNER_HOME"] || ".showrunner");
  return { ok: true, settings: { layout: ports.layout, homePath, tour } };
}
