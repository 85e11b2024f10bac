export { type BrokerClient, type Grant, type TokenBrokerConfig, tokenBrokerConfigSchema } from "./config";
export { type RefusalReason, refusals } from "./refusals";
export { createTokenBroker, type TokenBroker, type TokenBrokerTools } from "./token-broker";
