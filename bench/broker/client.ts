import { readFileSync } from "node:fs";
import { connect, createSecureContext, type SecureVersion, type TLSSocket } from "node:tls";
import type { Certificates } from "./certificates";

/** Paths of what a client shows and trusts. */
export type ClientFiles = Pick<Certificates, "clientCertificate" | "clientKey" | "authority">;

export const contextOf = ({ clientCertificate, clientKey, authority }: ClientFiles) =>
  createSecureContext({
    cert: readFileSync(clientCertificate),
    key: readFileSync(clientKey),
    ca: readFileSync(authority),
  });

export type SecureContext = ReturnType<typeof contextOf>;

/** What a read of a token is made of: the whole request, written at once. */
export const readRequest = (more = "", path = "/get_wif_token"): Buffer =>
  Buffer.from(`GET ${path} HTTP/1.1\r\nhost: localhost\r\naccept: application/json\r\n${more}\r\n`);

/** A connection that has said who it is. @throws What TLS says. */
export function connected(port: number, context: SecureContext, version?: SecureVersion): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: "127.0.0.1",
      port,
      servername: "localhost",
      secureContext: context,
      ...(version !== undefined && { minVersion: version, maxVersion: version }),
    });
    socket.setNoDelay(true);
    socket.once("error", reject);
    socket.once("secureConnect", () => {
      socket.off("error", reject);
      resolve(socket);
    });
  });
}

const head = Buffer.from("\r\n\r\n");

/**
 * Reads answers off a connection one after the other, with as little work as can be: the head is searched for the length
 * once, and no object is made for a header.
 */
export class AnswerReader {
  #pending: Buffer = Buffer.alloc(0);
  #missing = -1;
  #status = 0;

  /** @returns Statuses of the answers that the bytes complete. */
  push(bytes: Buffer): number[] {
    const statuses: number[] = [];
    let rest = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
    for (;;) {
      if (this.#missing < 0) {
        const end = rest.indexOf(head);
        if (end < 0) break;
        const text = rest.subarray(0, end).toString("latin1");
        this.#status = Number(text.slice(9, 12));
        this.#missing = Number(/content-length: *(\d+)/i.exec(text)?.[1] ?? 0);
        rest = rest.subarray(end + head.length);
      }
      if (rest.length < this.#missing) break;
      rest = rest.subarray(this.#missing);
      this.#missing = -1;
      statuses.push(this.#status);
      if (rest.length === 0) break;
    }
    this.#pending = rest;
    return statuses;
  }
}

/** One read on a connection of its own. @returns The status, or 0 where there was no answer. */
export async function readOnce(
  port: number,
  context: SecureContext,
  version?: SecureVersion,
  path?: string,
): Promise<number> {
  try {
    const socket = await connected(port, context, version);
    return await new Promise<number>((resolve) => {
      const reader = new AnswerReader();
      const finish = (status: number) => {
        socket.destroy();
        resolve(status);
      };
      socket.on("data", (bytes: Buffer) => {
        const [status] = reader.push(bytes);
        if (status !== undefined) finish(status);
      });
      socket.on("error", () => finish(0));
      socket.on("close", () => finish(0));
      socket.write(readRequest("connection: close\r\n", path));
    });
  } catch {
    return 0;
  }
}

/** Whether a server gives a token. */
export const answers = async (port: number, files: ClientFiles): Promise<boolean> =>
  (await readOnce(port, contextOf(files))) === 200;
