import { backoffMs } from "../backoff-ms.ts";
import type { ControlPlaneClient, Registration, RegistrationRequest } from "./control-plane-client.ts";
import { Wakeup } from "./wakeup.ts";

export interface RegistrarDeps {
  readonly client: ControlPlaneClient;
  readonly makeRequest: () => RegistrationRequest;
  readonly onRegistered: (registration: Registration) => Promise<void>;
  readonly onProblem: (code: string, message: string) => void;
  readonly random: () => number;
}

/** Registers the node at the start, and again whenever the control plane no longer knows it. */
export class Registrar {
  readonly #deps: RegistrarDeps;
  readonly #needed = new Wakeup();
  #attempts = 0;

  constructor(deps: RegistrarDeps) {
    this.#deps = deps;
  }

  /** The control plane answered 401. */
  registerAgain(): void {
    this.#needed.wake();
  }

  /** The registration has proved good, so that the next one need not wait. */
  confirm(): void {
    this.#attempts = 0;
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      // Also after a success without a confirmed report: or a control plane that forgets us at once would be flooded.
      if (this.#attempts > 0) await pause(backoffMs(this.#attempts, this.#deps.random()), signal);
      if (signal.aborted) return;
      this.#attempts += 1;
      const reply = await this.#deps.client.register(this.#deps.makeRequest(), signal);
      if (reply.ok) {
        await this.#deps.onRegistered(reply.registration);
        await this.#needed.wait(null, signal);
      } else if (!signal.aborted) this.#deps.onProblem(problemCode(reply.status), reply.message);
    }
  }
}

function problemCode(status: number | null): string {
  switch (status) {
    case 401:
      return "registration_refused";
    case 409:
      return "node_name_taken";
    case null:
      return "control_plane_unreachable";
    default:
      return "registration_failed";
  }
}

async function pause(waitMs: number, signal: AbortSignal): Promise<void> {
  await new Wakeup().wait(waitMs, signal);
}
