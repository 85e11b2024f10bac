/**
 * What Entra's refusals of an application mean, and what to do. Entra's own text names the case; the cause is often another.
 * Source: learn.microsoft.com/entra/identity-platform/reference-error-codes.
 */
export interface AadstsExplanation {
  /** What is wrong, or likely to be. */
  readonly meaning: string;
  readonly remedy: string;
  /** Whether the same request may succeed soon. */
  readonly passing: boolean;
}

const lasting = (meaning: string, remedy: string): AadstsExplanation => ({ meaning, remedy, passing: false });
const passing = (meaning: string): AadstsExplanation => ({ meaning, remedy: "wait; it is tried again", passing: true });

/** By the number behind `AADSTS`. */
export const aadstsExplanations: Readonly<Record<string, AadstsExplanation>> = {
  // The assertion and the certificate behind it.
  50012: lasting(
    "the assertion was refused as used before, or its signature as wrong",
    "check the certificate's registration",
  ),
  50027: lasting("the assertion is no JWT that Entra can read", "report this: the broker makes the assertion"),
  700021: lasting("the assertion is about another application", "check source.clientId"),
  700023: lasting("the assertion is meant for another tenant or cloud", "check source.tenantId"),
  700024: lasting("the assertion's time is not Entra's time", "set this machine's clock"),
  700027: lasting(
    "the certificate is not registered with the application, or has ended there",
    "register the certificate of source.certificateFile or source.pkcs12File with the application, and wait some minutes",
  ),
  700030: lasting(
    "the certificate's subject or issuer is not allowed for the application",
    "register this certificate itself",
  ),
  7000215: lasting("a client secret is wrong", "use the certificate: the broker sends no secret"),
  7000218: lasting("the request came without an assertion", "report this: the broker makes the assertion"),
  7000222: lasting("the application's secrets have ended", "use the certificate: the broker sends no secret"),
  // The application in its tenant.
  90002: lasting("there is no such tenant in this cloud", "check source.tenantId"),
  700016: lasting("the tenant has no application of this id", "check source.clientId and source.tenantId"),
  7000112: lasting("the application is disabled", "enable its service principal"),
  7000229: lasting("the application has no service principal in the tenant", "create its service principal"),
  53003: lasting(
    "a Conditional Access policy for workloads blocks the application",
    "see the sign-in log of the service principal",
  ),
  530031: lasting(
    "a Conditional Access policy for workloads blocks the application",
    "see the sign-in log of the service principal",
  ),
  // The resource that the token is for.
  500011: lasting(
    "the tenant has no service principal of the resource",
    "check source.scope, and create that service principal",
  ),
  501051: lasting(
    "the application has no app role of the resource, which asks for assignment",
    "assign the app role to the application's service principal",
  ),
  70011: lasting("the scope is not valid", 'write source.scope as "<client id of the resource>/.default"'),
  1002012: lasting(
    "the scope is not one for applications",
    'write source.scope as "<client id of the resource>/.default"',
  ),
  // Federated credentials in place of a certificate.
  70021: lasting(
    "no federated credential fits the assertion",
    "check issuer, subject and audience; a new one takes minutes to count",
  ),
  700211: lasting("no federated credential has this issuer", "check the credential's issuer, byte by byte"),
  700212: lasting("no federated credential has this audience", "the audience is api://AzureADTokenExchange"),
  700213: lasting("no federated credential has this subject", "check the credential's subject, byte by byte"),
  // Entra itself.
  50196: passing("Entra has seen the same request too often and calls it a loop"),
  50058: passing("Entra lost the request on its way"),
  90024: passing("Entra's budget for the request ran out"),
  90025: passing("Entra's budget for the request ran out"),
  90033: passing("one of Entra's own services is not available"),
  90055: passing("Entra is asked too often"),
};
