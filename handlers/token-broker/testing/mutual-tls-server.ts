import { once } from "node:events";
import { Agent, request } from "node:https";
import { connect, type SecureVersion, type TLSSocket } from "node:tls";
import { ExtendedKeyUsage } from "@peculiar/x509";
import { createLogger } from "../../runtime";
import type { ListenerEvent } from "../listener/listener";
import { readMutualTlsFiles } from "../listener/mutual-tls-files";
import { MutualTlsListener } from "../listener/mutual-tls-listener";
import { issueLeaf, type KeyPairWithCertificate, temporaryFolder } from "./certificates";

export type ClientPair = Pick<KeyPairWithCertificate, "certificatePem" | "keyPem">;

export interface GetOptions {
  readonly pair?: ClientPair;
  readonly headers?: Record<string, string>;
  readonly agent?: Agent;
  readonly maxVersion?: SecureVersion;
}

export interface MutualTlsServerOptions {
  readonly limits?: Partial<typeof defaultLimits>;
  readonly needsCertificate?: boolean;
  /** Bundles by trust domain. */
  readonly trustDomains?: Readonly<Record<string, KeyPairWithCertificate>>;
}

export const defaultLimits = {
  connections: 10_000,
  headerBytes: 16_384,
  handshakeSeconds: 5,
  requestSeconds: 10,
  idleSeconds: 65,
};

/** The listener alone, on a real port: it answers each request with what it knows of the peer. */
export async function startMutualTlsServer(trusted: KeyPairWithCertificate, options: MutualTlsServerOptions = {}) {
  const folder = temporaryFolder();
  const own = await issueServerCertificate(trusted);
  const trustDomains = Object.entries(options.trustDomains ?? {}).map(([name, authority]) => ({
    name,
    caFile: folder.write(`${name}.pem`, authority.certificatePem),
  }));
  const paths = {
    certificateFile: folder.write("server.pem", own.certificatePem),
    keyFile: folder.write("server-key.pem", own.keyPem),
    clientCaFile: folder.write("ca.pem", trusted.certificatePem),
    ...(trustDomains.length > 0 && { trustDomains }),
  };
  const lines: string[] = [];
  const events: ListenerEvent[] = [];
  const state = { now: () => new Date(), handled: 0 };
  const listener = new MutualTlsListener(readMutualTlsFiles(paths), {
    limits: { ...defaultLimits, ...options.limits },
    needsCertificate: options.needsCertificate ?? true,
    logger: createLogger("test", { write: (line) => lines.push(line) }),
    onEvent: (event) => events.push(event),
  });
  const server = listener.createServer((incoming, outgoing) => {
    state.handled++;
    outgoing.end(JSON.stringify(listener.peerOf(incoming, state.now())));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("expected a port");
  const { port } = address;

  const identity = (pair?: ClientPair) => (pair ? { cert: pair.certificatePem, key: pair.keyPem } : {});
  const tls = (pair?: ClientPair, maxVersion: SecureVersion = "TLSv1.3") =>
    ({
      host: "127.0.0.1",
      port,
      servername: "localhost",
      ca: trusted.certificatePem,
      maxVersion,
      ...identity(pair),
    }) as const;

  return {
    port,
    listener,
    folder,
    paths,
    state,
    events,
    server,
    messages: () => lines.map((line): unknown => JSON.parse(line).message),
    /** Rewrites the files and has the listener use them. */
    reload: () => listener.use(readMutualTlsFiles(paths)),
    async get({ pair, headers = {}, agent, maxVersion }: GetOptions) {
      const outgoing = request({ ...tls(pair, maxVersion), headers, agent: agent ?? new Agent({ keepAlive: false }) });
      outgoing.end();
      const [incoming] = await once(outgoing, "response");
      let text = "";
      for await (const chunk of incoming) text += String(chunk);
      return { status: incoming.statusCode, body: JSON.parse(text) };
    },
    /** A session's ticket, from a connection that ends with it. */
    async session(pair?: ClientPair, maxVersion?: SecureVersion): Promise<Buffer> {
      const socket = connect(tls(pair, maxVersion));
      socket.on("error", () => {});
      let session: Buffer | undefined;
      socket.on("session", (ticket) => {
        session = ticket;
      });
      await once(socket, "secureConnect");
      await requestOn(socket);
      if (session === undefined) throw new Error("expected a session");
      return session;
    },
    /** A connection of one's own; `session` resumes another one's. */
    async connect(pair?: ClientPair, maxVersion?: SecureVersion, session?: Buffer): Promise<TLSSocket> {
      const socket = connect({ ...tls(pair, maxVersion), ...(session && { session }) });
      socket.on("error", () => {});
      await once(socket, "secureConnect");
      return socket;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
      folder.remove();
    },
  };
}

export type MutualTlsServer = Awaited<ReturnType<typeof startMutualTlsServer>>;

export const issueServerCertificate = (authority: KeyPairWithCertificate): Promise<KeyPairWithCertificate> =>
  issueLeaf(authority, {
    commonName: "localhost",
    names: [
      { type: "dns", value: "localhost" },
      { type: "ip", value: "127.0.0.1" },
    ],
    extendedKeyUsage: [ExtendedKeyUsage.serverAuth],
  });

/** Sends one request on the connection and gives back all that comes until it ends. */
export async function requestOn(socket: TLSSocket): Promise<string> {
  socket.write("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  let text = "";
  for await (const chunk of socket) text += String(chunk);
  return text;
}
