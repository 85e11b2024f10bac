import { once } from "node:events";
import { createServer } from "node:https";
import { createAuthority, issueLeaf, type TemporaryFolder } from "../../../handlers/token-broker/testing/certificates";
import { issueServerCertificate } from "../../../handlers/token-broker/testing/mutual-tls-server";

export interface FakeAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** A broker that answers as it is told, over mutual TLS. */
export async function startFakeBroker(folder: TemporaryFolder, answer: () => FakeAnswer | "cut" | "silence") {
  const authority = await createAuthority("Broker");
  const own = await issueServerCertificate(authority);
  const client = await issueLeaf(authority);
  const requests: string[] = [];
  const server = createServer(
    { cert: own.certificatePem, key: own.keyPem, ca: authority.certificatePem, requestCert: true },
    (request, response) => {
      requests.push(`${request.method} ${request.url}`);
      const given = answer();
      if (given === "cut") return void request.socket.destroy();
      if (given === "silence") return;
      const { status = 200, headers = {}, body } = given;
      response.writeHead(status, headers).end(typeof body === "string" ? body : JSON.stringify(body));
    },
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("expected a port");
  return {
    requests,
    address: {
      broker: `https://localhost:${address.port}`,
      cert: folder.write("client.pem", client.certificatePem),
      key: folder.write("client-key.pem", client.keyPem),
      ca: folder.write("ca.pem", authority.certificatePem),
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
