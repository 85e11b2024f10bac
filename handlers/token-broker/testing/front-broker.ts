import { createHash } from "node:crypto";
import { createLogger, readEndpoints } from "../../runtime";
import { type Clock, systemClock } from "../clock";
import { tokenBrokerConfigSchema } from "../config";
import { createTokenBroker } from "../token-broker";
import { sendOverNetwork } from "../upstream/upstream-request";
import { audience, batchSpiffeId, clientId, frontHeadersFor, policy, scope, tenantId } from "./broker-fixture";
import { createAuthority, createEntraCertificate, issueLeaf, temporaryFolder } from "./certificates";
import { startFakeUpstreams } from "./fake-upstreams";

/** The headers of the clients of the fixture's policy, and of one that it does not name. */
export async function createFrontClients() {
  const authority = await createAuthority("Machines");
  const named = async (type: "url" | "dns", value: string) => {
    const leaf = await issueLeaf(authority, { names: [{ type, value }] });
    return frontHeadersFor(leaf, createHash("sha256").update(leaf.der).digest("base64"));
  };
  return {
    batchJob: await named("url", batchSpiffeId),
    reportServer: await named("dns", "reports.ailab.com"),
    stranger: await named("url", "spiffe://ailab.com/dev/stranger"),
  };
}

/** One for all tests of a file: an RSA key takes long to make. */
let entraCertificate: ReturnType<typeof createEntraCertificate> | undefined;

/** A whole broker behind a front, on real sockets, with upstreams of its own; the keeper is not started. */
export async function startFrontBroker(changes: Readonly<Record<string, unknown>> = {}, clock: Clock = systemClock) {
  const folder = temporaryFolder();
  entraCertificate ??= createEntraCertificate();
  const entra = await entraCertificate;
  const upstreams = await startFakeUpstreams({
    tenantId,
    clientId,
    scope,
    audience,
    certificatePem: entra.certificatePem,
  });
  const { origin } = upstreams;
  const lines: string[] = [];
  const logger = createLogger("token-broker", { write: (line) => lines.push(line) });
  const config = tokenBrokerConfigSchema.parse({
    listener: { kind: "front" },
    source: {
      kind: "entra-client-assertion",
      tenantId,
      clientId,
      scope,
      certificateFile: folder.write("certificate.pem", entra.certificatePem),
      keyFile: folder.write("key.pem", entra.keyPem),
    },
    exchange: { audience },
    policy,
    ...changes,
  });
  const { server, admin, keeper } = await createTokenBroker(config, {
    endpoints: { ...readEndpoints({}), entra: origin, securityTokenService: origin, iamCredentials: origin },
    logger,
    auditLogger: () => logger,
    clock,
    send: sendOverNetwork,
    random: () => 0,
    environment: {},
    configurationFile: undefined,
  });
  const address = await server.listen({ port: 0, host: "127.0.0.1" });
  const records = () => lines.map((line): Record<string, unknown> => JSON.parse(line));
  return {
    upstreams,
    keeper,
    keyPem: entra.keyPem,
    address,
    port: Number(new URL(address).port),
    admin,
    folder,
    post: (path: string, headers: Record<string, string>, body: string | URLSearchParams) =>
      fetch(`${address}${path}`, { method: "POST", headers, body }),
    get: (path: string, headers: Record<string, string> = {}) => fetch(`${address}${path}`, { headers }),
    log: () => lines.join(""),
    records,
    audited: () => records().filter(({ event }) => event === "token_issued" || event === "token_refused"),
    async close() {
      keeper.stop();
      await server.close();
      await upstreams.close();
      folder.remove();
    },
  };
}

export type FrontBroker = Awaited<ReturnType<typeof startFrontBroker>>;
