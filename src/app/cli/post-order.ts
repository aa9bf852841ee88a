import { postApi } from "./api-client.ts";
import type { CliContext } from "./cli-context.ts";
import { recordOf } from "./json-fields.ts";
import { printable } from "./paint.ts";

/** How an answer is shown. */
export interface OrderDisplay {
  /** As one JSON document, with `ok`. */
  readonly asJson: boolean;
  /** In words, ended by a line break; not called when the control plane said no. */
  readonly say: (body: Readonly<Record<string, unknown>>) => string;
}

/** Posts what a person asks for and shows what came of it; whether the control plane took it. */
export async function postOrder(
  resource: string,
  order: object,
  { asJson, say }: OrderDisplay,
  context: CliContext,
): Promise<boolean> {
  const answer = await postApi(resource, order, context);
  const body = recordOf(answer.body);
  if (asJson) context.out(`${JSON.stringify({ ok: answer.ok, ...body }, null, 2)}\n`);
  if (!answer.ok) context.log(printable(answer.message));
  else if (!asJson) context.out(say(body));
  return answer.ok;
}
