import { spawn } from "node:child_process";
import { z } from "zod";
import { tokenTypes } from "../../../facts/token-exchange";
import { errorCode } from "../../runtime";
import type { SourceConfigOf } from "../config";
import { UpstreamError } from "../upstream/upstream-error";
import type { ExternalToken, ExternalTokenSource, SourceTools } from "./external-token-source";

/** Bytes of output that are read. */
const longestOutput = 256 * 1024;

/** What the program prints. Source: google.aip.dev/auth/4117. */
const successSchema = z.object({
  version: z.literal(1),
  success: z.literal(true),
  token_type: z.enum([tokenTypes.jwt, tokenTypes.idToken, tokenTypes.saml2]),
  id_token: z.string().min(1).optional(),
  saml_response: z.string().min(1).optional(),
  /** Seconds since the epoch. */
  expiration_time: z.int().positive().optional(),
});
const refusalSchema = z.object({
  version: z.literal(1),
  success: z.literal(false),
  code: z.string().min(1),
  message: z.string(),
});

/** A program of the configuration that prints a token. It gets no shell, no standard input and a fixed environment. */
export function executableSource(
  { command, timeoutSeconds, environment }: SourceConfigOf<"executable">,
  tools: SourceTools,
): ExternalTokenSource {
  const variables: Record<string, string> = {
    PATH: "/usr/local/bin:/usr/bin:/bin",
    GOOGLE_EXTERNAL_ACCOUNT_AUDIENCE: tools.providerAudience,
    GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE: tokenTypes.jwt,
    GOOGLE_EXTERNAL_ACCOUNT_INTERACTIVE: "0",
  };
  for (const name of environment) {
    const value = tools.environment[name];
    if (value !== undefined) variables[name] = value;
  }
  return {
    async fetch(signal) {
      const output = await run(
        command,
        variables,
        AbortSignal.any([signal, AbortSignal.timeout(timeoutSeconds * 1000)]),
      );
      return readOutput(output, tools.now());
    },
  };
}

const fault = (code: string, description: string, retryable = false): UpstreamError =>
  new UpstreamError({ upstream: "executable", code, description, retryable });

function run(command: readonly string[], env: Record<string, string>, signal: AbortSignal): Promise<string> {
  const [program = "", ...args] = command;
  return new Promise((resolve, reject) => {
    // A group of its own, so that what the program has started ends with it.
    const child = spawn(program, args, { env, cwd: "/", stdio: ["ignore", "pipe", "ignore"], detached: true });
    const chunks: Buffer[] = [];
    let size = 0;
    const end = (error: UpstreamError) => {
      killGroup(child.pid);
      reject(error);
    };
    const onAbort = () => end(fault("timeout", "the program did not end in time", true));
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    child.on("error", (error) => {
      signal.removeEventListener("abort", onAbort);
      reject(fault("unreadable", `the program cannot be started (${errorCode(error) ?? "unknown"})`));
    });
    child.stdout.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > longestOutput) end(fault("malformed_response", `the program prints more than ${longestOutput} bytes`));
      else chunks.push(chunk);
    });
    child.on("close", (status) => {
      signal.removeEventListener("abort", onAbort);
      const output = Buffer.concat(chunks).toString("utf8");
      // A refusal is printed by a program that ends with a status of its own.
      if (status === 0 || output.trim() !== "") resolve(output);
      else reject(fault("exit_status", `the program ended with status ${status ?? "of a signal"} and printed nothing`));
    });
  });
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

function readOutput(output: string, now: Date): ExternalToken {
  const document = parseJson(output);
  const refused = refusalSchema.safeParse(document);
  if (refused.success) throw fault(refused.data.code, refused.data.message);
  const parsed = successSchema.safeParse(document);
  if (!parsed.success) {
    const fields = parsed.error.issues.map((issue) => issue.path.join(".") || "the output").join(", ");
    throw fault("malformed_response", `expected another form of ${fields}`);
  }
  const { token_type, id_token, saml_response, expiration_time } = parsed.data;
  const token = token_type === tokenTypes.saml2 ? saml_response : id_token;
  if (token === undefined) throw fault("malformed_response", "expected the token in the field of its type");
  const expiresAt = expiration_time === undefined ? undefined : new Date(expiration_time * 1000);
  if (expiresAt !== undefined && expiresAt <= now)
    throw fault("expired", "the program printed a token that has expired");
  return { token, type: token_type, expiresAt };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
