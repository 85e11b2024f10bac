import { once } from "node:events";
import { readFileSync } from "node:fs";
import { request } from "node:https";
import { setTimeout as pause } from "node:timers/promises";
import { batchAccount, grantOf } from "./testing/broker-fixture";
import { type MutualTlsBroker, startMutualTlsBroker } from "./testing/mutual-tls-broker";

async function get({ broker, files }: MutualTlsBroker) {
  const { port } = new URL(broker);
  const [ca, cert, key] = [files.ca, files.cert, files.key].map((file) => readFileSync(file, "utf8"));
  const outgoing = request({ host: "127.0.0.1", port, servername: "localhost", path: "/get_wif_token", ca, cert, key });
  outgoing.end();
  const [incoming] = await once(outgoing, "response");
  let text = "";
  for await (const chunk of incoming) text += String(chunk);
  return { status: incoming.statusCode, retryAfter: incoming.headers["retry-after"], body: JSON.parse(text) };
}

describe("a token that is waited for while the policy changes", () => {
  it("is not given to a client that the new policy does not have", async () => {
    const broker = await startMutualTlsBroker();
    broker.upstreams.setDelay(200);
    const waiting = get(broker);
    while (broker.upstreams.requests.entra.length === 0) await pause(10);
    // The token is another client's from now on.
    const other = { name: "other", match: { dnsName: "other.ailab.com" }, grants: [grantOf(batchAccount)] };
    broker.folder.write("broker.json", JSON.stringify({ ...broker.document, policy: { clients: [other] } }));
    broker.reload();
    expect(await waiting).toMatchObject({
      status: 503,
      retryAfter: "1",
      body: { error: "temporarily_unavailable" },
    });
    expect((await get(broker)).status).toBe(403);
    expect(broker.log()).not.toContain("token_issued");
    await broker.close();
  });
});
