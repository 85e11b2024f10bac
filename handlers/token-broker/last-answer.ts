import { STATUS_CODES } from "node:http";

/**
 * A whole HTTP answer for a connection on which there is no request to answer, and which is closed after it. It depends on
 * nothing that was sent.
 */
export function lastAnswer(status: number, error: string, description: string): string {
  const body = `${JSON.stringify({ error, error_description: description })}\n`;
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    "Content-Type: application/json; charset=utf-8",
    "Cache-Control: no-store",
    "Connection: close",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "",
    body,
  ].join("\r\n");
}
