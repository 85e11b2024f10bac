import { z } from "zod";
import { attributeKeyPattern, federationLimits } from "../../facts/federation-limits";
import { onlyBlock } from "../terraform/blocks";
import type { JsonObject, Resource } from "../terraform/resource";

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

/** Who issues what a provider accepts, and for whom it has to be made out. */
export type Issuer =
  | { readonly kind: "oidc"; readonly issuer: string; readonly audiences: readonly string[] }
  | { readonly kind: "aws"; readonly account: string };

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

/** What could not be read, and so grants nothing. */
export interface Unreadable {
  readonly address: string;
  readonly problem: string;
}

export const isUnreadable = (value: object): value is Unreadable => "problem" in value;

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
  attribute_condition: z.string().optional(),
  attribute_mapping: mappingOf(kind),
});

const issuerUri = z.string().regex(/^https:\/\/\S+$/, "expected an https URL");
const workloadProvider = z.object(common("workload"));
const workloadOidc = z.object({
  issuer_uri: issuerUri,
  allowed_audiences: z
    .array(z.string().max(federationLimits.audienceCharacters))
    .max(federationLimits.allowedAudiences)
    .default([]),
});
const aws = z.object({ account_id: z.string().regex(/^[0-9]{12}$/, "expected an AWS account id") });
const workforceProvider = z.object(common("workforce"));
const workforceOidc = z.object({ issuer_uri: issuerUri, client_id: z.string().min(1) });

/**
 * Google's mapping for an AWS provider that states none.
 * Source: cloud.google.com/iam/docs/workload-identity-federation#mapping.
 */
const defaultAwsMapping: JsonObject = {
  "google.subject": "assertion.arn",
  "attribute.aws_role":
    "assertion.arn.contains('assumed-role') ? assertion.arn.extract('{account_arn}assumed-role/') + 'assumed-role/' + assertion.arn.extract('assumed-role/{role_name}/') : assertion.arn",
};

/** A provider as Google would have created it; undefined for one that is deleted. */
export function providerOf(resource: Resource, kind: PoolKind): Provider | Unreadable | undefined {
  if (resource.values["state"] === "DELETED") return undefined;
  const values = new Map(Object.entries(resource.values));
  const awsBlock = onlyBlock(values.get("aws"));
  if (awsBlock !== undefined && kind === "workload" && values.get("attribute_mapping") === undefined)
    values.set("attribute_mapping", defaultAwsMapping);
  const parsed = (kind === "workload" ? workloadProvider : workforceProvider).safeParse(Object.fromEntries(values));
  if (!parsed.success) return unreadable(resource, parsed.error);
  const { name, disabled, attribute_mapping: mapping, attribute_condition: condition } = parsed.data;
  const issuer = kind === "workload" ? workloadIssuer(resource, name, awsBlock) : workforceIssuer(resource);
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
    ...(condition === undefined || condition === "" ? {} : { condition }),
  };
}

function workloadIssuer(resource: Resource, name: string, awsBlock: JsonObject | undefined): Issuer | Unreadable {
  const oidcBlock = onlyBlock(resource.values["oidc"]);
  if ((awsBlock === undefined) === (oidcBlock === undefined)) {
    return {
      address: resource.address,
      problem: "expected exactly one of the blocks oidc and aws; others are not evaluated",
    };
  }
  if (awsBlock !== undefined) {
    const parsed = aws.safeParse(awsBlock);
    return parsed.success ? { kind: "aws", account: parsed.data.account_id } : unreadable(resource, parsed.error);
  }
  const parsed = workloadOidc.safeParse(oidcBlock);
  if (!parsed.success) return unreadable(resource, parsed.error);
  const { issuer_uri: issuer, allowed_audiences: allowed } = parsed.data;
  // With a list, the provider's own URL is no longer accepted.
  const own = `//iam.googleapis.com/${name}`;
  return { kind: "oidc", issuer, audiences: allowed.length > 0 ? allowed : [own, `https:${own}`] };
}

function workforceIssuer(resource: Resource): Issuer | Unreadable {
  const parsed = workforceOidc.safeParse(onlyBlock(resource.values["oidc"]));
  if (!parsed.success) return unreadable(resource, parsed.error);
  return { kind: "oidc", issuer: parsed.data.issuer_uri, audiences: [parsed.data.client_id] };
}

export function unreadable({ address }: Resource, error: z.ZodError): Unreadable {
  const [issue] = error.issues;
  return { address, problem: `${issue?.path.join(".") || "its arguments"}: ${issue?.message ?? "not readable"}` };
}
