import { aadstsExplanations } from "../../facts/aadsts";
import { googleApiErrors, type TokenExchangeError, tokenExchangeErrors } from "../../facts/token-exchange";
import { type CauseId, causes } from "./causes";
import type { Finding } from "./finding";

/** What stands where Google's text has a value. */
const hole = "\u0000";

/** The words of an error as a pattern, with anything in place of its values. */
function wordsOf(text: string): RegExp {
  const parts = text
    .replace(/\.$/, "")
    .split(hole)
    .map((part) =>
      part
        .replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
        .replace(/\s+/g, "\\s+")
        // A text inside a text: JSON and Python put backslashes before quotes.
        .replace(/["']/g, "\\\\*[\"']"),
    );
  // Bounded: an error text may come from anywhere.
  return new RegExp(parts.join(".{0,600}?"), "is");
}

const wordsOfExchange = (error: TokenExchangeError): RegExp => wordsOf(error.errorDescription);

export interface KnownError {
  /** As it is told of. */
  readonly what: string;
  readonly pattern: RegExp;
  /** The usual cause first. */
  readonly causes: readonly CauseId[];
}

const becoming = "The account may not be become";
const missingRight = "A right is missing";

const { permissionDenied, lifetimeTooLong, lifetimeNotPositive, unauthenticated } = googleApiErrors;
const sts = tokenExchangeErrors;

/**
 * Every error of Google's token service, of IAM Credentials and of what stands around them that is recognized by its words.
 * The texts are those of facts/token-exchange where that has them.
 */
export const knownErrors: readonly KnownError[] = [
  {
    what: "The token service does not take the token's issuer",
    pattern: wordsOfExchange(sts.issuerMismatch(hole)),
    causes: ["issuer-mismatch", "issuer-version", "provider-absent"],
  },
  {
    what: "The token service does not take the token's audience",
    pattern: wordsOfExchange(sts.audienceMismatch(hole)),
    causes: ["audience-mismatch", "audience-version"],
  },
  {
    what: "The token is stale",
    pattern: wordsOfExchange(sts.stale(hole)),
    causes: ["token-expired", "clock-skew"],
  },
  {
    what: "The token's signature does not verify",
    pattern: wordsOfExchange(sts.badSignature()),
    causes: ["signature", "algorithm"],
  },
  {
    what: "The token service does not reach the issuer",
    pattern: wordsOfExchange(sts.issuerUnreachable()),
    causes: ["issuer-unreachable", "signature"],
  },
  {
    what: "The token service cannot read the token",
    pattern: wordsOfExchange(sts.unparsable()),
    causes: ["unparsable-token"],
  },
  {
    what: "AWS refuses the signed request",
    pattern: wordsOfExchange(sts.badAwsRequest()),
    causes: ["aws-request", "aws-account", "clock-skew"],
  },
  {
    what: "The token service knows no such provider",
    pattern: wordsOf(sts.invalidTarget().errorDescription.split(". ")[0] ?? ""),
    causes: ["provider-absent", "pool-deleted", "provider-disabled", "pool-disabled", "project-id-in-audience"],
  },
  {
    what: "The provider's condition refuses the token",
    pattern: wordsOfExchange(sts.conditionRejected()),
    causes: ["condition-rejected", "condition-type", "group-overage"],
  },
  {
    what: "The exchange's audience is no provider",
    pattern: wordsOfExchange(sts.invalidAudience()),
    causes: ["invalid-audience", "project-id-in-audience"],
  },
  {
    what: "google.subject is too long",
    pattern: wordsOf(sts.subjectTooLong().errorDescription.split(". ")[0] ?? ""),
    causes: ["subject-too-long"],
  },
  {
    what: "A mapped attribute is no text",
    pattern: wordsOfExchange(sts.attributeNotString(hole)),
    causes: ["attribute-type"],
  },
  {
    what: "The mapping finds no value",
    pattern: wordsOfExchange(sts.noValue(hole)),
    causes: ["claim-missing", "group-overage", "google-email-missing"],
  },
  {
    what: "There are too many groups",
    pattern: wordsOf(sts.tooManyGroups(hole).errorDescription.split(". ")[0] ?? ""),
    causes: ["too-many-groups"],
  },
  {
    what: "The mapped attributes are too large",
    pattern: wordsOfExchange(sts.mappedTooLarge(hole)),
    causes: ["mapped-too-large"],
  },
  {
    what: "The exchange lacks a field",
    pattern: wordsOfExchange(sts.missingParameter(hole)),
    causes: ["missing-parameter"],
  },
  {
    what: "The exchange is of another kind",
    pattern: wordsOfExchange(sts.unsupportedGrantType()),
    causes: ["grant-type"],
  },
  { what: "The token service throttles", pattern: wordsOf("throttled due to rate limit"), causes: ["throttled"] },
  {
    what: "Nobody can sign in with a browser",
    pattern: wordsOfExchange(sts.missingWebSignIn()),
    causes: ["missing-web-sign-in"],
  },
  {
    what: becoming,
    pattern:
      /Permission 'iam\.serviceAccounts\.(getAccessToken|getOpenIdToken|implicitDelegation|signBlob|signJwt)' denied/i,
    causes: [
      "not-bound",
      "propagation",
      "project-id-in-principal",
      "account-absent",
      "condition-of-binding",
      "deny-policy",
    ],
  },
  {
    what: missingRight,
    pattern: wordsOf(permissionDenied(hole).message),
    causes: ["not-bound", "propagation", "condition-of-binding", "deny-policy", "unsupported-service"],
  },
  {
    what: "The lifetime is too long",
    pattern: wordsOf(lifetimeTooLong().message.split(". ")[0] ?? ""),
    causes: ["lifetime-too-long"],
  },
  {
    what: "The lifetime is not positive",
    pattern: wordsOf(lifetimeNotPositive().message),
    causes: ["lifetime-not-positive"],
  },
  {
    what: "The service does not take the token",
    pattern: wordsOf(unauthenticated().message.split(". ")[0] ?? ""),
    causes: ["unsupported-service", "access-token-ended"],
  },
  {
    what: "The access token's scope does not suffice",
    pattern: /insufficient authentication scopes/i,
    causes: ["scope"],
  },
  {
    what: "An interface is not enabled",
    pattern: /has not been used in project .{0,80}? before or it is disabled|SERVICE_DISABLED/i,
    causes: ["api-disabled"],
  },
  {
    what: "The id is taken",
    pattern: /\b409\b.{0,200}already exists|ALREADY_EXISTS|Requested entity already exists/is,
    causes: ["id-taken"],
  },
  {
    what: "Google demands a condition",
    pattern: /attribute condition must reference one of the provider's claims/i,
    causes: ["condition-demanded"],
  },
  {
    what: "Google refuses the uploaded keys",
    pattern: /Input JWK is not in a valid json format/i,
    causes: ["uploaded-keys"],
  },
  {
    what: "An account that is granted something does not exist",
    pattern: /Service account service-[0-9]+@gcp-sa-iap\S* does not exist/i,
    causes: ["iap-agent-missing"],
  },
  {
    what: "An account does not exist",
    pattern: /Unknown service account|Service account \S+ does not exist/i,
    causes: ["account-absent"],
  },
  {
    what: "IAP does not let the person in",
    pattern: /You don't have access|does not have access to this (web )?(app|site)/i,
    causes: ["iap-no-access", "propagation"],
  },
  {
    what: "A redirect address is refused",
    pattern: /redirect_uri_mismatch|redirect uri .{0,80}(mismatch|not match|not registered)|AADSTS50011\b/i,
    causes: ["redirect-uri"],
  },
  {
    what: "A program finds no credentials",
    pattern:
      /default credentials were not found|could not (find|be found|load|automatically determine).{0,40}credentials/i,
    causes: ["no-credentials"],
  },
  {
    what: "Google asks a person to sign in again",
    pattern: /reauthentication (is needed|failed|required)|reauth related error|invalid_rapt/i,
    causes: ["sign-in-ended"],
  },
  {
    what: "A job gets no token of GitHub",
    pattern: /ACTIONS_ID_TOKEN_REQUEST_(URL|TOKEN)/,
    causes: ["job-without-token"],
  },
  {
    what: "The source of the external token fails",
    pattern: /unable to (retrieve|read|obtain|determine).{0,40}(subject[ _]?token|security credentials)/i,
    causes: ["source-fails", "configuration-source"],
  },
  {
    what: "The key of a service account is refused",
    pattern: /Invalid JWT Signature|Invalid JWT: Token must be a short-lived token/i,
    causes: ["key-in-use", "clock-skew"],
  },
  {
    what: "A cluster's pool does not exist",
    pattern: /Identity Pool does not exist \(\S{1,80}\.svc\.id\.goog\)/i,
    causes: ["cluster-pool-absent"],
  },
  {
    what: missingRight,
    pattern: /The caller does not have permission|does not have [a-z]+(\.[a-z]+)+ (access|permission)/i,
    causes: ["not-bound", "propagation", "condition-of-binding", "deny-policy", "unsupported-service"],
  },
  {
    what: "A program may not run",
    pattern: /Executables need to be explicitly allowed|ALLOW_EXECUTABLES/i,
    causes: ["executable-not-allowed"],
  },
  {
    what: "The server does not trust the client's certificate",
    pattern:
      /alert (unknown ca|bad certificate|certificate unknown)|unknown certificate authority|client_cert_(validation_failed|chain_)|does not chain|tlsv1 alert unknown ca/i,
    causes: ["client-chain", "client-certificate-unfit"],
  },
  {
    what: "The server misses a client certificate",
    pattern: /alert certificate required|certificate required|No required SSL certificate|client_cert_not_provided/i,
    causes: ["client-certificate-absent"],
  },
  {
    what: "The client's certificate is not fit",
    pattern:
      /alert (certificate expired|certificate revoked|unsupported certificate)|client_cert_chain_invalid_eku|certificate has expired/i,
    causes: ["client-certificate-unfit"],
  },
  {
    what: "This machine does not trust the server's certificate",
    pattern:
      /unable to get (local )?issuer certificate|self[- ]signed certificate|unable to verify the first certificate|UNABLE_TO_VERIFY_LEAF|CERTIFICATE_VERIFY_FAILED/i,
    causes: ["server-chain"],
  },
  {
    what: "Nothing answers",
    pattern: /ECONNREFUSED|ENOTFOUND|ETIMEDOUT|EHOSTUNREACH|Could not resolve host|Connection refused/i,
    causes: ["unreachable"],
  },
];

const isDescribed = (id: string): boolean => Object.hasOwn(aadstsExplanations, id.replace("AADSTS", ""));

/** Characters of an error text that are looked at. */
const textLimit = 65_536;

/** Findings from the text of an error alone: the usual cause is likely, others are possible. */
export function findingsOfError(text: string): readonly Finding[] {
  const looked = text.slice(0, textLimit);
  const google = knownErrors
    .filter(({ pattern }) => pattern.test(looked))
    .flatMap(({ what, causes: ids }) =>
      ids.map((id, index): Finding => ({ id, rank: index === 0 ? "likely" : "possible", what, ...causes[id] })),
    );
  const entra = [...new Set([...looked.matchAll(/AADSTS([0-9]{5,7})\b/g)].map(([, code]) => code ?? ""))].map(
    (code): Finding => {
      const known = Object.hasOwn(aadstsExplanations, code) ? aadstsExplanations[code] : undefined;
      return {
        id: `AADSTS${code}`,
        rank: "likely",
        what: `Entra answers AADSTS${code}`,
        cause: known?.meaning ?? "a refusal of Entra that is not described here",
        remedy: known?.remedy ?? `look it up: https://login.microsoftonline.com/error?code=${code}`,
      };
    },
  );
  // The same refusal, where the permission's name says more.
  const isNamed = google.some(({ what }) => what === becoming);
  const said = google.length === 0 ? entra : entra.filter(({ id }) => isDescribed(id));
  return [...said, ...google.filter(({ what }) => !(isNamed && what === missingRight))];
}
