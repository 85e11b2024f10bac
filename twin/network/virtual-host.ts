import type { IncomingMessage, ServerResponse } from "node:http";

/** A host of the real world that the twin answers for. */
export interface VirtualHost {
  /** Real name, without `.localhost` and port. */
  readonly hostname: string;
  handle(request: IncomingMessage, response: ServerResponse): void | Promise<void>;
}
