import { z } from "zod";
import { evaluateImpersonation } from "../../analysis";
import { federationLimits } from "../../facts/federation-limits";
import { cloudPlatformScope } from "../../facts/google-endpoints";
import { googleApiErrors } from "../../facts/token-exchange";
import type { VirtualHost } from "../network/virtual-host";
import type { ResourceStore } from "../store/resource-store";
import { type ApiCall, apiHost, GoogleApiFailure, readJson } from "./api";
import { authenticate, identityName } from "./bearer";
import type { GoogleServices } from "./services";

type Permission = "iam.serviceAccounts.getAccessToken" | "iam.serviceAccounts.getOpenIdToken";

const callerScopes = [cloudPlatformScope, "https://www.googleapis.com/auth/iam"];

const accessTokenBody = z.object({
  scope: z.array(z.string().min(1).max(256)).min(1),
  /** google.protobuf.Duration. */
  lifetime: z
    .string()
    .regex(/^-?\d{1,12}(\.\d{1,9})?s$/)
    .optional(),
  delegates: z.array(z.string()).max(0).optional(),
});

const idTokenBody = z.object({
  audience: z.string().min(1),
  includeEmail: z.boolean().optional(),
  delegates: z.array(z.string()).max(0).optional(),
});

/**
 * iamcredentials.googleapis.com: generateAccessToken and generateIdToken.
 * Source: cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts.
 */
export function iamCredentialsHost(services: GoogleServices): VirtualHost {
  const method = (name: string, handle: (call: ApiCall) => Promise<unknown>) => ({
    verb: "POST" as const,
    path: new RegExp(`^/v1/projects/(?<project>[^/]+)/serviceAccounts/(?<account>[^/:]+):${name}$`),
    handle,
  });
  return apiHost("iamcredentials.googleapis.com", [
    method("generateAccessToken", (call) => generateAccessToken(services, call)),
    method("generateIdToken", (call) => generateIdToken(services, call)),
  ]);
}

async function generateAccessToken(services: GoogleServices, call: ApiCall): Promise<unknown> {
  const caller = requireCaller(services, call);
  const body = await readJson(call.request, accessTokenBody);
  const lifetime =
    body.lifetime === undefined ? federationLimits.impersonatedTokenSeconds : Number.parseFloat(body.lifetime);
  if (lifetime <= 0) throw refuse(services, caller, googleApiErrors.lifetimeNotPositive());
  if (lifetime > federationLimits.impersonatedTokenSeconds)
    throw refuse(services, caller, googleApiErrors.lifetimeTooLong());
  const account = impersonate(services, caller, "iam.serviceAccounts.getAccessToken");
  const expiresAt = new Date(Date.now() + lifetime * 1000);
  const accessToken = services.tokens.issue({
    identity: { kind: "service-account", email: account.email },
    expiresAt,
    scopes: body.scope,
  });
  return { accessToken, expireTime: expiresAt.toISOString().replace(/\.\d{3}Z$/, "Z") };
}

async function generateIdToken(services: GoogleServices, call: ApiCall): Promise<unknown> {
  const caller = requireCaller(services, call);
  const body = await readJson(call.request, idTokenBody);
  const account = impersonate(services, caller, "iam.serviceAccounts.getOpenIdToken");
  const token = await services.accounts.serviceAccountToken({
    uniqueId: account.uniqueId,
    email: account.email,
    audience: body.audience,
    includeEmail: body.includeEmail ?? false,
  });
  return { token };
}

interface Caller {
  readonly token: Extract<ReturnType<typeof authenticate>, { known: true }>["token"];
  /** E-mail address or unique id of the account asked for, as it stands in the path. */
  readonly account: string;
  readonly described: string;
}

function requireCaller(services: GoogleServices, call: ApiCall): Caller {
  const account = call.path["account"] ?? "";
  const described = `${call.request.method} ${new URL(call.request.url ?? "/", "http://host").pathname}`.slice(0, 256);
  const caller = authenticate(call.request, services.tokens, callerScopes);
  if (!caller.known) {
    services.decisions.record({
      by: "iamcredentials",
      request: described,
      outcome: "refused",
      reason: caller.error.message,
      explanation: caller.explanation,
    });
    throw new GoogleApiFailure(caller.error);
  }
  if (call.path["project"] !== "-") {
    const message = "The `-` wildcard character is required; replacing it with a project ID is invalid.";
    throw refuse(services, { token: caller.token, account, described }, googleApiErrors.invalidArgument(message));
  }
  return { token: caller.token, account, described };
}

function impersonate(services: GoogleServices, caller: Caller, permission: Permission): ServiceAccount {
  const account = findAccount(services.store, caller.account);
  const decision = evaluateImpersonation(
    services.accessModel(),
    caller.token.identity,
    account?.email ?? caller.account,
    permission,
    new Date(),
  );
  if (!decision.allowed) throw refuse(services, caller, decision.error, decision.explanation);
  // Without the account there is nothing to become, whatever a binding says.
  if (account === undefined) throw refuse(services, caller, googleApiErrors.permissionDenied(permission));
  services.decisions.record({
    by: "iamcredentials",
    request: caller.described,
    outcome: "allowed",
    reason: `${identityName(caller.token)} becomes ${account.email}`,
    explanation: decision.explanation,
  });
  return account;
}

function refuse(
  services: GoogleServices,
  caller: Caller,
  error: GoogleApiFailure["apiError"],
  explanation = `Asked by ${identityName(caller.token)}.`,
): GoogleApiFailure {
  services.decisions.record({
    by: "iamcredentials",
    request: caller.described,
    outcome: "refused",
    reason: error.message,
    explanation,
  });
  return new GoogleApiFailure(error);
}

interface ServiceAccount {
  readonly email: string;
  readonly uniqueId: string;
}

/** An enabled account by e-mail address or unique id. */
function findAccount(store: ResourceStore, name: string): ServiceAccount | undefined {
  const schema = z.object({ email: z.string(), unique_id: z.string(), disabled: z.boolean().nullish() });
  for (const resource of store.ofType("google_service_account")) {
    const parsed = schema.safeParse(resource.values);
    if (!parsed.success || (parsed.data.email !== name && parsed.data.unique_id !== name)) continue;
    if (parsed.data.disabled !== true) return { email: parsed.data.email, uniqueId: parsed.data.unique_id };
  }
  return undefined;
}
