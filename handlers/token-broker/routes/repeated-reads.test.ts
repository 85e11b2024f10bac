import { once } from "node:events";
import { readFileSync } from "node:fs";
import { Agent, request } from "node:https";
import { join } from "node:path";
import { connect } from "node:tls";
import { z } from "zod";
import { verifyAudit } from "../audit/verify-audit";
import { systemClock } from "../clock";
import { batchAccount, batchSpiffeId, grantOf } from "../testing/broker-fixture";
import { createAuthority, temporaryFolder } from "../testing/certificates";
import { type MutualTlsBroker, startMutualTlsBroker } from "../testing/mutual-tls-broker";

/** Milliseconds by which the broker's clock is on. */
let ahead = 0;
const clock = {
  ...systemClock,
  now: () => ({ wall: Date.now() + ahead, monotonic: performance.now() + ahead }),
};
const audit = temporaryFolder();
let broker: MutualTlsBroker;
let agent: Agent;
let pair: { readonly cert: string; readonly key: string; readonly ca: string; readonly servername: string };
beforeEach(async () => {
  ahead = 0;
  agent = new Agent({ keepAlive: true, maxSockets: 1 });
  broker = await startMutualTlsBroker({ audit: { file: join(audit.path, "audit.jsonl") } }, clock);
  const read = (name: string) => readFileSync(name, "utf8");
  const { cert, key, ca } = broker.files;
  pair = { cert: read(cert), key: read(key), ca: read(ca), servername: "localhost" };
});
afterEach(async () => {
  agent.destroy();
  await broker.close();
});
afterAll(() => audit.remove());

interface Asked {
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  /** Another than the one that all share. */
  readonly by?: Agent;
}

/** One request after the other, all over one connection. */
async function get({ path = "/get_wif_token", headers = {}, body, by = agent }: Asked = {}) {
  const { port } = new URL(broker.broker);
  const outgoing = request({ host: "127.0.0.1", port, path, headers, agent: by, ...pair });
  outgoing.end(body);
  const [incoming] = await once(outgoing, "response");
  let text = "";
  for await (const chunk of incoming) text += String(chunk);
  return { status: incoming.statusCode, headers: incoming.headers, text };
}

const lines = (): Record<string, unknown>[] =>
  readFileSync(join(audit.path, "audit.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
const issued = () => lines().filter(({ event }) => event === "token_issued");
const isShort = (line: Record<string, unknown> | undefined) => line?.["requests"] !== undefined;

/** Reads until the last read went the short way. */
async function readTwice() {
  const first = await get();
  const second = await get();
  expect([first.status, second.status]).toEqual([200, 200]);
  expect(issued().slice(-2).map(isShort)).toEqual([false, true]);
  return { first, second };
}

describe("a read that is repeated", () => {
  it("is answered as the first one was, header by header", async () => {
    const { first, second } = await readTwice();
    const known = ({ headers: { date, ...headers } }: typeof first) => headers;
    const withoutTime = ({ text }: typeof first) => ({ ...JSON.parse(text), expires_in: 0, expires_at: "" });
    expect(withoutTime(second)).toEqual(withoutTime(first));
    expect({ ...known(second), "content-length": "" }).toEqual({ ...known(first), "content-length": "" });
  });

  it("has a line in the audit, like the first but for its place, time, number and the certificate's description", async () => {
    await readTwice();
    const [first, second] = issued().slice(-2);
    const its = (line: Record<string, unknown> | undefined) =>
      Object.fromEntries(
        Object.entries(line ?? {}).filter(([name]) => !/^audit|^request(Id|s)$|^expiresAt$/.test(name)),
      );
    expect(first).toHaveProperty("requestId");
    expect(second).toHaveProperty("requests", 1);
    const { sha256Fingerprint } = z.object({ sha256Fingerprint: z.string() }).parse(first?.["certificate"]);
    expect(its(first)).toMatchObject({ certificate: { spiffeId: batchSpiffeId, subject: "CN=client" } });
    expect(its(second)).toEqual({ ...its(first), certificate: { sha256Fingerprint } });
    expect(its(second)).toMatchObject({ client: "batch job", account: batchAccount, tokenType: "access_token" });
    for (let read = 0; read < 20; read += 1) await get();
    const { findings } = await verifyAudit(readFileSync(join(audit.path, "audit.jsonl"), "utf8").trim().split("\n"));
    expect(findings.filter(({ kind }) => kind === "problem")).toEqual([]);
  });

  it.each<[string, Asked, number]>([
    ["another form", { headers: { accept: "text/plain" } }, 200],
    ["another account", { path: "/get_wif_token?account=other-job@other.iam.gserviceaccount.com" }, 403],
    ["a parameter that is not known", { path: "/get_wif_token?acount=x" }, 400],
    ["a body", { headers: { "content-length": "2" }, body: "{}" }, 400],
    ["headers that are the load balancer's", { headers: { "x-client-cert-present": "true" } }, 403],
    ["another path", { path: "/get_wif_tokens" }, 404],
  ])("goes the whole way with %s", async (_, asked, status) => {
    await readTwice();
    const answer = await get(asked);
    expect(answer.status).toBe(status);
    if (status === 200) expect(broker.upstreams.hasIssued(answer.text)).toBe(true);
    // What is not there is no business of the audit.
    expect(isShort(lines().at(-1))).toBe(status === 404);
  });

  it("goes the whole way with another version of HTTP", async () => {
    const { port } = new URL(broker.broker);
    const send = async (version: string) => {
      const socket = connect({ host: "127.0.0.1", port: Number(port), ...pair });
      socket.write(`GET /get_wif_token HTTP/${version}\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
      let text = "";
      for await (const chunk of socket) text += String(chunk);
      return text;
    };
    for (let read = 0; read < 2; read += 1) expect(await send("1.1")).toMatch(/^HTTP\/1\.1 200 /);
    expect(isShort(issued().at(-1))).toBe(true);
    expect(await send("0.9")).toMatch(/^HTTP\/1\.1 505 /);
  });

  it("is known on another connection of the same certificate too, with that connection's address in the audit", async () => {
    await readTwice();
    agent.destroy();
    agent = new Agent({ keepAlive: true, maxSockets: 1, localAddress: "127.0.0.2" });
    expect((await get()).status).toBe(200);
    expect(isShort(issued().at(-1))).toBe(true);
    expect(
      issued()
        .slice(-2)
        .map(({ remoteAddress }) => remoteAddress),
    ).toEqual(["127.0.0.1", "127.0.0.2"]);
  });

  it("is known in each of the forms that a client's programs ask for in turn", async () => {
    await readTwice();
    const text = { headers: { accept: "text/plain" } };
    expect(broker.upstreams.hasIssued((await get(text)).text)).toBe(true);
    expect(isShort(issued().at(-1))).toBe(false);
    for (const asked of [{}, text, {}, text]) {
      const answer = await get(asked);
      expect(answer.headers["content-type"]).toMatch("headers" in asked ? /^text\/plain/ : /^application\/json/);
      expect(isShort(issued().at(-1))).toBe(true);
    }
  });

  it("goes the whole way once after a reload: an audit file that is begun anew describes the certificate again", async () => {
    await readTwice();
    broker.reload();
    await readTwice();
  });

  it("shares a line with those of its moment that are like it", async () => {
    await readTwice();
    const text = { headers: { accept: "text/plain" } };
    await get(text);
    const before = lines().length;
    agent.destroy();
    agent = new Agent({ keepAlive: true, maxSockets: 8 });
    const by = new Agent({ keepAlive: true, maxSockets: 8, localAddress: "127.0.0.2" });
    const asked = Array.from({ length: 96 }, (_, index) =>
      get({ ...(index % 3 === 0 && text), ...(index % 4 === 0 && { by }) }),
    );
    expect(new Set((await Promise.all(asked)).map(({ status }) => status))).toEqual(new Set([200]));
    by.destroy();
    const all = lines();
    const added = all.slice(before);
    const from = (address: string) =>
      added.reduce((sum, { remoteAddress, requests }) => sum + (remoteAddress === address ? Number(requests) : 0), 0);
    expect([from("127.0.0.1"), from("127.0.0.2")]).toEqual([72, 24]);
    expect(added.length).toBeLessThan(96);
    expect(added.map(({ auditSequence }) => Number(auditSequence))).toEqual(
      added.map((_, index) => Number(added[0]?.["auditSequence"]) + index),
    );
    const { findings } = await verifyAudit(all.map((line) => JSON.stringify(line)));
    expect(findings.filter(({ kind }) => kind === "problem")).toEqual([]);
  });

  it("is refused as soon as the policy no longer grants it", async () => {
    await readTwice();
    const clients = [{ name: "another", match: { dnsName: "a.ailab.com" }, grants: [grantOf(batchAccount)] }];
    broker.folder.write("broker.json", JSON.stringify({ ...broker.document, policy: { clients } }));
    broker.reload();
    expect((await get()).status).toBe(403);
    expect(lines().at(-1)).toMatchObject({ event: "token_refused", reason: "client_not_listed" });
  });

  it("has the other account's token as soon as the policy grants that one", async () => {
    await readTwice();
    const account = "other-job@ailab-data-dev.iam.gserviceaccount.com";
    const clients = [{ name: "batch job", match: { spiffeId: batchSpiffeId }, grants: [grantOf(account)] }];
    const { issuer, ...rest } = broker.document;
    broker.folder.write("broker.json", JSON.stringify({ ...rest, issuer, policy: { clients } }));
    broker.reload();
    expect(JSON.parse((await get()).text)).toMatchObject({ account });
  });

  it("is refused when the authority of the client has gone", async () => {
    await readTwice();
    broker.folder.write("ca.pem", (await createAuthority("CA 14")).certificatePem);
    broker.reload();
    expect((await get()).status).toBe(401);
  });

  it("is refused when the client's certificate has ended, and when its token has while nobody gives another", async () => {
    await readTwice();
    broker.upstreams.setDown(true);
    ahead = 3_601_000;
    const answer = await get();
    expect([answer.status, answer.headers["retry-after"] !== undefined]).toEqual([503, true]);
    ahead = 31 * 24 * 3_600_000;
    expect((await get()).status).toBe(401);
  });

  it("says how long the token still lives, each time anew", async () => {
    await readTwice();
    const before = JSON.parse((await get()).text);
    ahead = 100_000;
    const after = JSON.parse((await get()).text);
    expect(after.access_token).toBe(before.access_token);
    expect(before.expires_in - after.expires_in).toBeGreaterThanOrEqual(99);
    expect(isShort(issued().at(-1))).toBe(true);
  });
});
