import { execFile } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import { audience, batchAccount, batchSpiffeId, clientId, policy, scope, tenantId } from "./testing/broker-fixture";
import { bundleBroker, killBrokerProcesses, startBrokerProcess } from "./testing/broker-process";
import {
  createAuthority,
  createEntraCertificate,
  issueLeaf,
  type KeyPairWithCertificate,
  temporaryFolder,
} from "./testing/certificates";
import { type FakeUpstreams, startFakeUpstreams } from "./testing/fake-upstreams";
import { createFrontClients } from "./testing/front-broker";

const folder = temporaryFolder();
const bundle = folder.write("main.cjs", "");
let entra: KeyPairWithCertificate;
let authority: KeyPairWithCertificate;
let upstreams: FakeUpstreams;
let clients: Awaited<ReturnType<typeof createFrontClients>>;
let source: Record<string, string>;

beforeAll(async () => {
  await bundleBroker(bundle);
  entra = await createEntraCertificate();
  authority = await createAuthority("Machines");
  clients = await createFrontClients();
  upstreams = await startFakeUpstreams({ tenantId, clientId, scope, audience, certificatePem: entra.certificatePem });
  source = {
    kind: "entra-client-assertion",
    tenantId,
    clientId,
    scope,
    certificateFile: folder.write("certificate.pem", entra.certificatePem),
    keyFile: folder.write("key.pem", entra.keyPem),
  };
});
afterAll(async () => {
  await upstreams.close();
  folder.remove();
});
afterEach(() => {
  upstreams.setDown(false);
  upstreams.setDelay(0);
  killBrokerProcesses();
});

const endpoints = () =>
  JSON.stringify({ entra: upstreams.origin, securityTokenService: upstreams.origin, iamCredentials: upstreams.origin });

const start = (config: unknown, environment: Record<string, string> = {}) =>
  startBrokerProcess(bundle, {
    KEYLESS_CONFIG: JSON.stringify(config),
    KEYLESS_ENDPOINTS: endpoints(),
    ...environment,
  });

const front = () => ({ listener: { kind: "front" }, source, exchange: { audience }, policy });

describe("the bundle", () => {
  it("starts, fetches tokens at once, answers and ends with status 0 on SIGTERM", async () => {
    const running = start(front());
    const address = await running.address();
    await running.line("token_refreshed");
    expect((await fetch(`${address}/readyz`)).status).toBe(200);
    expect((await fetch(`${address}/get_wif_token`)).status).toBe(401);
    running.child.kill("SIGTERM");
    expect(await running.closed).toBe(0);
    for (const text of running.lines)
      expect(JSON.parse(text)).toMatchObject({ severity: expect.any(String), message: expect.any(String) });
  });

  it("gives curl with a client certificate a token that the upstream has issued, and logs no secret", async () => {
    const own = await issueLeaf(authority, {
      names: [{ type: "dns", value: "localhost" }],
      extendedKeyUsage: ["1.3.6.1.5.5.7.3.1"],
    });
    const client = await issueLeaf(authority, { names: [{ type: "url", value: batchSpiffeId }] });
    const listener = {
      kind: "mutual-tls",
      certificateFile: folder.write("server.pem", own.certificatePem),
      keyFile: folder.write("server-key.pem", own.keyPem),
      clientCaFile: folder.write("ca.pem", authority.certificatePem),
    };
    const running = start({ ...front(), listener });
    const { port } = new URL(await running.address());
    const curl = (...extra: string[]) =>
      new Promise<string>((resolve, reject) => {
        const cert = [
          "--cert",
          folder.write("client.pem", client.certificatePem),
          "--key",
          folder.write("client-key.pem", client.keyPem),
        ];
        const options = [
          "--silent",
          "--show-error",
          "--max-time",
          "20",
          "--cacert",
          listener.clientCaFile,
          ...cert,
          ...extra,
        ];
        const target = [
          "--connect-to",
          `localhost:${port}:127.0.0.1:${port}`,
          `https://localhost:${port}/get_wif_token`,
        ];
        execFile("curl", [...options, ...target], (error, stdout) =>
          error === null ? resolve(stdout) : reject(error),
        );
      });
    expect(JSON.parse(await curl())).toMatchObject({ token_type: "Bearer", account: batchAccount });
    const token = await curl("--header", "Accept: text/plain");
    expect(upstreams.hasIssued(token)).toBe(true);
    running.child.kill("SIGTERM");
    expect(await running.closed).toBe(0);
    const log = running.lines.join("\n");
    expect(log).toContain("token_issued");
    for (const secret of upstreams.secrets()) expect(log).not.toContain(secret);
  });

  it("gives a client that waits for the first token its token before it ends", async () => {
    upstreams.setDelay(300);
    const running = start(front());
    const address = await running.address();
    const waiting = fetch(`${address}/get_wif_token`, { headers: clients.batchJob });
    await pause(200);
    running.child.kill("SIGTERM");
    expect((await waiting).status).toBe(200);
    expect(await running.closed).toBe(0);
  });

  it("answers who waits for an upstream that never answers, and ends in good order", async () => {
    upstreams.setDelay(60_000);
    const running = start(front());
    const address = await running.address();
    const waiting = fetch(`${address}/get_wif_token`, { headers: clients.batchJob });
    await pause(200);
    running.child.kill("SIGTERM");
    const response = await waiting;
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ error: "temporarily_unavailable" });
    expect(await running.closed).toBe(0);
  }, 30_000);

  it("starts in an outage, says so, and serves when it is over", async () => {
    upstreams.setDown(true);
    const running = start(front());
    const address = await running.address();
    await running.line("upstream_unavailable");
    expect((await fetch(`${address}/healthz`)).status).toBe(200);
    expect((await fetch(`${address}/readyz`)).status).toBe(503);
    upstreams.setDown(false);
    await running.line("token_refreshed");
    expect((await fetch(`${address}/readyz`)).status).toBe(200);
  });

  it.each<[string, () => [unknown, Record<string, string>?], string[]]>([
    ["no configuration", () => ["", { KEYLESS_CONFIG: "" }], ["KEYLESS_CONFIG: missing, expected a JSON document"]],
    [
      "two wrong fields",
      () => [{ ...front(), listener: { kind: "front", port: 1 }, exchange: {} }],
      ["KEYLESS_CONFIG.listener: unknown field port", "KEYLESS_CONFIG.exchange.audience: missing, expected string"],
    ],
    [
      "an endpoint without encryption",
      () => [front(), { KEYLESS_ENDPOINTS: '{"entra":"http://entra.example"}' }],
      ["KEYLESS_ENDPOINTS.entra: expected an https URL (http on loopback only) without user and fragment"],
    ],
    [
      "a key that is not there",
      () => [{ ...front(), source: { ...source, keyFile: "/absent/key.pem" } }],
      ["source.keyFile: cannot read the file (ENOENT)"],
    ],
    ["a port that is none", () => [front(), { PORT: "http" }], ["PORT: expected a port number from 0 to 65535"]],
  ])("ends at once with status 1 and one line a problem on %s", async (_, given, messages) => {
    const { closed, lines } = start(...given());
    expect(await closed).toBe(1);
    expect(lines.map((text): unknown => JSON.parse(text).message)).toEqual(messages);
  });

  it("ends with one line of the log, and no secret in it, on an error that nobody has expected", async () => {
    const fault = folder.write(
      "fault.cjs",
      `process.on("SIGUSR2", () => { throw new Error("got eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.c2ln"); });`,
    );
    const running = start(front(), { NODE_OPTIONS: `--require ${fault}` });
    await running.address();
    running.child.kill("SIGUSR2");
    expect(await running.closed).toBe(1);
    const last = JSON.parse(running.lines.at(-1) ?? "");
    expect(last).toMatchObject({ severity: "CRITICAL", event: "crashed", message: "the broker has failed, and ends" });
    expect(running.lines.join()).not.toContain("eyJhbGciOiJub25lIn0");
  });

  it("is not ended by a SIGHUP that comes while it starts", async () => {
    const early = folder.write("early.cjs", `setImmediate(() => process.kill(process.pid, "SIGHUP"));`);
    const running = start({ ...front(), admin: { port: 0 } }, { NODE_OPTIONS: `--require ${early}` });
    const address = await running.address();
    expect((await fetch(`${address}/healthz`)).status).toBe(200);
  });

  it("says in one line that the port is taken", async () => {
    const first = start(front());
    const { port } = new URL(await first.address());
    const second = start(front(), { PORT: port });
    expect(await second.closed).toBe(1);
    expect(await second.line("EADDRINUSE")).toContain('"CRITICAL"');
    expect(second.lines.filter((text) => text.includes("CRITICAL"))).toHaveLength(1);
  });
});
