import { z } from "zod";

const metadata = z.looseObject({ "//": z.looseObject({ metadata: z.looseObject({ path: z.string() }) }) });
const stack = z.looseObject({
  resource: z.record(z.string(), z.record(z.string(), z.record(z.string(), z.unknown()))).default({}),
});

/** What tells one resource from another at a glance; the rest is in the construct. */
const keyProperties = [
  "name",
  "account_id",
  "role",
  "member",
  "service",
  "workload_identity_pool_id",
  "attribute_condition",
  "dataset_id",
  "parent",
  "quota_id",
  "display_name",
  "policy_kind",
  "type",
];

/** The resources of a stack as YAML: path of the construct, type and key properties, in the order of the paths. */
export function inventoryOf(json: unknown): string {
  const resources = Object.entries(stack.parse(json).resource).flatMap(([type, named]) =>
    Object.values(named).map((values) => ({ path: metadata.parse(values)["//"].metadata.path, type, values })),
  );
  resources.sort((one, other) => (one.path < other.path ? -1 : 1));
  return resources
    .map(({ path, type, values }) => {
      const shown = keyProperties.flatMap((name) => {
        const value = values[name];
        return typeof value === "string" ? [`    ${name}: ${JSON.stringify(value)}`] : [];
      });
      return [
        `- construct: ${path}`,
        `  type: ${type}`,
        ...(shown.length === 0 ? [] : ["  properties:", ...shown]),
        "",
      ].join("\n");
    })
    .join("");
}
