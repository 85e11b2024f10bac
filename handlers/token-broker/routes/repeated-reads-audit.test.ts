import { once } from "node:events";
import { Agent, createServer, get } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { Audit } from "../audit/audit";
import { AuditUnavailableError, type PendingLine } from "../audit/audit-trail";
import { tokenBrokerConfigSchema } from "../config";
import { accessTokenTarget } from "../exchange/token-target";
import { BrokerMetrics } from "../metrics";
import { Policy } from "../policy/policy";
import { audience, batchSpiffeId, policy as policyDocument } from "../testing/broker-fixture";
import { RepeatedReads } from "./repeated-reads";

const { policy } = tokenBrokerConfigSchema.parse({
  listener: { kind: "front" },
  source: { kind: "github-actions", audience: "https://a" },
  exchange: { audience },
  policy: policyDocument,
});
const peer = {
  sha256Fingerprint: "00".repeat(32),
  spiffeId: batchSpiffeId,
  uriSans: [batchSpiffeId],
  dnsNames: [],
  subjectDn: "CN=client",
  notAfter: new Date("2100-01-01"),
  subject: "CN=client",
  issuer: "CN=ca",
  serialNumber: "01",
};

/** The short way alone, on a server whose whole way answers 299. */
async function startReads(sharesConnections = false, approvers: readonly string[] = []) {
  const present = new Policy(policy);
  const [client] = present.clients;
  const [first] = client?.grants ?? [];
  if (client === undefined || first === undefined) throw new Error("expected a client with a grant");
  const grant =
    approvers.length === 0 ? first : { ...first, approval: { approvers: [...approvers], validSeconds: 60 } };
  const state: { fail: boolean; held: (() => void)[] | undefined; ending: boolean } = {
    fail: false,
    held: undefined,
    ending: false,
  };
  const trail = {
    sequence: 0,
    reopen() {},
    close() {},
    add() {},
    addAll([line]: readonly PendingLine[]) {
      const settle = () => line?.settled(state.fail ? new AuditUnavailableError("full") : undefined);
      if (state.held === undefined) settle();
      else state.held.push(settle);
    },
  };
  const reads = new RepeatedReads({
    listener: {
      sharesConnections,
      createServer,
      peerOf: () => ({ ok: true, peer }),
      peerOfConnection: () => peer,
      hasJustBegun: () => false,
    },
    policy: () => present,
    issuance: {
      keeper: { peek: () => ({ kind: "token", token: "kept", tokenSha256: "aa", remainingSeconds: 60 }) },
      audit: new Audit(trail),
      clock: { now: () => ({ wall: Date.now(), monotonic: 0 }) },
    },
    metrics: new BrokerMetrics(),
    isEnding: () => state.ending,
  });
  const target = accessTokenTarget(grant);
  const server = createServer((request, response) =>
    reads.answer(request, response, () => {
      reads.remember(request, { peer, policy: present, client, grant, target, form: "text" });
      response.writeHead(299).end();
    }),
  ).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ask = async () => {
    const [answer] = await once(get({ port, host: "127.0.0.1", path: "/get_wif_token", agent }), "response");
    answer.resume();
    await once(answer, "end");
    return Number(answer.statusCode);
  };
  const close = () => {
    agent.destroy();
    server.close();
  };
  return { state, ask, close };
}

describe("the short way", () => {
  it("gives no token before the audit has its line, and goes the whole way when it cannot have one", async () => {
    const { state, ask, close } = await startReads();
    expect([await ask(), await ask()]).toEqual([299, 200]);
    state.held = [];
    let isAnswered = false;
    const waiting = ask().then((status) => {
      isAnswered = true;
      return status;
    });
    for (let look = 0; state.held.length === 0 && look < 500; look += 1) await pause(10);
    expect(state.held).toHaveLength(1);
    expect(isAnswered).toBe(false);
    for (const settle of state.held) settle();
    expect(await waiting).toBe(200);
    state.held = undefined;
    state.fail = true;
    expect(await ask()).toBe(299);
    close();
  });

  it("is not taken behind a front, for a grant that needs an approval, or by a broker that ends", async () => {
    for (const reads of [await startReads(true), await startReads(false, ["approver"])]) {
      expect([await reads.ask(), await reads.ask()]).toEqual([299, 299]);
      reads.close();
    }
    const { state, ask, close } = await startReads();
    expect([await ask(), await ask()]).toEqual([299, 200]);
    state.ending = true;
    expect(await ask()).toBe(299);
    close();
  });
});
