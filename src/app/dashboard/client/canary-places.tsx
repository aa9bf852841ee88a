import type { JSX } from "preact";
import type { CanaryPlace, PlaceSide } from "#app/api/canary-places.ts";
import { levelText } from "#domain/canary/metric-text.ts";

interface Column {
  readonly title: string;
  readonly text: (side: PlaceSide) => string;
}

const milliseconds = { kind: "gauge", unit: "ms", name: "" } as const;
const megabytes = { kind: "gauge", unit: "MB", name: "" } as const;
const share = { kind: "events", unit: "", name: "" } as const;

const columns: readonly Column[] = [
  { title: "Requests", text: ({ requests }) => String(requests) },
  { title: "Errors", text: ({ errors }) => levelText(share, errors) },
  { title: "Latency p95", text: ({ latencyP95Ms }) => levelText(milliseconds, latencyP95Ms) },
  { title: "CPU a request", text: ({ cpuMs }) => levelText(milliseconds, cpuMs) },
  { title: "Memory", text: ({ heapMb }) => levelText(megabytes, heapMb) },
];

/** Both sides at each place, baseline first. */
export function CanaryPlaces({
  title,
  places,
}: {
  title: string;
  places: readonly CanaryPlace[];
}): JSX.Element | null {
  if (places.length === 0) return null;
  return (
    <section class="canary-part">
      <h2>{title}</h2>
      <div class="canary-scroll">
        <table class="canary-table">
          <thead>
            <tr>
              <th scope="col">{title.replace("By ", "").replace(/^./, (letter) => letter.toUpperCase())}</th>
              {columns.map((column) => (
                <th key={column.title} scope="col">
                  {column.title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {places.map(({ name, sides }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                {columns.map((column) => (
                  <td key={column.title}>
                    {column.text(sides.baseline)} <span class="arrow">→</span>{" "}
                    <span class="of-canary">{column.text(sides.canary)}</span>
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
