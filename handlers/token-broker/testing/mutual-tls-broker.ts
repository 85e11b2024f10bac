import { generateKeyPairSync } from "node:crypto";
import { createLogger, readEndpoints } from "../../runtime";
import { type Clock, systemClock } from "../clock";
import { tokenBrokerConfigSchema } from "../config";
import { createTokenBroker } from "../token-broker";
import { sendOverNetwork } from "../upstream/upstream-request";
import { audience, batchAccount, batchSpiffeId, clientId, grantOf, scope, tenantId } from "./broker-fixture";
import { createAuthority, createEntraCertificate, issueLeaf, temporaryFolder } from "./certificates";
import { startFakeUpstreams } from "./fake-upstreams";
import { issueServerCertificate } from "./mutual-tls-server";

export const brokerIssuer = "https://broker.ailab.com";
export const idTokenAudience = "https://reports.ailab.com";

/** One for all tests of a file: an RSA key takes long to make. */
let entraCertificate: ReturnType<typeof createEntraCertificate> | undefined;

/** A whole broker with mutual TLS on a real port, and the files that a client of it has. Its configuration is a file. */
export async function startMutualTlsBroker(
  changes: Readonly<Record<string, unknown>> = {},
  clock: Clock = systemClock,
) {
  const folder = temporaryFolder();
  entraCertificate ??= createEntraCertificate();
  const [entra, authority] = await Promise.all([entraCertificate, createAuthority("CA 13.1")]);
  const [own, client] = await Promise.all([
    issueServerCertificate(authority),
    issueLeaf(authority, { names: [{ type: "url", value: batchSpiffeId }] }),
  ]);
  const upstreams = await startFakeUpstreams({
    tenantId,
    clientId,
    scope,
    audience,
    certificatePem: entra.certificatePem,
  });
  const signingKey = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
  const files = {
    ca: folder.write("ca.pem", authority.certificatePem),
    cert: folder.write("client.pem", client.certificatePem),
    key: folder.write("client-key.pem", client.keyPem),
  };
  const document = {
    listener: {
      kind: "mutual-tls",
      certificateFile: folder.write("server.pem", own.certificatePem),
      keyFile: folder.write("server-key.pem", own.keyPem),
      clientCaFile: files.ca,
    },
    source: {
      kind: "entra-client-assertion",
      tenantId,
      clientId,
      scope,
      certificateFile: folder.write("entra.pem", entra.certificatePem),
      keyFile: folder.write("entra-key.pem", entra.keyPem),
    },
    exchange: { audience },
    issuer: {
      url: brokerIssuer,
      signingKeyFiles: [folder.write("signing.pem", String(signingKey.export({ type: "pkcs8", format: "pem" })))],
    },
    policy: {
      clients: [
        {
          name: "batch job",
          match: { spiffeId: batchSpiffeId },
          grants: [{ ...grantOf(batchAccount), idTokenAudiences: [idTokenAudience] }],
          brokerToken: { audiences: [audience] },
        },
      ],
    },
    ...changes,
  };
  const lines: string[] = [];
  const logger = createLogger("token-broker", { write: (line) => lines.push(line) });
  const { origin } = upstreams;
  const configurationFile = folder.write("broker.json", JSON.stringify(document));
  const { server, keeper, start, reload } = await createTokenBroker(tokenBrokerConfigSchema.parse(document), {
    endpoints: { ...readEndpoints({}), entra: origin, securityTokenService: origin, iamCredentials: origin },
    logger,
    auditLogger: () => logger,
    clock,
    send: sendOverNetwork,
    random: () => 0,
    environment: {},
    configurationFile,
  });
  const { port } = new URL(await server.listen({ port: 0, host: "127.0.0.1" }));
  return {
    broker: `https://localhost:${port}`,
    files,
    folder,
    authority,
    upstreams,
    document,
    start,
    /** Looks at all files now. */
    reload,
    log: () => lines.join(""),
    async close() {
      keeper.stop();
      await server.close();
      await upstreams.close();
      folder.remove();
    },
  };
}

export type MutualTlsBroker = Awaited<ReturnType<typeof startMutualTlsBroker>>;
