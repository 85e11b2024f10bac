import type { IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { z } from "zod";
import { tokenTypes } from "../../facts/token-exchange";
import { errorCode } from "../../handlers/runtime";
import { UserError } from "../user-error";
import { type ClientPaths, readClientFiles } from "./client-files";

/** Where the broker is, and what this machine shows it. */
export interface BrokerAddress extends ClientPaths {
  /** Origin of the broker: `https://machines.example.com`. */
  readonly broker: string;
}

/** What is asked for. */
export type TokenWish =
  | { readonly kind: "access_token"; readonly account?: string | undefined }
  | {
      readonly kind: "id_token" | "jwt";
      readonly account?: string | undefined;
      readonly audience: string;
      /** Name of the client in the broker's policy, which RFC 8705 asks for. */
      readonly clientId: string;
    };

export interface BrokerToken {
  readonly token: string;
  readonly expiresAt: Date;
  readonly account: string | undefined;
  readonly scopes: readonly string[];
  readonly quotaProject: string | undefined;
}

/** The broker gave no token. */
export class BrokerError extends Error {
  override readonly name = "BrokerError";
  /** HTTP status; undefined when there was no answer. */
  readonly status: number | undefined;
  readonly code: string;
  readonly retryAfterSeconds: number | undefined;

  constructor(status: number | undefined, code: string, description: string, retryAfterSeconds?: number) {
    super(`${code}: ${description}`);
    this.status = status;
    this.code = code;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  /** Whether the same request may succeed by itself, later. */
  get isPassing(): boolean {
    if (this.status === undefined) return !isDistrust(this.code);
    return this.status === 429 || this.status >= 500;
  }
}

/** Names that Node has for what a client finds wrong with a server's certificate: X509_V_ERR_… of OpenSSL, and its own. */
const isDistrust = (code: string): boolean =>
  /^(ERR_TLS_CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|CERT_|INVALID_(CA|PURPOSE)$|PATH_LENGTH_|HOSTNAME_MISMATCH$)/.test(
    code,
  );

const answerSchema = z.object({
  access_token: z.string().min(1),
  expires_in: z.int().positive().max(86_400),
  account: z.string().optional(),
  scope: z.string().optional(),
  quota_project_id: z.string().optional(),
});
const refusalSchema = z.object({ error: z.string(), error_description: z.string().default("") });

/** Characters of an answer that are read. */
const longestAnswer = 128 * 1024;

/**
 * Asks the broker for a token. The files are read each time, so that a renewed certificate counts at once.
 *
 * @param timeoutSeconds For the whole answer; a grant that needs an approval takes up to 300.
 * @param ending Aborts when the answer is no longer wanted.
 * @throws {BrokerError} When it gives none.
 * @throws {UserError} When a file cannot be read or the address is not one.
 */
export async function requestToken(
  address: BrokerAddress,
  wish: TokenWish,
  timeoutSeconds: number,
  ending: AbortSignal,
): Promise<BrokerToken> {
  const { status, text, retryAfter } = await exchange(address, wish, timeoutSeconds, ending);
  if (status === 200) {
    const answer = answerSchema.safeParse(parseJson(text));
    if (!answer.success) throw new BrokerError(undefined, "malformed_response", "the broker's answer cannot be read");
    const { access_token, expires_in, account, scope = "", quota_project_id } = answer.data;
    return {
      token: access_token,
      expiresAt: new Date(Date.now() + expires_in * 1000),
      account,
      scopes: scope.split(" ").filter((each) => each !== ""),
      quotaProject: quota_project_id,
    };
  }
  const refusal = refusalSchema.safeParse(parseJson(text));
  const seconds = /^\d{1,6}$/.test(retryAfter ?? "") ? Number(retryAfter) : undefined;
  if (!refusal.success) throw new BrokerError(status, `http_${status}`, "no reason given", seconds);
  throw new BrokerError(status, refusal.data.error, refusal.data.error_description, seconds);
}

async function exchange(address: BrokerAddress, wish: TokenWish, timeoutSeconds: number, ending: AbortSignal) {
  const origin = brokerOrigin(address.broker);
  const { cert, key, ca } = await readClientFiles(address);
  const { method, path, headers, body } = requestOf(wish);
  const timeout = AbortSignal.timeout(timeoutSeconds * 1000);
  const signal = AbortSignal.any([timeout, ending]);
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const outgoing = httpsRequest(
        {
          method,
          path,
          headers,
          // RFC 6761 §6.3: names below localhost are this machine, which the system's resolver need not know.
          host: /(^|\.)localhost$/.test(origin.hostname) ? "127.0.0.1" : origin.hostname,
          servername: origin.hostname,
          port: origin.port === "" ? 443 : Number(origin.port),
          setHost: false,
          agent: false,
          minVersion: "TLSv1.2",
          cert,
          key,
          ...(ca !== undefined && { ca }),
          signal,
        },
        resolve,
      );
      outgoing.setHeader("host", origin.host);
      outgoing.on("error", reject);
      outgoing.end(body);
    });
    return {
      status: response.statusCode ?? 0,
      text: await readBounded(response),
      retryAfter: response.headers["retry-after"],
    };
  } catch (error) {
    if (error instanceof BrokerError) throw error;
    if (ending.aborted) throw new BrokerError(undefined, "aborted", "told to end before there was an answer");
    if (timeout.aborted) throw new BrokerError(undefined, "timeout", `no answer within ${timeoutSeconds} s`);
    const code = errorCode(error) ?? "network";
    const message = error instanceof Error ? error.message : "no connection";
    const description = isDistrust(code) ? `the broker's certificate is not trusted, see --ca: ${message}` : message;
    throw new BrokerError(undefined, code, description);
  }
}

function requestOf(wish: TokenWish) {
  if (wish.kind === "access_token") {
    const query = wish.account === undefined ? "" : `?${new URLSearchParams({ account: wish.account })}`;
    const headers: Record<string, string> = { accept: "application/json" };
    return { method: "GET", path: `/get_wif_token${query}`, headers, body: "" };
  }
  const body = new URLSearchParams({
    grant_type: "client_credentials",
    client_id: wish.clientId,
    requested_token_type: wish.kind === "id_token" ? tokenTypes.idToken : tokenTypes.jwt,
    audience: wish.audience,
    ...(wish.account !== undefined && { account: wish.account }),
  }).toString();
  const headers: Record<string, string> = {
    accept: "application/json",
    "content-type": "application/x-www-form-urlencoded",
    "content-length": String(Buffer.byteLength(body)),
  };
  return { method: "POST", path: "/oauth2/token", headers, body };
}

function brokerOrigin(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  // What is an origin has nothing behind the host but a port: no path, no query, no user.
  if (url?.protocol !== "https:" || url.href !== `${url.origin}/`) {
    throw new UserError("--broker: expected an origin, such as https://machines.example.com");
  }
  return url;
}

async function readBounded(response: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of response.setEncoding("utf8")) {
    text += String(chunk);
    if (text.length > longestAnswer) throw new BrokerError(undefined, "malformed_response", "the answer is too long");
  }
  return text;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
