import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { Agent, request } from "node:https";
import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { connect as tlsConnect } from "node:tls";
import { z } from "zod";
import { verifyAudit } from "./audit/verify-audit";
import { audience, batchAccount, batchSpiffeId, clientId, grantOf, scope, tenantId } from "./testing/broker-fixture";
import { type BrokerProcess, bundleBroker, killBrokerProcesses, startBrokerProcess } from "./testing/broker-process";
import {
  createAuthority,
  createEntraCertificate,
  issueLeaf,
  type KeyPairWithCertificate,
  temporaryFolder,
} from "./testing/certificates";
import { type FakeUpstreams, startFakeUpstreams } from "./testing/fake-upstreams";
import { issueServerCertificate } from "./testing/mutual-tls-server";

const folder = temporaryFolder();
const bundle = folder.write("main.cjs", "");
const configFile = folder.write("broker.json", "");
let entra: KeyPairWithCertificate;
let authority: KeyPairWithCertificate;
let client: KeyPairWithCertificate;
let upstreams: FakeUpstreams;

beforeAll(async () => {
  await bundleBroker(bundle);
  entra = await createEntraCertificate();
  authority = await createAuthority("CA 13.1");
  client = await issueLeaf(authority, { names: [{ type: "url", value: batchSpiffeId }] });
  upstreams = await startFakeUpstreams({ tenantId, clientId, scope, audience, certificatePem: entra.certificatePem });
});
afterAll(async () => {
  await upstreams.close();
  folder.remove();
});
afterEach(() => killBrokerProcesses());

/** One file in place of properties, keystore and provider: mutual TLS, PKCS#12, policy, audit. */
async function writeConfig(changes: Readonly<Record<string, unknown>> = {}): Promise<void> {
  const own = await issueServerCertificate(authority);
  const pkcs12 = folder.write("entra.p12", "");
  const certificate = folder.write("entra.pem", entra.certificatePem);
  const key = folder.write("entra-key.pem", entra.keyPem);
  const exported = ["pkcs12", "-export", "-in", certificate, "-inkey", key, "-out", pkcs12, "-passout", "pass:secret"];
  execFileSync("openssl", exported, { stdio: "pipe" });
  folder.write(
    "broker.json",
    JSON.stringify({
      listener: {
        kind: "mutual-tls",
        certificateFile: folder.write("server.pem", own.certificatePem),
        keyFile: folder.write("server-key.pem", own.keyPem),
        clientCaFile: folder.write("ca.pem", authority.certificatePem),
      },
      admin: { port: 0 },
      source: {
        kind: "entra-client-assertion",
        tenantId,
        clientId,
        scope,
        pkcs12File: pkcs12,
        passwordFile: folder.write("password", "secret\n"),
      },
      exchange: { audience },
      policy: {
        clients: [{ name: "batch job", match: { spiffeId: batchSpiffeId }, grants: [grantOf(batchAccount)] }],
      },
      audit: { file: `${folder.path}/audit.jsonl` },
      ...changes,
    }),
  );
}

const start = (shell = "") =>
  startBrokerProcess(
    bundle,
    {
      KEYLESS_CONFIG_FILE: configFile,
      KEYLESS_ENDPOINTS: JSON.stringify({
        entra: upstreams.origin,
        securityTokenService: upstreams.origin,
        iamCredentials: upstreams.origin,
      }),
    },
    shell,
  );

async function get(broker: BrokerProcess, pair: KeyPairWithCertificate, agent = new Agent({ keepAlive: false })) {
  const { port } = new URL(await broker.address());
  const outgoing = request({
    host: "127.0.0.1",
    port,
    path: "/get_wif_token",
    servername: "localhost",
    ca: authority.certificatePem,
    cert: pair.certificatePem,
    key: pair.keyPem,
    agent,
  });
  outgoing.end();
  const [incoming] = await once(outgoing, "response");
  let text = "";
  for await (const chunk of incoming) text += String(chunk);
  return { status: incoming.statusCode, body: JSON.parse(text) };
}

const policyLine = z.looseObject({
  clients: z.array(z.string()),
  policySha256: z.string().regex(/^[0-9a-f]{64}$/),
  certificateThumbprint: z.string().optional(),
});
const eventOf = (line: unknown) => z.looseObject({ event: z.string() }).parse(line).event;

describe("the bundle with a configuration file", () => {
  it("takes a new policy, and keeps the old one when the file is broken, without dropping a connection", async () => {
    await writeConfig();
    const broker = start();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    expect((await get(broker, client, agent)).body).toMatchObject({ account: batchAccount });

    folder.write("broker.json", "{");
    const failed = broker.nextLine("reload_failed");
    broker.child.kill("SIGHUP");
    expect(await failed).toContain("the old one stays");
    expect((await get(broker, client, agent)).status).toBe(200);

    await writeConfig({ policy: { clients: [] } });
    const changed = broker.nextLine("policy: reloaded");
    broker.child.kill("SIGHUP");
    await changed;
    expect((await get(broker, client, agent)).body).toMatchObject({ error: "access_denied" });
    agent.destroy();

    broker.child.kill("SIGTERM");
    expect(await broker.closed).toBe(0);
    const audit = readFileSync(`${folder.path}/audit.jsonl`, "utf8").trim().split("\n");
    expect((await verifyAudit(audit)).findings).toEqual([]);
    expect(audit.map((line): unknown => JSON.parse(line).event)).toEqual(
      expect.arrayContaining(["audit_started", "assertion_signed", "token_issued", "policy_changed", "audit_stopped"]),
    );
    // A policy that came with the start can be told from the one that came later.
    const [started, changedTo] = ["audit_started", "policy_changed"].map((event) =>
      policyLine.parse(audit.map((line): unknown => JSON.parse(line)).find((line) => eventOf(line) === event)),
    );
    expect(started).toMatchObject({ clients: ["batch job"], source: "entra-client-assertion" });
    expect(started?.certificateThumbprint).toMatch(/^[\w-]{43}$/);
    expect(changedTo?.clients).toEqual([]);
    expect(changedTo?.policySha256).not.toBe(started?.policySha256);
    for (const secret of upstreams.secrets()) expect(audit.join() + broker.lines.join()).not.toContain(secret);
  });

  it("takes renewed certificates and another authority of clients", async () => {
    await writeConfig();
    const broker = start();
    expect((await get(broker, client)).status).toBe(200);
    const next = await createAuthority("CA 14");
    const nextClient = await issueLeaf(next, { names: [{ type: "url", value: batchSpiffeId }] });
    expect((await get(broker, nextClient)).status).toBe(401);
    const own = await issueServerCertificate(authority);
    folder.write("server.pem", own.certificatePem);
    folder.write("server-key.pem", own.keyPem);
    folder.write("ca.pem", next.certificatePem);
    const reloaded = broker.nextLine("listener: reloaded");
    broker.child.kill("SIGHUP");
    await reloaded;
    expect((await get(broker, nextClient)).status).toBe(200);
    expect((await get(broker, client)).status).toBe(401);
    await broker.line('expected issuer \\"CN=CA 14\\", presented issuer \\"CN=CA 13.1\\"');
  });

  it("gives no token that it cannot write down, goes on when it can, and leaves the audit whole", async () => {
    await writeConfig({ audit: { file: `${folder.path}/small.jsonl` } });
    // The largest file that the process may write: 4 blocks of 1024 bytes.
    const broker = start("ulimit -f 4");
    let refused: { status: number | undefined; body: unknown } | undefined;
    for (let number = 0; number < 20 && refused === undefined; number++) {
      const answer = await get(broker, client);
      if (answer.status !== 200) refused = answer;
    }
    expect(refused).toEqual({
      status: 503,
      body: {
        error: "temporarily_unavailable",
        error_description: "the broker cannot write its audit, and gives no token without",
      },
    });
    await broker.line("no token is given");
    folder.write("small.jsonl", "");
    await pause(50);
    expect((await get(broker, client)).status).toBe(200);
    broker.child.kill("SIGTERM");
    expect(await broker.closed).toBe(0);
    const audit = readFileSync(`${folder.path}/small.jsonl`, "utf8").trim().split("\n");
    expect((await verifyAudit(audit)).findings.filter(({ kind }) => kind === "problem")).toEqual([]);
  });

  it("gives no token that a full log cannot take where the audit is part of it, and goes on when it can", async () => {
    await writeConfig({ audit: undefined });
    const log = folder.write("broker.log", "");
    const read = () => readFileSync(log, "utf8");
    // The largest file that the process may write: 12 blocks of 1024 bytes.
    const broker = start(`exec >>${log}; ulimit -f 12`);
    while (!read().includes('"message":"ready"')) await pause(20);
    const [, port = ""] = /"address":"https:[^"]*:(\d+)"/.exec(read()) ?? [];
    const ask = () => get({ ...broker, address: async () => `https://127.0.0.1:${port}` }, client);
    let refused: { status: number | undefined; body: unknown } | undefined;
    for (let number = 0; number < 60 && refused === undefined; number++) {
      const answer = await ask();
      if (answer.status !== 200) refused = answer;
    }
    expect(refused).toMatchObject({ status: 503, body: { error: "temporarily_unavailable" } });
    broker.child.kill("SIGHUP");
    expect((await ask()).status).toBe(503);
    const before = read();
    folder.write("broker.log", "");
    expect((await ask()).status).toBe(200);
    broker.child.kill("SIGTERM");
    expect(await broker.closed).toBe(0);
    const { findings } = await verifyAudit((before + read()).trim().split("\n"));
    // What the log took of the first line that did not fit.
    for (const { text } of findings.filter(({ kind }) => kind === "problem")) {
      expect(text).toBe("not a line of the audit, or damaged");
    }
  });

  it("ends in good order while connections to both listeners say nothing", async () => {
    await writeConfig();
    const broker = start();
    const { port } = new URL(await broker.address());
    const { address }: { address: string } = JSON.parse(await broker.line("admin_ready"));
    const [cert, key] = [client.certificatePem, client.keyPem];
    const silent = tlsConnect({ host: "127.0.0.1", port: Number(port), cert, key, ca: authority.certificatePem });
    silent.on("error", () => undefined);
    await once(silent, "secureConnect");
    const probe = connect(Number(new URL(address).port), "127.0.0.1");
    probe.on("error", () => undefined);
    await once(probe, "connect");
    broker.child.kill("SIGTERM");
    expect(await broker.closed).toBe(0);
    expect(readFileSync(`${folder.path}/audit.jsonl`, "utf8").trim()).toMatch(/"event":"audit_stopped"[^\n]*$/);
  });

  it("serves probes and metrics on a listener of their own", async () => {
    await writeConfig();
    const broker = start();
    await broker.line("token_refreshed");
    const { address }: { address: string } = JSON.parse(await broker.line("admin_ready"));
    expect((await fetch(`${address}/readyz`)).status).toBe(200);
    expect(await (await fetch(`${address}/metrics`)).text()).toContain('certificate="client_ca"');
  });
});
