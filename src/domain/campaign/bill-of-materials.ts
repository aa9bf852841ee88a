import type { Library } from "#domain/ports.ts";
import type { Digest } from "#schemas/types.ts";

/** What a revision contains, in the CycloneDX format, version 1.6. Source: cyclonedx.org/docs/1.6/json. */
export interface BillOfMaterials {
  readonly bomFormat: "CycloneDX";
  readonly specVersion: "1.6";
  readonly version: 1;
  readonly metadata: {
    readonly component: {
      readonly type: "application";
      readonly name: string;
      readonly version: string;
      readonly "bom-ref": string;
    };
  };
  readonly components: readonly {
    readonly type: "library";
    readonly name: string;
    readonly version: string;
    readonly purl: string;
    readonly "bom-ref": string;
  }[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[];
}

/** Equal for equal revisions: it holds no time and no chance. */
export function billOfMaterials(
  script: { readonly name: string; readonly version: string },
  digest: Digest,
  libraries: readonly Library[],
): BillOfMaterials {
  const components = libraries
    .map(({ name, version, direct }) => ({ name, version, direct, purl: packageUrl(name, version) }))
    .toSorted((a, b) => (a.purl < b.purl ? -1 : 1));
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: {
      component: { type: "application", name: script.name, version: script.version, "bom-ref": digest },
    },
    components: components.map(({ name, version, purl }) => ({
      type: "library",
      name,
      version,
      purl,
      "bom-ref": purl,
    })),
    dependencies: [
      { ref: digest, dependsOn: components.filter(({ direct }) => direct).map(({ purl }) => purl) },
      ...components.map(({ purl }) => ({ ref: purl })),
    ],
  };
}

/** "pkg:npm/%40acme/kit@1.2.3". Source: github.com/package-url/purl-spec, type npm. */
function packageUrl(name: string, version: string): string {
  const path = name.split("/").map(encodeURIComponent).join("/");
  return `pkg:npm/${path}@${encodeURIComponent(version)}`;
}
