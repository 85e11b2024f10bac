import type { Deadline } from "../../handlers/token-broker/clock";
import { UserError } from "../user-error";
import { type BrokerAddress, BrokerError, type BrokerToken, requestToken, type TokenWish } from "./broker-client";
import { after, failurePause, leftUntil, renewalDelay, until } from "./patience";
import { type CommandSurroundings, processSurroundings } from "./surroundings";
import { formatFailure, formatToken, type TokenFormat } from "./token-output";
import { writeAtomically } from "./write-atomically";

export interface TokenCommandOptions extends BrokerAddress {
  /** E-mail of the service account, where the client has several. */
  readonly account?: string | undefined;
  /** An access token of the account unless given. */
  readonly type?: TokenWish["kind"] | undefined;
  /** Of an ID token or JWT; in a credential configuration, the one that Google's library asks for. */
  readonly audience?: string | undefined;
  /** Name of the client in the broker's policy; needed for ID tokens and JWTs. */
  readonly clientId?: string | undefined;
  /** Path of the file that is written; standard output unless given. */
  readonly output?: string | undefined;
  /** `token` unless given. */
  readonly format?: TokenFormat | undefined;
  /** Keeps the file fresh until the process is told to end. */
  readonly watch?: boolean | undefined;
  /** Seconds for an answer; 30 unless given. */
  readonly timeout?: number | undefined;
}

/**
 * `keyless token`: fetches a token from the broker, and prints it or puts it in a file.
 *
 * @returns The exit code: 0; 1 when there is no token.
 * @throws {UserError} For options that do not fit together, and files that cannot be read or written.
 */
export async function tokenCommand(
  options: TokenCommandOptions,
  surroundings: CommandSurroundings = processSurroundings(),
): Promise<number> {
  const wish = wishOf(options, surroundings.environment);
  const { output, watch = false } = options;
  if (!watch) return fetchOnce(options, wish, surroundings);
  if (output === undefined)
    throw new UserError("--watch: expected --output as well, for there is no file to keep fresh");
  return keepFresh({ ...options, output }, wish, surroundings);
}

async function fetchOnce(
  options: TokenCommandOptions,
  wish: TokenWish,
  { environment, print, say, signal }: CommandSurroundings,
): Promise<number> {
  const { output, format = "token", timeout = 30 } = options;
  try {
    const issued = await requestToken(options, wish, timeout, signal);
    const text = formatToken(format, wish.kind, issued);
    if (output === undefined) print(text);
    else await writeAtomically(output, text);
    // Google's library looks here first the next time, and calls the program only when the token has ended.
    const cache = environment["GOOGLE_EXTERNAL_ACCOUNT_OUTPUT_FILE"];
    if (format === "executable" && cache) await writeAtomically(cache, text);
    return 0;
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error;
    if (format === "executable") print(formatFailure(error.code, error.message));
    say(`no token: ${error.message}`);
    return 1;
  }
}

/** The file holds a good token as long as there is one: a failure never takes the last one away. */
async function keepFresh(
  options: TokenCommandOptions & { readonly output: string },
  wish: TokenWish,
  { say, signal }: CommandSurroundings,
): Promise<number> {
  const { output, format = "token", timeout = 30 } = options;
  let last: (BrokerToken & { readonly end: Deadline }) | undefined;
  let failures = 0;
  while (!signal.aborted) {
    try {
      const issued = await requestToken(options, wish, timeout, signal);
      if (issued.token !== last?.token) {
        await writeAtomically(output, formatToken(format, wish.kind, issued));
        say(`${output}: token until ${issued.expiresAt.toISOString()}`);
      }
      const life = issued.expiresAt.getTime() - Date.now();
      last = { ...issued, end: after(life) };
      failures = 0;
      await until(after(renewalDelay(life)), signal);
    } catch (error) {
      const isKnown = error instanceof BrokerError || error instanceof UserError;
      if (!isKnown) throw error;
      if (signal.aborted) break;
      // What is wrong from the start is not waited for: somebody has to mend it. Later it may be half of a renewed
      // certificate, or a disk that is full, and the last token is still good.
      if (last === undefined && error instanceof UserError) throw error;
      if (last === undefined && error instanceof BrokerError && !error.isPassing) {
        say(`no token: ${error.message}`);
        return 1;
      }
      failures++;
      const asked = error instanceof BrokerError ? error.retryAfterSeconds : undefined;
      const pause = failurePause(failures, asked, last === undefined ? 0 : leftUntil(last.end));
      const state = last === undefined ? "no token yet" : `the last token ends ${last.expiresAt.toISOString()}`;
      say(`${error.message}; ${state}; next attempt in ${Math.round(pause / 1000)} s`);
      await until(after(pause), signal);
    }
  }
  return 0;
}

/** @throws {UserError} */
export function wishOf(
  options: TokenCommandOptions,
  environment: Readonly<Record<string, string | undefined>>,
): TokenWish {
  const { account, format, clientId } = options;
  const kind = options.type ?? (format === "executable" ? "jwt" : "access_token");
  if (kind === "access_token") {
    if (format === "executable") {
      throw new UserError("--format executable: expected --type jwt or id_token, which Google can exchange");
    }
    return { kind, account };
  }
  const audience = options.audience ?? environment["GOOGLE_EXTERNAL_ACCOUNT_AUDIENCE"];
  if (!audience) throw new UserError(`--type ${kind}: expected --audience as well`);
  if (clientId === undefined)
    throw new UserError(`--type ${kind}: expected --client-id, the client's name in the policy`);
  return { kind, account, audience, clientId };
}
