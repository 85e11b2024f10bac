import { z } from "zod";
import { tokenTypes } from "../../facts/token-exchange";
import type { Issuer } from "../access/federation";
import type { AccessModel } from "../access/model";
import type { Finding } from "./finding";
import { findingOf } from "./finding-of";

const source = z.looseObject({
  file: z.string().optional(),
  url: z.string().optional(),
  executable: z.unknown().optional(),
  environment_id: z.string().optional(),
  certificate: z.unknown().optional(),
});

/** A credential configuration of an external account (google.aip.dev/auth/4117). */
const configuration = z.looseObject({
  type: z.literal("external_account"),
  universe_domain: z.string().optional(),
  audience: z.string(),
  subject_token_type: z.string(),
  token_url: z.string(),
  service_account_impersonation_url: z.string().optional(),
  service_account_impersonation: z.looseObject({ token_lifetime_seconds: z.number().optional() }).optional(),
  workforce_pool_user_project: z.string().optional(),
  credential_source: source,
});

export type CredentialConfiguration = z.output<typeof configuration>;

export type ReadConfiguration =
  | { readonly ok: true; readonly configuration: CredentialConfiguration }
  | { readonly ok: false; readonly findings: readonly Finding[] };

/** Names the field, never its value: a key file given by mistake holds a secret. */
export function readCredentialConfiguration(text: string): ReadConfiguration {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return { ok: false, findings: [findingOf("configuration-kind", "The credential configuration is not JSON")] };
  }
  const parsed = configuration.safeParse(document);
  if (parsed.success) return { ok: true, configuration: parsed.data };
  const type = z.object({ type: z.string() }).safeParse(document).data?.type;
  const what =
    type === "service_account"
      ? "The file is a service-account key"
      : type === "authorized_user" || type === "external_account_authorized_user"
        ? "The file is a person's sign-in"
        : `The credential configuration has no usable ${parsed.error.issues[0]?.path.join(".") || "content"}`;
  return { ok: false, findings: [findingOf("configuration-kind", what)] };
}

const audienceForm =
  /^\/\/iam\.googleapis\.com\/((?:projects\/([^/]+)\/locations\/global\/workloadIdentityPools|locations\/global\/workforcePools)\/[^/]+)(\/providers\/[^/]+)?$/;

/** What is wrong with a credential configuration, by itself and in a model. Addresses in it are not called. */
export function checkConfiguration(config: CredentialConfiguration, model: AccessModel): readonly Finding[] {
  return [
    ...audience(config, model),
    ...addresses(config),
    ...tokenType(config, model),
    ...sourceFindings(config),
    ...impersonation(config, model),
  ];
}

function audience(
  { audience: stated, workforce_pool_user_project: project }: CredentialConfiguration,
  model: AccessModel,
) {
  const found: Finding[] = [];
  if (/^https?:/.test(stated)) found.push(findingOf("invalid-audience", "audience begins with a scheme"));
  const [, pool, projectName, provider] = audienceForm.exec(stated.replace(/^https?:/, "")) ?? [];
  if (pool === undefined) return [...found, findingOf("invalid-audience", "audience is not a provider's full name")];
  if (provider === undefined) return [...found, findingOf("invalid-audience", "audience ends at the pool")];
  if (projectName !== undefined && !/^[0-9]+$/.test(projectName))
    return [...found, findingOf("project-id-in-audience", "audience names the project by its id")];
  if (projectName === undefined && project === undefined)
    found.push(findingOf("user-project-missing", "workforce_pool_user_project is not there"));
  const name = `${pool}${provider}`;
  const known = model.providers.get(name);
  if (known === undefined)
    found.push(
      findingOf(model.pools.get(pool)?.disabled ? "pool-disabled" : "provider-absent", `${name} is not declared here`),
    );
  else if (known.disabled) found.push(findingOf("provider-disabled", `${known.address} is disabled`));
  else if (model.pools.get(pool)?.disabled) found.push(findingOf("pool-disabled", `${pool} is disabled`));
  return found;
}

const googleDomain = "googleapis.com";

/** The token goes to these addresses. Source: cloud.google.com/iam/docs/workload-identity-federation#external-credentials-validation. */
function addresses(config: CredentialConfiguration): readonly Finding[] {
  const { universe_domain: domain = googleDomain, service_account_impersonation_url: url } = config;
  return [
    ...(domain === googleDomain
      ? []
      : [findingOf("configuration-address", "universe_domain is not googleapis.com", "likely")]),
    ...(isGoogles(config.token_url, "sts")
      ? []
      : [findingOf("configuration-address", "token_url is not Google's token service")]),
    ...(url === undefined || isGoogles(url, "iamcredentials")
      ? []
      : [findingOf("configuration-address", "service_account_impersonation_url is not Google's IAM Credentials")]),
  ];
}

/** The service's host, that for mutual TLS, or one of a region. */
function isGoogles(text: string, service: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, port } = new URL(text);
  const between = hostname.slice(service.length, -googleDomain.length);
  return (
    protocol === "https:" &&
    username === "" &&
    port === "" &&
    hostname.startsWith(service) &&
    hostname.endsWith(googleDomain) &&
    /^\.(mtls\.|[a-z0-9-]+\.rep\.)?$/.test(between)
  );
}

const wantedTypes: Readonly<Record<Issuer["kind"], readonly string[]>> = {
  oidc: [tokenTypes.jwt, tokenTypes.idToken],
  aws: [tokenTypes.awsRequest],
  x509: [tokenTypes.mutualTls],
  saml: [tokenTypes.saml2],
};

function tokenType(
  { audience: stated, subject_token_type: type, token_url: url }: CredentialConfiguration,
  model: AccessModel,
) {
  const provider = model.providers.get(stated.replace(/^(https:)?\/\/iam\.googleapis\.com\//, ""));
  if (provider === undefined) return [];
  const found: Finding[] = [];
  if (!wantedTypes[provider.issuer.kind].includes(type))
    found.push(findingOf("configuration-token-type", `${provider.address} is a provider for ${provider.issuer.kind}`));
  if (provider.issuer.kind === "x509" && !/^https:\/\/sts\.mtls\./.test(url))
    found.push(findingOf("configuration-token-type", "certificates are exchanged at sts.mtls.googleapis.com"));
  return found;
}

function sourceFindings({ credential_source: from }: CredentialConfiguration): readonly Finding[] {
  const given = [from.file, from.url, from.executable, from.environment_id, from.certificate].filter(
    (one) => one !== undefined,
  );
  // AWS has an environment and addresses beside it.
  const several =
    given.length > 1 && !(given.length === 2 && from.environment_id !== undefined && from.url !== undefined);
  if (given.length === 0) return [findingOf("configuration-source", "credential_source names no source")];
  if (several) return [findingOf("configuration-source", "credential_source names several sources")];
  return from.executable === undefined
    ? []
    : [findingOf("executable-not-allowed", "the token is made by a program", "possible")];
}

function impersonation(config: CredentialConfiguration, model: AccessModel): readonly Finding[] {
  const url = config.service_account_impersonation_url;
  if (url === undefined) return [];
  const email = /\/v1\/projects\/-\/serviceAccounts\/([^/:]+):generateAccessToken$/.exec(url)?.[1];
  if (email === undefined)
    return [
      findingOf(
        "account-absent",
        "service_account_impersonation_url has another form than …/v1/projects/-/serviceAccounts/EMAIL:generateAccessToken",
      ),
    ];
  const seconds = config.service_account_impersonation?.token_lifetime_seconds;
  const lifetime =
    seconds !== undefined && seconds > 3600
      ? [findingOf("lifetime-too-long", "token_lifetime_seconds is above 3600", "likely")]
      : [];
  const account = model.accounts.get(email);
  if (account === undefined)
    return [...lifetime, findingOf("account-absent", `${email} is not declared here`, "likely")];
  if (account.disabled) return [...lifetime, findingOf("account-absent", `${email} is disabled`)];
  const pool = config.audience.replace(/^(https:)?\/\/iam\.googleapis\.com\//, "").replace(/\/providers\/[^/]*$/, "");
  const bound = (model.bindings.get(`serviceAccounts/${email}`) ?? []).some(({ member }) =>
    member.includes(`/${pool}/`),
  );
  return bound
    ? lifetime
    : [...lifetime, findingOf("not-bound", `no binding on ${email} names an identity of ${pool}`, "likely")];
}
