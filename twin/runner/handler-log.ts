import type { Readable } from "node:stream";
import { z } from "zod";

/** One line that a handler wrote, as Cloud Logging would take it. */
export interface HandlerLogEntry {
  readonly stack: string;
  readonly service: string;
  readonly revision: string;
  readonly severity: string;
  readonly message: string;
  /** The whole entry of a structured line. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

const longestLine = 64 * 1024;
const structuredLine = z.record(z.string(), z.unknown());
const tokenShapes =
  /eyJ[\w-]{8,}\.[\w-]+\.[\w-]*|ya29\.[\w.-]+|-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*(-----END [A-Z ]*PRIVATE KEY-----)?/g;

/** Makes a function that blots out tokens, private keys, and every line of the given secrets. */
export function createRedaction(secrets: readonly string[]): (line: string) => string {
  const parts = secrets
    .flatMap((secret) => secret.split("\n"))
    .map((part) => part.trim())
    .filter((part) => part.length >= 8);
  return (line) =>
    parts.reduce((text, part) => text.replaceAll(part, "[secret]"), line.replace(tokenShapes, "[secret]"));
}

/** Calls `onLine` for each line of a stream; what is over 64 KiB in a line is left out. */
export function readLines(stream: Readable, onLine: (line: string) => void): void {
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = (lines.pop() ?? "").slice(0, longestLine);
    for (const line of lines) {
      if (line.trim() !== "") {
        onLine(line.slice(0, longestLine));
      }
    }
  });
  stream.on("end", () => {
    if (rest.trim() !== "") {
      onLine(rest);
    }
  });
}

/** Severity and message of a line: from a JSON object under Cloud Logging's names, or the plain text. */
export function readLogLine(line: string): Pick<HandlerLogEntry, "severity" | "message" | "fields"> {
  const fields = line.startsWith("{") ? parseStructured(line) : undefined;
  if (fields === undefined) {
    return { severity: "DEFAULT", message: line };
  }
  const text = (name: string) => (typeof fields[name] === "string" ? fields[name] : undefined);
  return { severity: text("severity") ?? "DEFAULT", message: text("message") ?? text("msg") ?? line, fields };
}

function parseStructured(line: string): Record<string, unknown> | undefined {
  try {
    return structuredLine.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
