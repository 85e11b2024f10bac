import { createPublicKey } from "node:crypto";
import { createServer } from "node:http";
import { type LocalIap, portOf } from "../../handlers/iap-app/testing/local-iap";

/** The same key in the form that google-auth-library reads: PEM by key id. */
export interface PemKeyServer {
  readonly url: string;
  readonly fetches: () => number;
  close(): void;
}

export async function startPemKeyServer({ privateKey, keyId }: LocalIap): Promise<PemKeyServer> {
  const pem = createPublicKey(privateKey).export({ type: "spki", format: "pem" });
  let fetches = 0;
  const server = createServer((_request, response) => {
    fetches += 1;
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ [keyId]: pem }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${portOf(server.address())}/`,
    fetches: () => fetches,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
