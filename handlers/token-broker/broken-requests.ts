import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { errorCode, type Logger } from "../runtime";

/** What a client is told for each way in which its bytes are no request; for all others 400. */
const answers: Readonly<Record<string, { readonly status: number; readonly description: string }>> = {
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, description: "the request did not come to its end in time" },
  HPE_HEADER_OVERFLOW: { status: 431, description: "the headers are longer than they may be" },
};

/**
 * Answers bytes that are no HTTP request, or one that could be read in two ways, in the form of all other refusals, and
 * closes: what follows on the connection could be part of it.
 *
 * @returns A listener of `clientError`.
 */
export const answerBrokenRequests =
  (logger: Logger) =>
  (error: Error, socket: Socket): void => {
    const code = errorCode(error) ?? "unknown";
    if (code === "ECONNRESET" || socket.destroyed) return;
    const { status, description } = answers[code] ?? { status: 400, description: "this is no HTTP request" };
    // Who is silent is no news; and of the error its code only: the rest holds what was sent.
    if (status !== 408) {
      logger.warn(
        { event: "request_broken", remoteAddress: socket.remoteAddress, code },
        `no request was understood: ${code}`,
      );
    }
    const body = JSON.stringify({ error: "invalid_request", error_description: description });
    if (socket.writable) {
      socket.write(
        [
          `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
          "Content-Type: application/json; charset=utf-8",
          "Cache-Control: no-store",
          "Connection: close",
          `Content-Length: ${Buffer.byteLength(body)}`,
          "",
          body,
        ].join("\r\n"),
      );
    }
    socket.destroy(error);
  };
