/** The client side of the token broker: tokens for files, programs and SDKs, and what looks at policy and audit. */
export { type AgentCommandOptions, agentCommand } from "./agent-command";
export { type AuditVerifyCommandOptions, auditVerifyCommand } from "./audit-verify-command";
export { type BrokerCheckCommandOptions, brokerCheckCommand } from "./broker-check-command";
export type { CommandSurroundings } from "./surroundings";
export { type TokenCommandOptions, tokenCommand } from "./token-command";
export { type TokenFormat, tokenFormats } from "./token-output";
