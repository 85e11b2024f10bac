import { ConfigurationError, readConfigurationFile } from "../runtime";
import { type PolicyConfig, type TokenBrokerConfig, tokenBrokerConfigSchema } from "./config";

/**
 * The policy out of the configuration's file, which may have changed since the start; the rest may not.
 *
 * @param running The configuration that the broker runs with.
 * @throws {ConfigurationError} For a bad file, and for one that asks for more than another policy.
 */
export function readPolicy(file: string, running: TokenBrokerConfig): PolicyConfig {
  const { policy, ...rest } = readConfigurationFile(tokenBrokerConfigSchema, file, "KEYLESS_CONFIG_FILE");
  const runningParts: Readonly<Record<string, unknown>> = running;
  const changed = Object.entries(rest).filter(([name, value]) => !isSame(value, runningParts[name]));
  const gone = Object.keys(runningParts).filter((name) => name !== "policy" && !(name in rest));
  const names = [...changed.map(([name]) => name), ...gone];
  if (names.length > 0) {
    throw new ConfigurationError(
      names.map((name) => `KEYLESS_CONFIG_FILE.${name}: differs; restart the broker to change more than the policy`),
    );
  }
  return policy;
}

/** Both come out of the same schema, which puts the fields in the same order. */
const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);
