import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { z } from "zod";
import { tokenTypes } from "../../../facts/token-exchange";
import { ConfigurationError, errorCode } from "../../runtime";
import type { SourceConfigOf } from "../config";
import { withTimeLimit } from "../time-limit";
import { parseJson, tokenText } from "../upstream/answer";
import { UpstreamError } from "../upstream/upstream-error";
import type { ExternalToken, ExternalTokenSource, SourceTools } from "./external-token-source";

/** Bytes of output that are read. */
const longestOutput = 256 * 1024;

/** What the program prints. Source: google.aip.dev/auth/4117. */
const successSchema = z.object({
  version: z.literal(1),
  success: z.literal(true),
  token_type: z.enum([tokenTypes.jwt, tokenTypes.idToken, tokenTypes.saml2]),
  id_token: tokenText.optional(),
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

/**
 * A program of the configuration that prints a token. It gets no shell, no standard input and a fixed environment.
 *
 * @throws {ConfigurationError} Where there is no such program.
 */
export function executableSource(
  { command, timeoutSeconds, environment }: SourceConfigOf<"executable">,
  tools: SourceTools,
): ExternalTokenSource {
  try {
    accessSync(command[0] ?? "", constants.X_OK);
  } catch (error) {
    throw new ConfigurationError([`source.command: the program cannot be run (${errorCode(error) ?? "unknown"})`]);
  }
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
      const output = await withTimeLimit(timeoutSeconds * 1000, signal, (limited) => run(command, variables, limited));
      return readOutput(output);
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
    // A broker that is ended leaves nothing behind: the group is not its own.
    const onExit = () => killGroup(child.pid);
    process.once("exit", onExit);
    const settled = () => {
      signal.removeEventListener("abort", onAbort);
      process.removeListener("exit", onExit);
    };
    const end = (error: UpstreamError) => {
      killGroup(child.pid);
      // What has left the group may hold the other end open.
      child.stdout.destroy();
      reject(error);
    };
    const onAbort = () => end(fault("timeout", "the program did not end in time", true));
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    child.on("error", (error) => {
      settled();
      reject(fault("unreadable", `the program cannot be started (${errorCode(error) ?? "unknown"})`));
    });
    child.stdout.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > longestOutput) end(fault("malformed_response", `the program prints more than ${longestOutput} bytes`));
      else chunks.push(chunk);
    });
    child.on("close", (status) => {
      settled();
      const output = Buffer.concat(chunks).toString("utf8");
      const failed = `the program ended with status ${status ?? "of a signal"}`;
      // A refusal may come with a status of its own, a token may not: something went wrong behind it.
      if (status === 0 || readRefusal(output) !== undefined) resolve(output);
      else reject(fault("exit_status", output.trim() === "" ? `${failed} and printed nothing` : failed));
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

function readOutput(output: string): ExternalToken {
  const refused = readRefusal(output);
  if (refused !== undefined) throw fault(refused.code, refused.message);
  const parsed = successSchema.safeParse(parseJson(output));
  if (!parsed.success) {
    const fields = parsed.error.issues.map((issue) => issue.path.join(".") || "the output").join(", ");
    throw fault("malformed_response", `expected another form of ${fields}`);
  }
  const { token_type, id_token, saml_response, expiration_time } = parsed.data;
  const token = token_type === tokenTypes.saml2 ? saml_response : id_token;
  if (token === undefined) throw fault("malformed_response", "expected the token in the field of its type");
  return {
    token,
    type: token_type,
    expiresAt: expiration_time === undefined ? undefined : new Date(expiration_time * 1000),
  };
}

const readRefusal = (output: string) => refusalSchema.safeParse(parseJson(output)).data;
