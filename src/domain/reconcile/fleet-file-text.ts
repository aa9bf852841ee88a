import { stringify } from "yaml";

/** The text of a file that is written to the fleet repository: its schema for editors, then the value in its own key order. */
export function fleetFileText(schema: string, value: object): string {
  return `# yaml-language-server: $schema=https://showrunner.dev/schemas/${schema}.schema.json\n${stringify(value, { version: "1.2", lineWidth: 0 })}`;
}
