import { z } from "zod";
import { attributeKeyPattern, federationLimits } from "../../facts/federation-limits";
import type { Json, Resource } from "../terraform/resource";
import { isUnknown } from "../terraform/unknown-value";
import { defaultMappings, type Issuer, issuerBlock, workforceIssuer, workloadIssuer } from "./issuer";
import { isUnreadable, type Unreadable, unreadable } from "./unreadable";

export type { Issuer } from "./issuer";
export { isUnreadable, type Unreadable, unreadable } from "./unreadable";

/** A workload or workforce identity pool. */
export interface Pool {
  readonly address: string;
  /** Stack that declares it. */
  readonly stack: string;
  readonly kind: PoolKind;
  /** `projects/N/locations/global/workloadIdentityPools/P` or `locations/global/workforcePools/P`. */
  readonly name: string;
  readonly disabled: boolean;
}

export type PoolKind = "workload" | "workforce";

export interface Provider {
  readonly address: string;
  /** Stack that declares it. */
  readonly stack: string;
  /** Name of the pool, `/providers/` and the provider's id. */
  readonly name: string;
  readonly pool: string;
  readonly kind: PoolKind;
  readonly disabled: boolean;
  readonly issuer: Issuer;
  /** Target attribute, such as google.subject or attribute.repository_id, to CEL expression. */
  readonly mapping: ReadonlyMap<string, string>;
  readonly condition?: string;
}

// Terraform converts the words to truth values. Anything else is not read as "enabled".
const flag = z.union([z.boolean(), z.enum(["true", "false"]).transform((word) => word === "true")]).default(false);
const workloadPool = z.object({
  name: z.string().regex(/^projects\/[0-9]+\/locations\/global\/workloadIdentityPools\/[a-z0-9-]+$/),
  disabled: flag,
});
const workforcePool = z.object({
  name: z.string().regex(/^locations\/global\/workforcePools\/[a-z0-9-]+$/),
  disabled: flag,
});

/** A pool; undefined for one that is deleted. */
export function poolOf(resource: Resource, kind: PoolKind): Pool | Unreadable | undefined {
  if (resource.values["state"] === "DELETED") return undefined;
  const parsed = (kind === "workload" ? workloadPool : workforcePool).safeParse(resource.values);
  if (!parsed.success) return unreadable(resource, parsed.error);
  return { address: resource.address, stack: resource.stack, kind, ...parsed.data };
}

const expression = z
  .string()
  .min(1)
  .max(
    federationLimits.mappingExpressionCharacters,
    `expected at most ${federationLimits.mappingExpressionCharacters} characters`,
  );
const fixedTargets: Readonly<Record<PoolKind, readonly string[]>> = {
  workload: ["google.subject", "google.groups"],
  workforce: [
    "google.subject",
    "google.groups",
    "google.display_name",
    "google.email",
    "google.profile_photo",
    "google.posix_username",
  ],
};

/** What Google admits as a mapping: its targets, their number and the length of each expression. */
const mappingOf = (kind: PoolKind) =>
  z.record(z.string(), expression).superRefine((mapping, context) => {
    const custom = Object.keys(mapping).filter((key) => !fixedTargets[kind].includes(key));
    for (const key of custom) {
      const valid = key.startsWith("attribute.") && attributeKeyPattern.test(key.slice("attribute.".length));
      if (!valid) context.addIssue({ code: "custom", path: [key], message: "not an attribute that can be mapped" });
    }
    if (custom.length > federationLimits.customAttributes) {
      context.addIssue({
        code: "custom",
        message: `expected at most ${federationLimits.customAttributes} custom attributes`,
      });
    }
    if (!Object.hasOwn(mapping, "google.subject"))
      context.addIssue({ code: "custom", message: "expected google.subject" });
  });

const common = (kind: PoolKind) => ({
  name: z.string(),
  disabled: flag,
  attribute_condition: z.string().nullish(),
  attribute_mapping: mappingOf(kind),
});

const workloadProvider = z.object(common("workload"));
const workforceProvider = z.object(common("workforce"));

const isEmpty = (mapping: Json | undefined): boolean =>
  mapping === undefined ||
  mapping === null ||
  (typeof mapping === "object" && !isUnknown(mapping) && Object.keys(mapping).length === 0);

/** A provider as Google would have created it; undefined for one that is deleted. */
export function providerOf(resource: Resource, kind: PoolKind): Provider | Unreadable | undefined {
  if (resource.values["state"] === "DELETED") return undefined;
  const values = new Map(Object.entries(resource.values));
  const block = issuerBlock(resource);
  const usual = block === undefined || kind === "workforce" ? undefined : defaultMappings[block];
  if (usual !== undefined && isEmpty(values.get("attribute_mapping"))) values.set("attribute_mapping", usual);
  const parsed = (kind === "workload" ? workloadProvider : workforceProvider).safeParse(Object.fromEntries(values));
  if (!parsed.success) return unreadable(resource, parsed.error);
  const { name, disabled, attribute_mapping: mapping, attribute_condition: condition } = parsed.data;
  const issuer = kind === "workload" ? workloadIssuer(resource, name) : workforceIssuer(resource);
  if (isUnreadable(issuer)) return issuer;
  return {
    address: resource.address,
    stack: resource.stack,
    name,
    pool: name.replace(/\/providers\/[^/]+$/, ""),
    kind,
    disabled,
    issuer,
    mapping: new Map(Object.entries(mapping)),
    ...(condition === undefined || condition === null || condition === "" ? {} : { condition }),
  };
}
