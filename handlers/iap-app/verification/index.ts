/** Verification of Identity-Aware Proxy's signed header, for any server of a team's own. */
export { audienceForms, isAudience } from "../assertion/audience";
export { createRemoteKeySource, type KeySource, type RemoteKeySource } from "../assertion/key-source";
export { type Checked, type RefusalReason, refusals } from "../assertion/reasons";
export {
  type AssertionVerifier,
  type AssertionVerifierOptions,
  createAssertionVerifier,
  type VerifiedAssertion,
} from "../assertion/verify";
export type { Identity } from "../identity";
export { type FastifyIdentityOptions, fastifyIdentity, identityOf, knownIdentity } from "./fastify";
export {
  type NodeIdentityOptions,
  requestListener,
  type UpgradeHandler,
  type UpgradeOptions,
  upgradeListener,
} from "./node-http";
