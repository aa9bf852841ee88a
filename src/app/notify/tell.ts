import type { Notice } from "#domain/notify/notice.ts";
import type { ReconcilerContext } from "#app/reconciler/context.ts";

/** Puts a notice on its way to the endpoints of fleet.yaml that want its kind. Known ones are not told twice. */
export async function tell(
  { records, fleet }: Pick<ReconcilerContext, "records" | "fleet">,
  notice: Notice,
): Promise<void> {
  const endpoints = (await fleet.current())?.fleet.notify ?? [];
  const interested = endpoints.filter(({ events }) => events === null || events.includes(notice.kind));
  if (interested.length === 0) return;
  await records.addNotice(
    notice,
    interested.map(({ name }) => name),
  );
}
