import { once } from "node:events";
import { errorCode } from "../../handlers/runtime";
import { UserError } from "../user-error";
import { type BrokerAddress, BrokerError, type BrokerToken, requestToken } from "./broker-client";
import type { MetadataSource } from "./metadata-answers";
import { createMetadataServer, isLoopback } from "./metadata-server";
import { after, failurePause, until } from "./patience";
import { type CommandSurroundings, processSurroundings } from "./surroundings";
import { TokenCache } from "./token-cache";

export interface AgentCommandOptions extends BrokerAddress {
  readonly account?: string | undefined;
  /** Name of the client in the broker's policy; needed for ID tokens. */
  readonly clientId?: string | undefined;
  /** Number of the account's project, which gcloud asks for. */
  readonly projectNumber?: string | undefined;
  /** A loopback address; 127.0.0.1 unless given. */
  readonly host?: string | undefined;
  /** A free one unless given. */
  readonly port?: number | undefined;
  /** Seconds for an answer of the broker; 30 unless given. */
  readonly timeout?: number | undefined;
  /** Prints the variables that programs need as JSON, in place of a line for the shell. */
  readonly json?: boolean | undefined;
}

/** Milliseconds that are left for requests under way when the agent is told to end. */
const farewell = 2_000;

/** ID tokens of how many audiences are kept. */
const mostAudiences = 100;

/**
 * `keyless agent`: a metadata server on this machine, so that every Google SDK works as on a Google machine. Runs until the
 * process is told to end.
 *
 * @returns The exit code: 0; 1 when the broker refuses the client from the start.
 * @throws {UserError} For an address that others could reach, a port that is taken, files that cannot be read.
 */
export async function agentCommand(
  options: AgentCommandOptions,
  surroundings: CommandSurroundings = processSurroundings(),
): Promise<number> {
  const { host = "127.0.0.1", port = 0 } = options;
  const { say, print, signal } = surroundings;
  if (host !== "localhost" && !isLoopback(host)) {
    throw new UserError("--host: expected a loopback address, for whoever reaches the agent has the account's tokens");
  }
  const { account, projectNumber, timeout = 30 } = options;
  if (projectNumber !== undefined && !/^\d{1,20}$/.test(projectNumber)) {
    throw new UserError("--project-number: expected digits");
  }
  const accessTokens = new TokenCache(() => requestToken(options, { kind: "access_token", account }, timeout, signal));
  const first = await firstToken(accessTokens, surroundings);
  if (first === undefined) return signal.aborted ? 0 : 1;

  const server = createMetadataServer(sourceOf(options, first, accessTokens, signal));
  server.listen(port, host);
  try {
    await once(server, "listening");
  } catch (error) {
    throw new UserError(`cannot listen on ${host}, port ${port} (${errorCode(error) ?? "unknown"})`);
  }
  const address = server.address();
  const actual = address !== null && typeof address === "object" ? address.port : port;
  const authority = `${host.includes(":") ? `[${host}]` : host}:${actual}`;
  say(`serving ${first.account ?? "the account"} on ${authority}`);
  const variables = ["GCE_METADATA_HOST", "GCE_METADATA_ROOT", "GCE_METADATA_IP"];
  print(
    options.json === true
      ? `${JSON.stringify(Object.fromEntries(variables.map((name) => [name, authority])))}\n`
      : `export ${variables.map((name) => `${name}=${authority}`).join(" ")}\n`,
  );

  if (!signal.aborted) await once(signal, "abort");
  const closed = once(server, "close");
  server.close();
  // Nobody watches any longer over connections that have begun to say something.
  const end = setTimeout(() => server.closeAllConnections(), farewell);
  await closed;
  clearTimeout(end);
  return 0;
}

/** Fails fast where the broker refuses the client, and waits where it is only away. */
async function firstToken(tokens: TokenCache, { say, signal }: CommandSurroundings): Promise<BrokerToken | undefined> {
  for (let failures = 1; !signal.aborted; failures++) {
    try {
      return await tokens.get();
    } catch (error) {
      if (!(error instanceof BrokerError)) throw error;
      if (signal.aborted) return undefined;
      say(`no token: ${error.message}`);
      if (!error.isPassing) return undefined;
      await until(after(failurePause(failures, error.retryAfterSeconds, 0)), signal);
    }
  }
  return undefined;
}

function sourceOf(
  options: AgentCommandOptions,
  first: BrokerToken,
  accessTokens: TokenCache,
  signal: AbortSignal,
): MetadataSource {
  const { clientId, projectNumber, timeout = 30 } = options;
  const account = first.account ?? options.account ?? "default";
  const idTokens = new Map<string, TokenCache>();
  const idTokensFor = (audience: string, client: string): TokenCache => {
    const known = idTokens.get(audience);
    if (known !== undefined) return known;
    const [oldest] = idTokens.keys();
    if (idTokens.size >= mostAudiences && oldest !== undefined) idTokens.delete(oldest);
    const wish = { kind: "id_token", account, audience, clientId: client } as const;
    const cache = new TokenCache(() => requestToken(options, wish, timeout, signal));
    idTokens.set(audience, cache);
    return cache;
  };
  return {
    account,
    scopes: first.scopes,
    projectNumber,
    accessToken: () => accessTokens.get(),
    idToken: clientId === undefined ? undefined : (audience) => idTokensFor(audience, clientId).get(),
  };
}
