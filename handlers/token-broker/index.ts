export { type AuditFinding, type AuditVerification, verifyAudit } from "./audit/verify-audit";
export { type BrokerClient, type Grant, type TokenBrokerConfig, tokenBrokerConfigSchema } from "./config";
export {
  type CheckedType,
  checkPolicy,
  type PolicyCheck,
  type PolicyCheckInput,
  type PolicyCheckStep,
} from "./policy/check-policy";
export { type RefusalReason, refusals } from "./refusals";
export { createTokenBroker, type TokenBroker, type TokenBrokerTools } from "./token-broker";
