import type { Socket } from "node:net";
import { errorCode, type Logger } from "../runtime";
import { lastAnswer } from "./last-answer";
import { StrangerLines } from "./stranger-lines";

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
export function answerBrokenRequests(logger: Logger): (error: Error, socket: Socket) => void {
  const strangers = new StrangerLines();
  return (error, socket) => {
    const code = errorCode(error) ?? "unknown";
    if (code === "ECONNRESET" || socket.destroyed) return;
    const { status, description } = answers[code] ?? { status: 400, description: "this is no HTTP request" };
    // Who is silent is no news; and of the error its code only: the rest holds what was sent.
    if (status !== 408 && strangers.admit()) {
      logger.warn(
        { event: "request_broken", remoteAddress: socket.remoteAddress, code, leftOut: strangers.takeLeftOut() },
        `no request was understood: ${code}`,
      );
    }
    if (socket.writable) socket.write(lastAnswer(status, "invalid_request", description));
    socket.destroy(error);
  };
}
