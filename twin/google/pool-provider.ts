import { z } from "zod";
import { federationLimits } from "../../facts/federation-limits";
import type { ResourceStore } from "../store/resource-store";

const oidcBlock = z.object({ issuer_uri: z.string(), jwks_json: z.string().min(1).optional().catch(undefined) });
const providerValues = z.object({
  name: z.string(),
  /** Terraform JSON writes a block as an object or as a list of one. */
  oidc: z
    .union([oidcBlock, z.tuple([oidcBlock]).transform(([block]) => block)])
    .optional()
    .catch(undefined),
});

const audiencePrefix = "//iam.googleapis.com/";

/** What must be known of a provider before its rules are evaluated: whose keys to check with. */
export interface PoolProvider {
  /** Issuer of an OpenID Connect provider; absent for other kinds. */
  readonly issuer?: string;
  /** Uploaded JWK set, as JSON. */
  readonly uploadedKeys?: string;
}

/** The workload or workforce provider that an audience names. */
export function findProvider(store: ResourceStore, audience: string): PoolProvider | undefined {
  if (!audience.startsWith(audiencePrefix)) return undefined;
  const name = audience.slice(audiencePrefix.length);
  for (const type of ["google_iam_workload_identity_pool_provider", "google_iam_workforce_pool_provider"]) {
    const resource = store.find(type, ({ values }) => values["name"] === name);
    if (resource === undefined) continue;
    const { oidc } = providerValues.parse(resource.values);
    return {
      ...(oidc === undefined ? {} : { issuer: oidc.issuer_uri }),
      ...(oidc?.jwks_json === undefined ? {} : { uploadedKeys: oidc.jwks_json }),
    };
  }
  return undefined;
}

/** Seconds: the longest life of a federated token of a pool. A workforce session may be shorter than Google's hour. */
export function sessionSeconds(store: ResourceStore, pool: string): number {
  const resource = store.find("google_iam_workforce_pool", ({ values }) => values["name"] === pool);
  const duration = /^(\d+)s$/.exec(String(resource?.values["session_duration"] ?? ""))?.[1];
  const session = duration === undefined ? federationLimits.federatedTokenSeconds : Number(duration);
  return Math.min(session, federationLimits.federatedTokenSeconds);
}
