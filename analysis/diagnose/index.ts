/** Why a login, an exchange or an impersonation fails. */
export { type CauseId, causes } from "./causes";
export { checkCredential } from "./credential-checks";
export {
  type CredentialConfiguration,
  checkConfiguration,
  readCredentialConfiguration,
} from "./credential-configuration";
export { findingsOfError, knownErrors } from "./error-texts";
export { type Finding, type Rank, ranked } from "./finding";
export { findingOf } from "./finding-of";
export { checkModel } from "./model-checks";
