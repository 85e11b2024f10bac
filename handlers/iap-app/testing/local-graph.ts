import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { portOf } from "./local-iap";

/** What the local Graph answers to one request. */
export interface GraphAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** Metadata server, Entra's token endpoint and Graph on one port, with what each was asked. */
export interface LocalGraph {
  readonly origin: string;
  /** Paths of the requests to Graph, in order. */
  readonly asked: readonly string[];
  /** Forms sent to Entra, in order. */
  readonly tokenRequests: readonly URLSearchParams[];
  /** Requests to the metadata server, with the header that it demands. */
  readonly metadataRequests: readonly string[];
  /** What Graph answers from now on; the URL is the request's. */
  answerWith(answer: (url: URL, token: string) => GraphAnswer | Promise<GraphAnswer>): void;
  /** What Entra answers from now on. */
  tokenAnswerWith(answer: () => GraphAnswer): void;
  metadataAnswerWith(answer: () => GraphAnswer): void;
  close(): Promise<void>;
}

export const group = (id: string) => ({ "@odata.type": "#microsoft.graph.group", id, displayName: null });
export const directoryRole = (id: string) => ({ "@odata.type": "#microsoft.graph.directoryRole", id });
export const user = (id: string) => ({ "@odata.type": "#microsoft.graph.user", id });

/** An object id: the number at the end of a UUID. */
export const objectId = (number: number): string => `6d1f3f0a-4a5e-4f0e-9a51-${String(number).padStart(12, "0")}`;

export async function startLocalGraph(): Promise<LocalGraph> {
  const asked: string[] = [];
  const tokenRequests: URLSearchParams[] = [];
  const metadataRequests: string[] = [];
  let issued = 0;
  let answer: (url: URL, token: string) => GraphAnswer | Promise<GraphAnswer> = () => ({
    status: 200,
    body: { value: [] },
  });
  let tokenAnswer = (): GraphAnswer => {
    issued += 1;
    return { status: 200, body: { token_type: "Bearer", expires_in: 3599, access_token: `graph-token-${issued}` } };
  };
  let metadataAnswer = (): GraphAnswer => ({
    status: 200,
    headers: { "metadata-flavor": "Google" },
    body: "header.claims.signature",
  });

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? "", "http://localhost");
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    if (url.pathname.startsWith("/computeMetadata/")) {
      metadataRequests.push(`${url.pathname}${url.search} ${String(request.headers["metadata-flavor"])}`);
      return send(response, metadataAnswer());
    }
    if (url.pathname.endsWith("/oauth2/v2.0/token")) {
      tokenRequests.push(new URLSearchParams(Buffer.concat(chunks).toString()));
      return send(response, tokenAnswer());
    }
    asked.push(`${url.pathname}${url.search}`);
    send(response, await answer(url, (request.headers.authorization ?? "").replace(/^Bearer /, "")));
  };
  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${portOf(server.address())}`,
    asked,
    tokenRequests,
    metadataRequests,
    answerWith: (next) => {
      answer = next;
    },
    tokenAnswerWith: (next) => {
      tokenAnswer = next;
    },
    metadataAnswerWith: (next) => {
      metadataAnswer = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function send(response: ServerResponse, { status, headers = {}, body }: GraphAnswer): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(typeof body === "string" ? body : JSON.stringify(body));
}
