import { readFile } from "node:fs/promises";
import { ConfigurationError, errorCode, readConfigurationFile } from "../../handlers/runtime";
import { type CheckedType, checkPolicy, tokenBrokerConfigSchema } from "../../handlers/token-broker";
import { UserError } from "../user-error";
import { type CommandSurroundings, printing } from "./surroundings";

export interface BrokerCheckCommandOptions {
  /** The broker's configuration file. */
  readonly config: string;
  /** PEM: the client's certificate, then the rest of its chain. */
  readonly client: string;
  readonly account?: string | undefined;
  /** Of an ID token, or of a token of the broker's own. */
  readonly audience?: string | undefined;
  /** An ID token unless given, where there is an audience; else an access token. */
  readonly type?: CheckedType | undefined;
  readonly json?: boolean | undefined;
}

const marks = { good: "ok     ", bad: "refused", unknown: "unknown" } as const;

/**
 * `keyless broker check`: says what a client would get of a broker with this configuration, and why. Asks no broker.
 *
 * @returns The exit code: 0 when it would get a token, else 1.
 * @throws {UserError} When a file cannot be read or the configuration is not good.
 */
export async function brokerCheckCommand(
  { config: path, client, account, audience, type, json = false }: BrokerCheckCommandOptions,
  { print }: Pick<CommandSurroundings, "print"> = printing,
): Promise<number> {
  if (type !== undefined && (type === "access_token") !== (audience === undefined)) {
    throw new UserError(`--type ${type}: expected ${audience === undefined ? "--audience as well" : "no --audience"}`);
  }
  const config = readConfig(path);
  const certificatePem = await readFile(client, "utf8").catch((error: unknown) => {
    throw new UserError(`--client: cannot read ${client} (${errorCode(error) ?? "unreadable"})`);
  });
  const check = checkPolicy({ config, certificatePem, account, audience, type, now: new Date() });
  if (json) print(`${JSON.stringify(check, null, 2)}\n`);
  else for (const { step, outcome, text } of check.steps) print(`${marks[outcome]}  ${step.padEnd(11)}  ${text}\n`);
  return check.granted ? 0 : 1;
}

function readConfig(path: string) {
  try {
    return readConfigurationFile(tokenBrokerConfigSchema, path, path);
  } catch (error) {
    if (error instanceof ConfigurationError) throw new UserError(error.problems.join("\n"));
    throw error;
  }
}
