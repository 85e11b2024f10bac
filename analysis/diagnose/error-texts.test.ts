import { aadstsExplanations } from "../../facts/aadsts";
import { googleApiErrors, tokenExchangeErrors } from "../../facts/token-exchange";
import { type CauseId, causes } from "./causes";
import { findingsOfError, knownErrors } from "./error-texts";
import { ranked } from "./finding";
import { findingOf } from "./finding-of";

const sts = tokenExchangeErrors;
const wordsOf = ({ error, errorDescription }: { readonly error: string; readonly errorDescription: string }) =>
  JSON.stringify({ error, error_description: errorDescription });

/** Every error of Google's, as it comes over the network or out of a library, with its usual cause. */
const table: readonly (readonly [keyof typeof sts | string, string, CauseId])[] = [
  ["issuerMismatch", wordsOf(sts.issuerMismatch("https://sts.windows.net/t/")), "issuer-mismatch"],
  ["audienceMismatch", wordsOf(sts.audienceMismatch("api://x")), "audience-mismatch"],
  ["stale", wordsOf(sts.stale("1700000000")), "token-expired"],
  ["badSignature", wordsOf(sts.badSignature()), "signature"],
  ["issuerUnreachable", wordsOf(sts.issuerUnreachable()), "issuer-unreachable"],
  ["unparsable", wordsOf(sts.unparsable()), "unparsable-token"],
  ["badAwsRequest", wordsOf(sts.badAwsRequest()), "aws-request"],
  ["invalidTarget", wordsOf(sts.invalidTarget()), "provider-absent"],
  ["conditionRejected", wordsOf(sts.conditionRejected()), "condition-rejected"],
  ["invalidAudience", wordsOf(sts.invalidAudience()), "invalid-audience"],
  ["subjectTooLong", wordsOf(sts.subjectTooLong()), "subject-too-long"],
  ["attributeNotString", wordsOf(sts.attributeNotString("attribute.x")), "attribute-type"],
  ["noValue", wordsOf(sts.noValue("google.subject")), "claim-missing"],
  ["tooManyGroups", wordsOf(sts.tooManyGroups("512")), "too-many-groups"],
  ["mappedTooLarge", wordsOf(sts.mappedTooLarge("8192")), "mapped-too-large"],
  ["missingParameter", wordsOf(sts.missingParameter("scope")), "missing-parameter"],
  ["throttled", wordsOf(sts.throttled()), "throttled"],
  ["missingWebSignIn", wordsOf(sts.missingWebSignIn()), "missing-web-sign-in"],
  ["unsupportedGrantType", wordsOf(sts.unsupportedGrantType()), "grant-type"],
  ["permissionDenied", googleApiErrors.permissionDenied("iam.serviceAccounts.getAccessToken").message, "not-bound"],
  ["permissionDenied", googleApiErrors.permissionDenied("iam.serviceAccounts.getOpenIdToken").message, "not-bound"],
  ["permissionDenied", googleApiErrors.permissionDenied("bigquery.tables.getData").message, "not-bound"],
  ["lifetimeTooLong", googleApiErrors.lifetimeTooLong().message, "lifetime-too-long"],
  ["lifetimeNotPositive", googleApiErrors.lifetimeNotPositive().message, "lifetime-not-positive"],
  ["unauthenticated", googleApiErrors.unauthenticated().message, "unsupported-service"],
  ["scopes", "403 Request had insufficient authentication scopes.", "scope"],
  [
    "api",
    "IAM Service Account Credentials API has not been used in project 710 before or it is disabled.",
    "api-disabled",
  ],
  ["409", "Error 409: Requested entity already exists", "id-taken"],
  [
    "condition",
    "INVALID_ARGUMENT: The attribute condition must reference one of the provider's claims.",
    "condition-demanded",
  ],
  ["jwks", "Error 400: Input JWK is not in a valid json format", "uploaded-keys"],
  [
    "agent",
    "Error 400: Service account service-710@gcp-sa-iap.iam.gserviceaccount.com does not exist.",
    "iap-agent-missing",
  ],
  ["account", "Service account x@y.iam.gserviceaccount.com does not exist.", "account-absent"],
  ["iap", "You don't have access to this app", "iap-no-access"],
  ["redirect", "Error 400: redirect_uri_mismatch", "redirect-uri"],
  [
    "executable",
    "Executables need to be explicitly allowed (set GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES) to run.",
    "executable-not-allowed",
  ],
  ["chain", "write EPROTO: tlsv1 alert unknown ca:SSL alert number 48", "client-chain"],
  ["chain", "curl: (56) OpenSSL SSL_read: ssl/tls alert bad certificate", "client-chain"],
  ["front", "client_cert_validation_failed", "client-chain"],
  ["certificate", "tlsv13 alert certificate required:SSL alert number 116", "client-certificate-absent"],
  ["certificate", "<title>400 No required SSL certificate was sent</title>", "client-certificate-absent"],
  ["ended", "sslv3 alert certificate expired", "client-certificate-unfit"],
  ["server", "UNABLE_TO_VERIFY_LEAF_SIGNATURE: unable to verify the first certificate", "server-chain"],
  ["server", "SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED]", "server-chain"],
  ["credentials", "could not find default credentials. See https://cloud.google.com/docs", "no-credentials"],
  ["credentials", "DefaultCredentialsError: Your default credentials were not found.", "no-credentials"],
  ["person", "Reauthentication is needed. Please run `gcloud auth application-default login`", "sign-in-ended"],
  ["job", "GitHub Actions did not inject $ACTIONS_ID_TOKEN_REQUEST_TOKEN into this job.", "job-without-token"],
  ["source", 'Unable to retrieve Identity Pool subject token {"code":"Unauthorized"}', "source-fails"],
  ["key", '{"error":"invalid_grant","error_description":"Invalid JWT Signature."}', "key-in-use"],
  ["cluster", "Error 400: Identity Pool does not exist (ailab-data-dev.svc.id.goog).", "cluster-pool-absent"],
  ["permission", "7 PERMISSION_DENIED: The caller does not have permission", "not-bound"],
  ["permission", "x@y does not have storage.objects.get access to the bucket", "not-bound"],
  ["redirect", "AADSTS50011: The redirect URI specified in the request does not match", "redirect-uri"],
  ["network", "connect ECONNREFUSED 127.0.0.1:443", "unreachable"],
  ["network", "curl: (6) Could not resolve host: machines.example.com", "unreachable"],
];

describe("findingsOfError", () => {
  it.each(table)("finds the usual cause of %s: %s", (_, text, id) => {
    const findings = findingsOfError(
      `Traceback (most recent call last):\n  google.auth.exceptions.OAuthError: ${text}\n`,
    );
    expect(findings[0]).toMatchObject({ id, rank: "likely", ...causes[id] });
    for (const finding of findings.slice(1)) expect(["likely", "possible"]).toContain(finding.rank);
  });

  it("knows every error of the token service that is known at all", () => {
    const tested = new Set(table.map(([name]) => name));
    expect(Object.keys(sts).filter((name) => !tested.has(name))).toEqual([]);
  });

  it("knows no error that is not tested", () => {
    const untested = knownErrors.filter(({ pattern }) => !table.some(([, text]) => pattern.test(text)));
    expect(untested.map(({ what }) => what)).toEqual([]);
  });

  it.each(Object.entries(aadstsExplanations))("explains AADSTS%s", (code, { meaning, remedy }) => {
    expect(findingsOfError(`invalid_client: AADSTS${code}: Trace ID: 1 Correlation ID: 2`)).toEqual([
      { id: `AADSTS${code}`, rank: "likely", what: `Entra answers AADSTS${code}`, cause: meaning, remedy },
    ]);
  });

  it("sends an unknown code of Entra to its description", () => {
    expect(findingsOfError("AADSTS999999")).toEqual([
      expect.objectContaining({
        id: "AADSTS999999",
        remedy: expect.stringContaining("login.microsoftonline.com/error?code=999999"),
      }),
    ]);
  });

  it("finds nothing in other words, and in nothing", () => {
    for (const text of ["", "Segmentation fault", "AADSTS", "x".repeat(200_000)])
      expect(findingsOfError(text)).toEqual([]);
  });

  it("never repeats the text", () => {
    const text = wordsOf(sts.issuerMismatch("https://s3cret.example"));
    expect(JSON.stringify(findingsOfError(text))).not.toContain("s3cret");
  });

  it("answers hostile texts", () => {
    const hostile = "The issuer in ID Token ".repeat(3000);
    expect(Array.isArray(findingsOfError(hostile))).toBe(true);
  });
});

describe("ranked", () => {
  it("puts what was seen first, and drops a guess of the same cause", () => {
    const seen = findingOf("not-bound", "seen");
    const guess = findingOf("not-bound", "guessed", "likely");
    const other = findingOf("propagation", "guessed", "possible");
    expect(ranked([other, guess, seen])).toEqual([seen, other]);
    expect(ranked([other, guess])).toEqual([guess, other]);
  });

  it("keeps all that was seen, each once", () => {
    const [one, two] = [findingOf("pool-disabled", "a"), findingOf("pool-disabled", "b")];
    expect(ranked([one, two, one])).toEqual([one, two]);
  });
});
