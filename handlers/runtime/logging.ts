import { type DestinationStream, type LevelWithSilent, type Logger, pino, stdTimeFunctions } from "pino";
import { LogOutput } from "./log-output";

export type { Logger } from "pino";

/** Severities of Cloud Logging for pino's levels. https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry#logseverity */
const severities: Readonly<Record<string, string>> = {
  trace: "DEBUG",
  debug: "DEBUG",
  info: "INFO",
  warn: "WARNING",
  error: "ERROR",
  fatal: "CRITICAL",
};

const secretFields = [
  "authorization",
  "cookie",
  "set-cookie",
  "token",
  "access_token",
  "accessToken",
  "id_token",
  "idToken",
  "refresh_token",
  "subject_token",
  "client_assertion",
  "client_secret",
  "assertion",
  "x-goog-iap-jwt-assertion",
  "x-serverless-authorization",
  "x-client-cert-leaf",
  "x-client-cert-chain",
];

/** What a secret looks like, wherever in a line it stands: JWTs, Google access tokens, private keys. */
const secretPatterns = [
  /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)*/g,
  /\bya29\.[A-Za-z0-9._-]+/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[^"]*/g,
];

const replacement = "[redacted]";

/** Replaces whatever looks like a token or a private key. */
export function redactSecrets(text: string): string {
  return secretPatterns.reduce((redacted, pattern) => redacted.replace(pattern, replacement), text);
}

/**
 * A logger that writes one JSON object a line in the form that Cloud Logging reads (`severity`, `message`, `time`).
 * Fields with a secret's name are replaced at the top and two levels down, and what looks like a secret is replaced in
 * the finished line: the second net is for error messages of libraries.
 *
 * @param service Name of the service, for Error Reporting.
 * @param destination Where lines go; standard output unless given, without those that cannot be written.
 * @param level The least severe level that is written; "info" unless given.
 */
export function createLogger(
  service: string,
  destination: DestinationStream = new LogOutput(1).lenient,
  level: LevelWithSilent = "info",
): Logger {
  return pino(
    {
      level,
      base: { serviceContext: { service } },
      messageKey: "message",
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ severity: severities[label] ?? "DEFAULT" }) },
      serializers: { err: describeError },
      redact: {
        paths: secretFields.flatMap((field) => [`["${field}"]`, `*["${field}"]`, `*.*["${field}"]`]),
        censor: replacement,
      },
      hooks: { streamWrite: redactSecrets },
    },
    destination,
  );
}

/** Name, message and stack only: other properties of a library's error may hold the request with its token. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return String(error);
  return { name: error.name, message: error.message, stack: error.stack };
}
