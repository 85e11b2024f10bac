import type { Json, JsonObject, Resource } from "../terraform/resource";
import type { ExternalCredential, FederatedIdentity } from "./decision";
import { type AccessModel, buildAccessModel } from "./model";

/** A small company for tests: one project, a GitHub pool, an AWS pool, a workforce pool and one account. */

export const githubPool = "projects/710/locations/global/workloadIdentityPools/github-01";
export const githubAudience = `//iam.googleapis.com/${githubPool}/providers/actions`;
export const awsPool = "projects/710/locations/global/workloadIdentityPools/aws-01";
export const awsAudience = `//iam.googleapis.com/${awsPool}/providers/account`;
export const workforcePool = "locations/global/workforcePools/people-01";
export const workforceAudience = `//iam.googleapis.com/${workforcePool}/providers/entra`;
export const deployer = "deployer@ailab-dev.iam.gserviceaccount.com";
export const now = new Date("2026-06-01T12:00:00Z");

/** A resource as it is applied. */
export function resource(address: string, values: JsonObject): Resource {
  const [type = "", name = ""] = address.split(".");
  return { stack: "dev", address, type, name, values };
}

export const githubClaims = {
  iss: "https://token.actions.githubusercontent.com",
  sub: "repo:ailab/data:ref:refs/heads/main",
  repository_id: "712345678",
  repository_owner_id: "58213377",
  ref: "refs/heads/main",
  ref_type: "branch",
};

const provider = (pool: string, id: string, values: Readonly<Record<string, Json>>): JsonObject => ({
  project: "ailab-dev",
  name: `${pool}/providers/${id}`,
  ...values,
});

/** Changes to the fixture, by address: other values, or undefined for a resource that is not there. */
export type Changes = Readonly<Record<string, Readonly<Record<string, Json | undefined>> | undefined>>;

const company: Readonly<Record<string, JsonObject>> = {
  "google_iam_workload_identity_pool.github": { project: "ailab-dev", name: githubPool, state: "ACTIVE" },
  "google_iam_workload_identity_pool_provider.github": provider(githubPool, "actions", {
    oidc: { issuer_uri: githubClaims.iss },
    attribute_mapping: {
      "google.subject": "assertion.sub",
      "attribute.repository_id": "assertion.repository_id",
      "attribute.ref": "assertion.ref",
    },
    attribute_condition: "assertion.repository_id == '712345678' && assertion.ref == 'refs/heads/main'",
  }),
  "google_iam_workload_identity_pool.aws": { project: "ailab-dev", name: awsPool },
  "google_iam_workload_identity_pool_provider.aws": provider(awsPool, "account", {
    aws: [{ account_id: "210987654321" }],
  }),
  "google_iam_workforce_pool.people": { name: workforcePool },
  "google_iam_workforce_pool_provider.people": {
    name: `${workforcePool}/providers/entra`,
    oidc: [{ issuer_uri: "https://login.microsoftonline.com/tenant/v2.0", client_id: "client" }],
    attribute_mapping: {
      "google.subject": "assertion.oid",
      "google.groups": "assertion.groups",
      "google.email": "assertion.email",
      "google.display_name": "assertion.name",
    },
    attribute_condition: "assertion.tid == 'tenant' && 'staff' in google.groups",
  },
  "google_service_account.deployer": {
    project: "ailab-dev",
    email: deployer,
    name: `projects/ailab-dev/serviceAccounts/${deployer}`,
    unique_id: "100000000000000000001",
    disabled: false,
  },
  "google_service_account_iam_member.become": {
    service_account_id: `projects/ailab-dev/serviceAccounts/${deployer}`,
    role: "roles/iam.workloadIdentityUser",
    member: `principalSet://iam.googleapis.com/${githubPool}/attribute.repository_id/712345678`,
  },
};

/** The resources of the company, changed and with others added. */
export function companyResources(changes: Changes = {}): Resource[] {
  const addresses = new Set([...Object.keys(company), ...Object.keys(changes)]);
  return [...addresses].flatMap((address) => {
    if (address in changes && changes[address] === undefined) return [];
    const merged = Object.entries({ ...company[address], ...changes[address] });
    const stated = merged.flatMap(([key, value]): [string, Json][] => (value === undefined ? [] : [[key, value]]));
    return [resource(address, Object.fromEntries(stated))];
  });
}

export const companyModel = (changes: Changes = {}): AccessModel => buildAccessModel(companyResources(changes));

/** An OpenID Connect credential of GitHub. */
export function githubCredential(
  claims: Readonly<Record<string, unknown>> = {},
  aud = `https:${githubAudience}`,
): ExternalCredential {
  return { kind: "oidc", issuer: githubClaims.iss, audiences: [aud], claims: { ...githubClaims, aud, ...claims } };
}

/** The identity that the GitHub provider makes of it. */
export const githubIdentity: FederatedIdentity = {
  kind: "federated",
  pool: githubPool,
  provider: `${githubPool}/providers/actions`,
  subject: githubClaims.sub,
  groups: [],
  attributes: { repository_id: "712345678", ref: "refs/heads/main" },
};

export const personClaims = {
  oid: "person",
  tid: "tenant",
  groups: ["staff", "desk"],
  email: "p@ailab.com",
  name: "P",
};

export function personCredential(claims: Readonly<Record<string, unknown>> = {}): ExternalCredential {
  return {
    kind: "oidc",
    issuer: "https://login.microsoftonline.com/tenant/v2.0",
    audiences: ["client"],
    claims: { ...personClaims, ...claims },
  };
}
