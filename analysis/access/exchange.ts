import type { CelInput } from "@bufbuild/cel";
import { type TokenExchangeError, tokenExchangeErrors } from "../../facts/token-exchange";
import { claimsToCel, UnreadableClaimsError } from "../cel/claims";
import { evaluateCondition } from "./attribute-condition";
import { identityOf, mapAttributes } from "./attribute-mapping";
import type { ExchangeDecision, ExternalCredential } from "./decision";
import type { Provider } from "./federation";
import type { AccessModel } from "./model";

const audiencePattern =
  /^\/\/iam\.googleapis\.com\/((?:projects\/[0-9]+\/locations\/global\/workloadIdentityPools|locations\/global\/workforcePools)\/[a-z0-9-]+)\/providers\/[a-z0-9-]+$/;

const refused = (error: TokenExchangeError, explanation: string, refusedBy?: string): ExchangeDecision => ({
  admitted: false,
  error,
  explanation,
  ...(refusedBy === undefined ? {} : { refusedBy }),
});

/**
 * Whether a provider admits a credential, and as whom: what Google's Security Token Service decides after it has
 * checked the signature and the times. Source: cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token.
 * @param audience full name of the provider, `//iam.googleapis.com/projects/N/locations/global/workloadIdentityPools/P/providers/PR`
 *   or `//iam.googleapis.com/locations/global/workforcePools/P/providers/PR`
 */
export function evaluateExchange(
  model: AccessModel,
  audience: string,
  credential: ExternalCredential,
): ExchangeDecision {
  const match = audiencePattern.exec(audience);
  if (match === null) {
    return refused(
      tokenExchangeErrors.invalidAudience(),
      "The audience has to be the full name of a provider, beginning with //iam.googleapis.com/ and without https:.",
    );
  }
  const [, poolName = ""] = match;
  const name = audience.slice("//iam.googleapis.com/".length);
  const pool = model.pools.get(poolName);
  const provider = model.providers.get(name);
  const missing =
    pool === undefined
      ? `There is no pool ${poolName}`
      : provider === undefined
        ? `Pool ${poolName} has no such provider`
        : undefined;
  if (pool === undefined || provider === undefined) {
    return refused(tokenExchangeErrors.invalidTarget(), `${missing}${unreadableNote(model)}.`);
  }
  if (pool.disabled) return refused(tokenExchangeErrors.invalidTarget(), `Pool ${pool.address} is disabled.`);
  if (provider.disabled)
    return refused(tokenExchangeErrors.invalidTarget(), `Provider ${provider.address} is disabled.`);
  return issuerRefusal(provider, credential) ?? evaluateClaims(provider, credential.claims);
}

function unreadableNote({ unreadable }: AccessModel): string {
  const federation = unreadable.filter(({ address }) => /^google_iam_work(load_identity|force)_pool/.test(address));
  return federation.length === 0
    ? ""
    : `; not read were ${federation.map(({ address, problem }) => `${address} (${problem})`).join(", ")}`;
}

/** Google takes `https://sts.windows.net/TENANT` and `https://sts.windows.net/TENANT/` for the same issuer. */
const withoutTrailingSlash = (issuer: string): string => (issuer.endsWith("/") ? issuer.slice(0, -1) : issuer);

function issuerRefusal(provider: Provider, credential: ExternalCredential): ExchangeDecision | undefined {
  const { issuer } = provider;
  if (issuer.kind === "aws") {
    if (credential.kind !== "aws")
      return refused(
        tokenExchangeErrors.badAwsRequest(),
        `Provider ${provider.address} takes signed AWS requests only.`,
      );
    if (credential.claims.account === issuer.account) return undefined;
    return refused(
      tokenExchangeErrors.badAwsRequest(),
      `Provider ${provider.address} takes AWS account ${issuer.account}, not ${credential.claims.account}.`,
    );
  }
  if (issuer.kind === "saml") {
    return refused(
      tokenExchangeErrors.unparsable(),
      `Provider ${provider.address} takes SAML assertions, which are not evaluated here.`,
    );
  }
  if (issuer.kind === "x509") {
    if (credential.kind === "x509") return undefined;
    return refused(tokenExchangeErrors.unparsable(), `Provider ${provider.address} takes client certificates only.`);
  }
  if (credential.kind !== "oidc")
    return refused(tokenExchangeErrors.unparsable(), `Provider ${provider.address} takes OpenID Connect tokens only.`);
  if (withoutTrailingSlash(credential.issuer) !== withoutTrailingSlash(issuer.issuer)) {
    return refused(
      tokenExchangeErrors.issuerMismatch(credential.issuer),
      `Provider ${provider.address} takes tokens of ${issuer.issuer}.`,
    );
  }
  if (!credential.audiences.some((audience) => issuer.audiences.includes(audience))) {
    const expected = issuer.audiences.join(" or ");
    return refused(
      tokenExchangeErrors.audienceMismatch(credential.audiences.join(", ")),
      `Provider ${provider.address} takes tokens made out for ${expected}.`,
    );
  }
  return undefined;
}

function evaluateClaims(provider: Provider, claims: Readonly<Record<string, unknown>>): ExchangeDecision {
  let assertion: CelInput;
  try {
    assertion = claimsToCel(claims);
  } catch (error) {
    if (!(error instanceof UnreadableClaimsError)) throw error;
    return refused(tokenExchangeErrors.unparsable(), `The credential's claims cannot be evaluated: ${error.message}.`);
  }
  const mapping = mapAttributes(provider, assertion);
  if (!mapping.ok) return refused(mapping.error, mapping.explanation);
  if (provider.condition !== undefined) {
    const condition = evaluateCondition(provider.condition, claims, assertion, mapping.mapped);
    if (!condition.ok)
      return refused(
        tokenExchangeErrors.conditionRejected(),
        `${provider.address}: ${condition.explanation}`,
        condition.refusedBy,
      );
  }
  return {
    admitted: true,
    identity: identityOf(provider, mapping.mapped),
    explanation:
      provider.condition === undefined
        ? `Provider ${provider.address} admits every credential of its issuer: it has no condition.`
        : `Provider ${provider.address} admits the credential: its condition is true.`,
  };
}
