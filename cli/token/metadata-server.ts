import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { googleMetadataFlavor } from "../../facts/metadata-servers";
import { answerMetadata, type MetadataAnswer, type MetadataSource } from "./metadata-answers";

/**
 * A server that stands in for Google's metadata server on this machine. Its tokens are for programs here alone, so it
 * refuses whatever a browser, a proxy or another machine could send:
 * - a connection that does not come from the loopback interface;
 * - a Host header that is not its own address: a web page can point a name of its own at 127.0.0.1 (DNS rebinding);
 * - X-Forwarded-For: somebody passes requests of others on;
 * - a request without `Metadata-Flavor: Google`, which a page cannot make a browser send elsewhere.
 */
export function createMetadataServer(source: MetadataSource): Server {
  const server = createServer(
    { headersTimeout: 5_000, requestTimeout: 10_000, maxHeaderSize: 8_192, keepAliveTimeout: 65_000 },
    (request, response) => {
      const refusal = refusalOf(request, server);
      if (refusal !== undefined) {
        send(response, request, refusal);
        return;
      }
      answerMetadata(new URL(request.url ?? "/", "http://metadata.google.internal"), source).then(
        (answer) => send(response, request, answer),
        () => send(response, request, { status: 500, contentType: "application/text", body: "the agent failed\n" }),
      );
    },
  );
  server.maxConnections = 500;
  return server;
}

function refusalOf(request: IncomingMessage, server: Server): MetadataAnswer | undefined {
  const refuse = (status: number, body: string): MetadataAnswer => ({
    status,
    contentType: "application/text",
    body: `${body}\n`,
  });
  const { method, url = "", headers, rawHeaders, socket } = request;
  if (!isLoopback(socket.remoteAddress)) return refuse(403, "only programs of this machine are served");
  if (!isOwnHost(headers.host, server) || countOf(rawHeaders, "host") !== 1) {
    return refuse(403, "the Host header is not the agent's address");
  }
  if (countOf(rawHeaders, "x-forwarded-for") > 0) return refuse(403, "X-Forwarded-For is not allowed");
  if (method !== "GET" && method !== "HEAD") return refuse(405, "only GET is served");
  if (!url.startsWith("/")) return refuse(400, "expected a path");
  const flavor = headers[googleMetadataFlavor.name.toLowerCase()];
  // The root is how libraries find out that this is a metadata server; it tells nothing.
  if (flavor !== googleMetadataFlavor.value && url !== "/") {
    return refuse(403, `missing header ${googleMetadataFlavor.name}: ${googleMetadataFlavor.value}`);
  }
  return undefined;
}

export const isLoopback = (address: string | undefined): boolean =>
  address !== undefined && /^(127(\.\d{1,3}){3}|::1|::ffff:127(\.\d{1,3}){3})$/.test(address);

/** An address cannot be pointed at another machine, as a name can. */
function isOwnHost(host: string | undefined, server: Server): boolean {
  const address = server.address();
  if (host === undefined || address === null || typeof address === "string") return false;
  const [, name = "", port = "80"] = /^(localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::(\d{1,5}))?$/.exec(host) ?? [];
  return name !== "" && Number(port) === address.port;
}

const countOf = (rawHeaders: readonly string[], name: string): number =>
  rawHeaders.filter((header, index) => index % 2 === 0 && header.toLowerCase() === name).length;

function send(response: ServerResponse, request: IncomingMessage, answer: MetadataAnswer): void {
  const { status, contentType, body, retryAfterSeconds } = answer;
  response.writeHead(status, {
    [googleMetadataFlavor.name]: googleMetadataFlavor.value,
    "Content-Type": contentType,
    "Content-Length": Buffer.byteLength(body),
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    ...(retryAfterSeconds !== undefined && { "Retry-After": String(retryAfterSeconds) }),
  });
  response.end(request.method === "HEAD" ? undefined : body);
}
