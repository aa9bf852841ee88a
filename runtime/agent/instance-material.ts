import type { InstanceIdentity } from "../isolates/script-instance.ts";

/** What a worker needs to bring an instance to life. */
export interface InstanceMaterial {
  readonly identity: InstanceIdentity;
  readonly text: string;
  readonly secrets: Readonly<Record<string, string>>;
  readonly codeCache: string | null;
}
