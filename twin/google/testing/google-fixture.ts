import { z } from "zod";
import type { JsonObject, Resource } from "../../../analysis";
import { cloudPlatformScope } from "../../../facts/google-endpoints";
import { tokenExchangeGrantType, tokenTypes } from "../../../facts/token-exchange";
import { type Decision, DecisionLog } from "../../events";
import { Aws } from "../../issuers/aws";
import { createGitHubIssuer } from "../../issuers/github";
import { createGoogleAccounts } from "../../issuers/google-accounts";
import { Issuer, IssuerRegistry } from "../../issuers/issuer";
import { serveHost } from "../../issuers/testing/serve-host";
import { ResourceStore } from "../../store/resource-store";
import { createGoogleServices, googleHosts } from "../services";

export const project = { id: "ailab-data-dev", number: "710000000001" };
export const entraIssuerText = "https://login.microsoftonline.com/2f1c7a34-90c1-4c0b-8f5b-5d5f0b8f6a11/v2.0";
export const entraAudience = "11111111-aaaa-4aaa-aaaa-000000000001";
export const workforceClientId = "33333333-aaaa-4aaa-aaaa-000000000003";
export const workspaceClientId = "402918374650-k3yl355w0rk5pac3.apps.googleusercontent.com";

export const poolName = (pool: string): string =>
  `projects/${project.number}/locations/global/workloadIdentityPools/${pool}`;
export const providerName = (pool: string): string => `${poolName(pool)}/providers/${pool.split("-")[0]}`;
export const audienceOf = (pool: string): string => `//iam.googleapis.com/${providerName(pool)}`;
export const workforcePool = "locations/global/workforcePools/ailab-people-dev-01";
export const workforceAudience = `//iam.googleapis.com/${workforcePool}/providers/entra`;

export const account = (name: string, at = project): string => `${name}@${at.id}.iam.gserviceaccount.com`;
export const otherProject = { id: "ailab-data-prod", number: "710000000003" };

const bodySchema = z.record(z.string(), z.unknown());

const resource = (stack: string, type: string, name: string, values: JsonObject): Resource => ({
  stack,
  address: `${type}.${name}`,
  type,
  name,
  values,
});

/** What a dev environment with four issuers, and one account of prod, looks like when applied. */
export function googleResources(): Resource[] {
  const dev = (type: string, name: string, values: JsonObject) =>
    resource("dev", type, name, { project: project.id, ...values });
  const pool = (id: string, condition: string, mapping: JsonObject, kind: JsonObject): Resource[] => [
    dev("google_iam_workload_identity_pool", id, {
      workload_identity_pool_id: id,
      name: poolName(id),
      state: "ACTIVE",
    }),
    dev("google_iam_workload_identity_pool_provider", id, {
      workload_identity_pool_id: id,
      workload_identity_pool_provider_id: id.split("-")[0] ?? "",
      name: providerName(id),
      state: "ACTIVE",
      attribute_condition: condition,
      attribute_mapping: mapping,
      ...kind,
    }),
  ];
  const serviceAccount = (stack: string, name: string, at: typeof project) =>
    resource(stack, "google_service_account", name, {
      account_id: name,
      project: at.id,
      email: account(name, at),
      name: `projects/${at.id}/serviceAccounts/${account(name, at)}`,
      unique_id: `1${String(name.length).padStart(20, "0")}`,
      member: `serviceAccount:${account(name, at)}`,
    });
  const mayBecome = (name: string, target: string, member: string) =>
    dev("google_service_account_iam_member", name, {
      service_account_id: `projects/${project.id}/serviceAccounts/${account(target)}`,
      role: "roles/iam.workloadIdentityUser",
      member,
    });
  const dataset = (stack: string, id: string, at: typeof project) =>
    resource(stack, "google_bigquery_dataset", id, {
      dataset_id: id,
      project: at.id,
      location: "EU",
      id: `projects/${at.id}/datasets/${id}`,
      etag: "etag",
      creation_time: 1_767_225_600_000,
      last_modified_time: 1_767_225_600_000,
    });
  return [
    ...pool(
      "github-dev-01",
      "assertion.repository_id == '712345678' && assertion.repository_owner_id == '58213377' && assertion.ref_type == 'branch' && assertion.event_name != 'pull_request'",
      { "google.subject": "assertion.sub", "attribute.repository_id": "assertion.repository_id" },
      { oidc: [{ issuer_uri: "https://token.actions.githubusercontent.com" }] },
    ),
    ...pool(
      "entra-dev-01",
      "assertion.ver == '2.0'",
      { "google.subject": "assertion.oid" },
      { oidc: { issuer_uri: entraIssuerText, allowed_audiences: [entraAudience] } },
    ),
    ...pool(
      "workspace-dev-01",
      `assertion.azp == '${workspaceClientId}' && assertion.hd == 'ailab.com' && assertion.email_verified == true`,
      { "google.subject": "assertion.sub" },
      { oidc: [{ issuer_uri: "https://accounts.google.com", allowed_audiences: [workspaceClientId] }] },
    ),
    ...pool(
      "aws-dev-01",
      "assertion.arn.startsWith('arn:aws:sts::210987654321:assumed-role/asset-collector-dev/')",
      { "google.subject": "assertion.arn" },
      { aws: [{ account_id: "210987654321" }] },
    ),
    dev("google_iam_workforce_pool", "people", {
      workforce_pool_id: "ailab-people-dev-01",
      name: workforcePool,
      state: "ACTIVE",
      session_duration: "900s",
    }),
    dev("google_iam_workforce_pool_provider", "entra", {
      workforce_pool_id: "ailab-people-dev-01",
      provider_id: "entra",
      name: `${workforcePool}/providers/entra`,
      state: "ACTIVE",
      attribute_mapping: { "google.subject": "assertion.oid", "google.groups": "assertion.groups" },
      attribute_condition: "assertion.ver == '2.0'",
      oidc: [{ issuer_uri: entraIssuerText, client_id: workforceClientId }],
    }),
    serviceAccount("dev", "mcp-server-dev", project),
    serviceAccount("dev", "batch-job-dev", project),
    serviceAccount("prod", "mcp-server-prod", otherProject),
    mayBecome(
      "github",
      "mcp-server-dev",
      `principalSet://iam.googleapis.com/${poolName("github-dev-01")}/attribute.repository_id/712345678`,
    ),
    mayBecome("workspace", "mcp-server-dev", `principalSet://iam.googleapis.com/${poolName("workspace-dev-01")}/*`),
    mayBecome(
      "broker",
      "batch-job-dev",
      `principal://iam.googleapis.com/${poolName("entra-dev-01")}/subject/broker-oid`,
    ),
    mayBecome("aws", "mcp-server-dev", `principalSet://iam.googleapis.com/${poolName("aws-dev-01")}/*`),
    mayBecome("people", "mcp-server-dev", `principalSet://iam.googleapis.com/${workforcePool}/group/the-group`),
    dataset("dev", "dev_analytics", project),
    dataset("prod", "prod_analytics", otherProject),
    dev("google_bigquery_dataset_iam_member", "mcp-server", {
      dataset_id: "dev_analytics",
      role: "roles/bigquery.dataViewer",
      member: `serviceAccount:${account("mcp-server-dev")}`,
    }),
    dev("google_iam_oauth_client", "iap", {
      oauth_client_id: "iap-dev-01",
      location: "global",
      name: `projects/${project.id}/locations/global/oauthClients/iap-dev-01`,
      client_id: "f3b0c442-98fc-4c14-9afb-f4c8996fb924",
      client_type: "CONFIDENTIAL_CLIENT",
      allowed_redirect_uris: ["https://placeholder.invalid/"],
      allowed_scopes: [cloudPlatformScope],
      allowed_grant_types: ["AUTHORIZATION_CODE_GRANT"],
    }),
  ];
}

/** The services over the resources, each host on a port of its own. */
export async function startGoogle() {
  const store = new ResourceStore();
  const log = new DecisionLog();
  const decisions: Decision[] = [];
  log.subscribe((decision) => decisions.push(decision));
  const issuers = new IssuerRegistry();
  const github = createGitHubIssuer();
  const accounts = createGoogleAccounts();
  const entra = new Issuer(entraIssuerText);
  for (const issuer of [github.issuer, accounts.issuer, entra]) issuers.add(issuer);
  const aws = new Aws();
  const services = createGoogleServices({ store, issuers, accounts, aws, decisions: log });
  const served = new Map<string, Awaited<ReturnType<typeof serveHost>>>();
  for (const host of googleHosts(services)) served.set(host.hostname.split(".")[0] ?? "", await serveHost(host));
  const origin = (name: string): string => served.get(name)?.origin ?? "";

  const call = async (url: string, init: RequestInit = {}) => {
    const response = await fetch(url, init);
    const body = bodySchema.parse(await response.json());
    return {
      status: response.status,
      headers: response.headers,
      body,
      /** The token that was given out, whichever way the service calls it. */
      issued: String(body["access_token"] ?? body["accessToken"] ?? body["token"] ?? ""),
      description: String(body["error_description"] ?? ""),
    };
  };
  return {
    store,
    decisions,
    github,
    accounts,
    entra,
    aws,
    services,
    origin,
    call,
    /** Puts all resources back to what they were. */
    reset() {
      for (const one of store.all()) store.remove(one.stack, one.address);
      for (const one of googleResources()) store.put(one);
      decisions.length = 0;
    },
    /** Changes arguments of a resource of dev. */
    change(address: string, values: JsonObject) {
      const found = store.all().find((one) => one.address === address);
      if (found === undefined) throw new Error(`no ${address}`);
      store.put({ ...found, values: { ...found.values, ...values } });
    },
    exchange: (audience: string, subjectToken: string, fields: Record<string, string> = {}) =>
      call(`${origin("sts")}/v1/token`, {
        method: "POST",
        body: new URLSearchParams({
          grant_type: tokenExchangeGrantType,
          audience,
          scope: cloudPlatformScope,
          requested_token_type: tokenTypes.accessToken,
          subject_token: subjectToken,
          subject_token_type: tokenTypes.jwt,
          ...fields,
        }),
      }),
    become: (
      token: string,
      email: string,
      body: unknown = { scope: [cloudPlatformScope] },
      method = "generateAccessToken",
    ) =>
      call(`${origin("iamcredentials")}/v1/projects/-/serviceAccounts/${email}:${method}`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: typeof body === "string" ? body : JSON.stringify(body),
      }),
    readDataset: (token: string, at = project.id, dataset = "dev_analytics") =>
      call(`${origin("bigquery")}/bigquery/v2/projects/${at}/datasets/${dataset}`, {
        headers: { authorization: `Bearer ${token}` },
      }),
    mainBranch: (
      change: Partial<Parameters<typeof github.tokenFor>[0]> = {},
      audience = `https:${audienceOf("github-dev-01")}`,
    ) =>
      github.tokenFor(
        {
          repositoryId: "712345678",
          repositoryName: "ailab/data-platform",
          ownerId: "58213377",
          ownerName: "ailab",
          ref: "refs/heads/main",
          eventName: "push",
          ...change,
        },
        audience,
      ),
    close: async () => {
      for (const one of served.values()) await one.close();
    },
  };
}

export type Google = Awaited<ReturnType<typeof startGoogle>>;
