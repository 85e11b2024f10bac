import "reflect-metadata";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { Agent, request } from "node:https";
import { setTimeout as pause } from "node:timers/promises";
import { ExtendedKeyUsage } from "@peculiar/x509";
import { z } from "zod";
import { issuerPaths } from "./issuer/authorization-server-metadata";
import { createAuthority, issueLeaf } from "./testing/certificates";
import { type MutualTlsBroker, startMutualTlsBroker } from "./testing/mutual-tls-broker";

let broker: MutualTlsBroker;
let agent: Agent;
beforeEach(async () => {
  broker = await startMutualTlsBroker();
  agent = agentOf();
});
afterEach(async () => {
  agent.destroy();
  await broker.close();
});

/** One connection of the client. */
const agentOf = () =>
  new Agent({
    keepAlive: true,
    maxSockets: 1,
    ca: readFileSync(broker.files.ca),
    cert: readFileSync(broker.files.cert),
    key: readFileSync(broker.files.key),
  });

async function get(path: string, with_ = agent): Promise<unknown> {
  const outgoing = request(`${broker.broker}${path}`, { agent: with_ });
  outgoing.end();
  const [incoming] = await once(outgoing, "response");
  let text = "";
  for await (const chunk of incoming) text += String(chunk);
  return JSON.parse(text);
}

const keySet = z.object({ keys: z.array(z.object({ kid: z.string() })).length(1) });
const keyId = async () => keySet.parse(await get(issuerPaths.jwks)).keys[0]?.kid;

describe("a broker whose files change", () => {
  it("publishes and signs with a new key, and keeps the old one when the new one is broken", async () => {
    const first = await keyId();
    broker.folder.write("signing.pem", "broken");
    broker.reload();
    expect(broker.log()).toContain("issuer.signingKeyFiles[0]: expected a PEM unencrypted private key");
    expect(await keyId()).toBe(first);
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    broker.folder.write("signing.pem", String(privateKey.export({ type: "pkcs8", format: "pem" })));
    broker.reload();
    for (let looks = 0; looks < 100 && (await keyId()) === first; looks++) await pause(10);
    expect(await keyId()).not.toBe(first);
  });

  it("keeps a certificate of the listener that is valid when it is given one that has ended", async () => {
    const ended = await issueLeaf(broker.authority, {
      commonName: "localhost",
      names: [{ type: "dns", value: "localhost" }],
      extendedKeyUsage: [ExtendedKeyUsage.serverAuth],
      notAfter: new Date(Date.now() - 60_000),
    });
    broker.folder.write("server.pem", ended.certificatePem);
    broker.folder.write("server-key.pem", ended.keyPem);
    broker.reload();
    expect(broker.log()).toContain("listener.certificateFile: expected a certificate that is still valid, got one to ");
    const fresh = agentOf();
    expect(await get("/healthz", fresh)).toEqual({ status: "alive" });
    fresh.destroy();
  });

  it("keeps the authorities of clients when the new file has none, half of one, or something else's", async () => {
    const leaf = await issueLeaf(await createAuthority("Elsewhere"));
    for (const content of ["", broker.authority.certificatePem.slice(0, 200), leaf.certificatePem, leaf.keyPem]) {
      broker.folder.write("ca.pem", content);
      broker.reload();
      expect(await get("/get_wif_token")).toMatchObject({ token_type: "Bearer" });
    }
    expect(broker.log().match(/"reload_failed"/g)).toHaveLength(4);
    expect(broker.log()).not.toContain(leaf.keyPem.split("\n")[1]);
  });
});
