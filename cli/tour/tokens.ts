import { randomBytes } from "node:crypto";
import { decodeJwt, decodeProtectedHeader } from "jose";
import { z } from "zod";
import { people } from "../../environments/people";
import type { Environment } from "../../environments/schema";
import { entraIssuer as entraIssuerUri, entraLoginOrigin, entraTokenEndpoint } from "../../facts/entra";
import { workforceSignInCallback } from "../../facts/google-endpoints";
import { forkPullRequest, Issuer, kubernetesClaims, type Twin, type WorkflowRun } from "../../twin";
import { Browser } from "./browser";
import type { TourContext } from "./context";

/** External tokens of the tour: good ones as their issuers give them, and ones with exactly one thing wrong. */

export type Alteration = "expired" | "wrong-audience" | "wrong-issuer" | "bad-signature";

/** A run of the company's repository; every environment that trusts GitHub trusts the same one. */
function run({ environments }: TourContext): WorkflowRun {
  const github = Object.values(environments).find(({ federation }) => federation.github !== undefined)?.federation
    .github;
  if (github === undefined) throw new Error("no environment names a GitHub repository");
  const [ownerName = ""] = github.repositoryName.split("/");
  return {
    repositoryId: github.repositoryId,
    repositoryName: github.repositoryName,
    ownerId: github.ownerId,
    ownerName,
    ref: "refs/heads/main",
    eventName: "push",
  };
}

export function mainBranchToken(context: TourContext, audience: string): Promise<string> {
  return context.twin.github.tokenFor(run(context), audience);
}

export function forkPullRequestToken(context: TourContext, audience: string): Promise<string> {
  const pull = { number: 12, headRef: "main", baseRef: "main", actorName: "contributor", actorId: "90210001" };
  return context.twin.github.tokenFor(forkPullRequest(run(context), pull), audience);
}

export function otherRepositoryToken(context: TourContext, audience: string): Promise<string> {
  const base = run(context);
  return context.twin.github.tokenFor(
    { ...base, repositoryId: "712349999", repositoryName: `${base.ownerName}/playground` },
    audience,
  );
}

/** The projected token of a service account of the company's cluster; every environment that trusts a cluster trusts the same one. */
export function clusterToken({ twin, environments }: TourContext, audience: string): Promise<string> {
  const cluster = Object.values(environments).find(({ federation }) => federation.kubernetes !== undefined)?.federation
    .kubernetes;
  const [account] = cluster?.serviceAccounts ?? [];
  if (cluster === undefined || account === undefined) throw new Error("no environment names a Kubernetes cluster");
  const { namespace, name, uid = "0b8f6a11-5d5f-4f0e-9a51-2f1c7a3490c2" } = account;
  return twin
    .oidcIssuer(cluster.issuerUri)
    .tokenFor({ ...kubernetesClaims({ namespace, serviceAccount: { name, uid } }), aud: [audience] }, audience);
}

/** The ID token of a person of the company who signed in with Google Workspace. */
export function workspaceToken({ twin, environments }: TourContext, key: string): Promise<string> {
  const person = people.find((candidate) => candidate.key === key);
  const workspace = Object.values(environments).find(({ federation }) => federation.googleWorkspace !== undefined)
    ?.federation.googleWorkspace;
  if (person?.workspaceSubject === undefined || workspace === undefined)
    throw new Error(`${key} has no Workspace account`);
  return twin.googleAccounts.userToken(
    {
      subject: person.workspaceSubject,
      email: person.email,
      displayName: person.displayName,
      hostedDomain: workspace.hostedDomain,
    },
    workspace.oauthClientId,
  );
}

/** The same token with one thing wrong, signed by whoever would sign such a one. */
export function altered(twin: Twin, token: string, alteration: Alteration): Promise<string> {
  const { iss, ...claims } = decodeJwt(token);
  const { kid } = decodeProtectedHeader(token);
  const issuer = twin.issuers.find(iss ?? "");
  if (issuer === undefined) throw new Error("the token's issuer is not one of the twin's");
  const now = Math.floor(Date.now() / 1000);
  switch (alteration) {
    case "expired":
      return issuer.sign({ ...claims, iat: now - 7200, nbf: now - 7200, exp: now - 3600 });
    case "wrong-audience":
      return issuer.sign({ ...claims, aud: "https://example.com" });
    case "wrong-issuer": {
      const other = issuer === twin.github.issuer ? twin.googleAccounts.issuer : twin.github.issuer;
      return other.sign(claims);
    }
    case "bad-signature":
      return new Issuer(issuer.issuer).sign(claims, { header: { kid } });
  }
}

/** A token that the environment's broker pool would look at, with an object id longer than a subject may be. */
export async function overlongSubjectToken({
  twin,
  environment,
}: TourContext): Promise<{ audience: string; token: string }> {
  const { audience, resourceClientId } = brokerProvider(twin, environment);
  const objectId = "0".repeat(128);
  const token = await entraIssuer(twin, environment).sign({
    aud: resourceClientId,
    tid: environment.entra.tenantId,
    oid: objectId,
    sub: objectId,
    azp: resourceClientId,
    azpacr: "2",
    roles: ["Gcp.Federate"],
    ver: "2.0",
    idtyp: "app",
  });
  return { audience, token };
}

function brokerProvider(twin: Twin, environment: Environment): { audience: string; resourceClientId: string } {
  const provider = twin.store.find(
    "google_iam_workload_identity_pool_provider",
    ({ stack, values }) =>
      stack === environment.name &&
      JSON.stringify(values["oidc"] ?? null).includes(`${environment.entra.tenantId}/v2.0`),
  );
  const audiences = /"allowed_audiences":\["([^"]+)"\]/.exec(JSON.stringify(provider?.values["oidc"] ?? null));
  const name = provider?.values["name"];
  if (typeof name !== "string" || audiences?.[1] === undefined)
    throw new Error(`${environment.name} has no provider for Entra`);
  return { audience: `//iam.googleapis.com/${name}`, resourceClientId: audiences[1] };
}

function entraIssuer(twin: Twin, { entra }: Environment): Issuer {
  const issuer = twin.issuers.find(entraIssuerUri(entra.tenantId));
  if (issuer === undefined) throw new Error("the twin has no issuer for the Entra tenant");
  return issuer;
}

/** One or a list of one, as Terraform JSON writes a block of at most one. */
const block = <Schema extends z.ZodType>(schema: Schema) =>
  z.union([
    schema,
    z
      .array(schema)
      .length(1)
      .transform(([only]) => only),
  ]);

const workforceProvider = z.object({
  name: z.string(),
  provider_id: z.string(),
  oidc: block(
    z.object({
      client_id: z.string(),
      client_secret: block(z.object({ value: block(z.object({ plain_text: z.string() })) })),
    }),
  ),
});

/** The ID token of a person who logged in at Entra to the workforce pool's application, by the code flow (RFC 6749 §4.1). */
export async function workforceIdToken(
  { twin, environment }: TourContext,
  personKey: string,
): Promise<{ audience: string; token: string }> {
  const resource = twin.store.find("google_iam_workforce_pool_provider", ({ stack }) => stack === environment.name);
  const provider = workforceProvider.parse(resource?.values);
  const redirectUri = workforceSignInCallback(environment.workforce.poolId, provider.provider_id);
  const clientId = provider.oidc?.client_id ?? "";
  const query = new URLSearchParams({
    client_id: clientId,
    response_type: "code",
    redirect_uri: redirectUri,
    scope: "openid profile email",
    state: randomBytes(16).toString("base64url"),
    nonce: randomBytes(16).toString("base64url"),
  });
  const login = twin.origin(new URL(entraLoginOrigin).host);
  const browser = new Browser(twin.fetch, (url) => url.pathname === new URL(redirectUri).pathname);
  const page = await browser.open(`${login}/${environment.entra.tenantId}/oauth2/v2.0/authorize?${query}`);
  const end = await browser.submit(page, "person", personKey);
  const code = new URL(end.url).searchParams.get("code");
  if (code === null) throw new Error(`Entra gave no code: HTTP ${end.status}`);
  const response = await twin.fetch(`${login}${new URL(entraTokenEndpoint(environment.entra.tenantId)).pathname}`, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({
      grant_type: "authorization_code",
      code,
      redirect_uri: redirectUri,
      client_id: clientId,
      client_secret: provider.oidc?.client_secret?.value?.plain_text ?? "",
    }).toString(),
  });
  const { id_token: token } = z.object({ id_token: z.string() }).parse(await response.json());
  return { audience: `//iam.googleapis.com/${provider.name}`, token };
}
