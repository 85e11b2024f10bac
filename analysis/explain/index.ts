/** What a credential can do, in words: for people on call, and for programs. */

export { readCertificate } from "./certificate";
export { type CredentialFault, compactToken, type ReadCredential, readClaims, readToken } from "./credential";
export { type AccessExplanation, type ExplainOptions, explainAccess } from "./explain-access";
export type { ProviderAnswer } from "./explain-exchange";
export { entraIssuerForm } from "./issuer-note";
export { claimName, valueClass } from "./value-class";
export type { HeldRole, ReachedAccount, WithinReach } from "./within-reach";
