import { z } from "zod";
import { federationLimits } from "../../facts/federation-limits";
import { onlyBlock } from "../terraform/blocks";
import { isList } from "../terraform/path";
import type { Json, JsonObject, Resource } from "../terraform/resource";
import { type Unreadable, unreadable } from "./unreadable";

/** Who issues what a provider accepts, and for whom it has to be made out. */
export type Issuer =
  | { readonly kind: "oidc"; readonly issuer: string; readonly audiences: readonly string[] }
  | { readonly kind: "aws"; readonly account: string }
  /** PEM of the authorities that a client certificate has to come from; a text that is no PEM where it is not known yet. */
  | { readonly kind: "x509"; readonly trustAnchors: readonly string[]; readonly intermediates: readonly string[] }
  /** Named and not evaluated: what a SAML assertion says is not read here. */
  | { readonly kind: "saml" };

export type IssuerBlock = "oidc" | "aws" | "x509" | "saml";

const issuerUri = z.string().regex(/^https:\/\/\S+$/, "expected an https URL");
const workloadOidc = z.object({
  issuer_uri: issuerUri,
  allowed_audiences: z
    .array(z.string().max(federationLimits.audienceCharacters))
    .max(federationLimits.allowedAudiences)
    .nullish(),
});
const workforceOidc = z.object({ issuer_uri: issuerUri, client_id: z.string().min(1) });
const aws = z.object({ account_id: z.string().regex(/^[0-9]{12}$/, "expected an AWS account id") });

const blocks: readonly IssuerBlock[] = ["oidc", "aws", "x509", "saml"];

/** Which kind of issuer a provider's arguments name; undefined where it is none or several. */
export function issuerBlock({ values }: Resource): IssuerBlock | undefined {
  const [only, ...more] = blocks.filter((name) => onlyBlock(values[name]) !== undefined);
  return more.length === 0 ? only : undefined;
}

/**
 * Google's mapping for a provider that states none.
 * Source: cloud.google.com/iam/docs/workload-identity-federation#mapping, .../workload-identity-federation-with-x509-certificates.
 */
export const defaultMappings: Readonly<Partial<Record<IssuerBlock, JsonObject>>> = {
  aws: {
    "google.subject": "assertion.arn",
    "attribute.aws_role":
      "assertion.arn.contains('assumed-role') ? assertion.arn.extract('{account_arn}assumed-role/') + 'assumed-role/' + assertion.arn.extract('assumed-role/{role_name}/') : assertion.arn",
  },
  x509: { "google.subject": "assertion.subject.dn.cn" },
};

/** @param name of the provider, which is its own audience where it lists none */
export function workloadIssuer(resource: Resource, name: string): Issuer | Unreadable {
  const kind = issuerBlock(resource);
  const block = kind === undefined ? undefined : onlyBlock(resource.values[kind]);
  switch (kind) {
    case "aws": {
      const parsed = aws.safeParse(block);
      return parsed.success ? { kind, account: parsed.data.account_id } : unreadable(resource, parsed.error);
    }
    case "oidc": {
      const parsed = workloadOidc.safeParse(block);
      if (!parsed.success) return unreadable(resource, parsed.error);
      const { issuer_uri: issuer, allowed_audiences: allowed } = parsed.data;
      // With a list, the provider's own URL is no longer accepted.
      const own = `//iam.googleapis.com/${name}`;
      return { kind, issuer, audiences: allowed?.length ? allowed : [own, `https:${own}`] };
    }
    case "x509": {
      const store = onlyBlock(block?.["trust_store"]);
      const trustAnchors = certificatesOf(store?.["trust_anchors"]);
      if (trustAnchors.length === 0)
        return { address: resource.address, problem: "x509.trust_store: expected a trust anchor" };
      return { kind, trustAnchors, intermediates: certificatesOf(store?.["intermediate_cas"]) };
    }
    case "saml":
      return { kind };
    case undefined:
      return { address: resource.address, problem: "expected exactly one of the blocks oidc, aws, x509 and saml" };
  }
}

export function workforceIssuer(resource: Resource): Issuer | Unreadable {
  if (issuerBlock(resource) === "saml") return { kind: "saml" };
  const parsed = workforceOidc.safeParse(onlyBlock(resource.values["oidc"]));
  if (!parsed.success) return unreadable(resource, parsed.error);
  return { kind: "oidc", issuer: parsed.data.issuer_uri, audiences: [parsed.data.client_id] };
}

/** What stands for a certificate that is not known yet is no PEM, and so anchors nothing. */
function certificatesOf(value: Json | undefined): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  return (isList(value) ? value : [value]).flatMap((item) => {
    const certificate = onlyBlock(item)?.["pem_certificate"];
    return certificate === undefined || certificate === null
      ? []
      : [typeof certificate === "string" ? certificate : "not known before apply"];
  });
}
