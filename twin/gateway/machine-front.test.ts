import { Agent, request as httpsRequest, type RequestOptions } from "node:https";
import { connect, type SecureVersion } from "node:tls";
import { createTestAuthority, type TestCertificate, usages } from "./testing/client-certificates";
import { type Echo, echoSchema } from "./testing/echo-runner";
import { type GatewayFixture, startGateway } from "./testing/gateway-fixture";
import { change, machineHost, resource } from "./testing/gateway-resources";

let fixture: GatewayFixture;
let authority: Awaited<ReturnType<typeof createTestAuthority>>;

beforeAll(async () => {
  authority = await createTestAuthority("Machines");
});

beforeEach(async () => {
  fixture = await startGateway();
  trust(authority.certificatePem);
});

afterEach(() => fixture.close());

function trust(...anchors: string[]): void {
  change(fixture.store, "google_certificate_manager_trust_config.machines", {
    trust_stores: [{ trust_anchors: anchors.map((pem_certificate) => ({ pem_certificate })) }],
  });
}

const policy = "google_network_security_server_tls_policy.machines";
const lastDecision = () => fixture.decisions.at(-1);

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** One request on a connection of its own. */
function ask(client?: TestCertificate, options: RequestOptions = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { headers, ...rest } = options;
    httpsRequest(
      {
        host: "127.0.0.1",
        port: fixture.gateway.machineFront.port,
        servername: `${machineHost}.localhost`,
        ca: fixture.servers.certificatePem,
        ...(client === undefined ? {} : { cert: client.certificatePem, key: client.keyPem }),
        agent: false,
        path: "/get_wif_token",
        headers: { host: `${machineHost}.localhost:${fixture.gateway.machineFront.port}`, ...headers },
        ...rest,
      },
      (response) => {
        let body = "";
        response.on("data", (chunk) => {
          body += String(chunk);
        });
        response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
      },
    )
      .on("error", reject)
      .end();
  });
}

const echo = async (client: TestCertificate, options?: RequestOptions): Promise<Echo> =>
  echoSchema.parse(JSON.parse((await ask(client, options)).body));

describe("a client with a valid certificate", () => {
  it("reaches the service as an unauthenticated caller through the load balancer, described in headers", async () => {
    const client = await authority.issue({ names: [{ type: "url", value: "spiffe://example.com/dev/batch-job" }] });
    const seen = await echo(client);

    expect(seen).toMatchObject({
      service: "dev/token-broker",
      ingress: "load-balancer",
      invoker: "none",
      url: "/get_wif_token",
    });
    expect(seen.headers).toMatchObject({
      "x-client-cert-present": "true",
      "x-client-cert-chain-verified": "true",
      "x-client-cert-spiffe-id": "spiffe://example.com/dev/batch-job",
      "x-client-cert-leaf": `:${client.der.toString("base64")}:`,
      "x-forwarded-for": "127.0.0.1,203.0.113.8",
    });
    expect(seen.headers).not.toHaveProperty("x-client-cert-error");
  });

  it("cannot speak for another certificate, nor for IAP, in headers of its own", async () => {
    const seen = await echo(await authority.issue(), {
      headers: {
        "X-Client-Cert-Spiffe-Id": ["spiffe://example.com/dev/forged", "spiffe://example.com/dev/forged-too"],
        X_Client_Cert_Leaf: ":Zm9yZ2Vk:",
        "X-Client-Cert-Error": "forged",
        "x-goog-iap-jwt-assertion": "forged",
        "X-Serverless-Authorization": "Bearer forged",
        connection: "close, x-client-cert-leaf",
      },
    });

    expect(JSON.stringify([seen.headers, seen.distinct, seen.raw])).not.toMatch(/forged|Zm9yZ2Vk/);
    expect(seen.headers).toHaveProperty("x-client-cert-leaf");
    expect(seen.headers).not.toHaveProperty("x-client-cert-spiffe-id");
  });

  it("may use P-384 or RSA of 2048 bits, and TLS 1.2", async () => {
    for (const algorithm of [
      { name: "ECDSA", namedCurve: "P-384" },
      { name: "RSASSA-PKCS1-v1_5", modulusLength: 2048 },
    ] as const) {
      expect((await ask(await authority.issue({ algorithm }), { maxVersion: "TLSv1.2" })).status).toBe(200);
    }
  });

  it("may come with several anchors side by side, so that one can be moved to the other", async () => {
    const next = await createTestAuthority("Machines 2");
    trust(next.certificatePem, authority.certificatePem);

    expect((await ask(await authority.issue())).status).toBe(200);
    expect((await ask(await next.issue())).status).toBe(200);
  });
});

describe("a TLS connection is refused, with the reason recorded,", () => {
  const refusals: readonly (readonly [string, string, () => Promise<TestCertificate | undefined>])[] = [
    ["without a certificate", "client_cert_not_provided", async () => undefined],
    [
      "with a certificate of another authority",
      "client_cert_validation_failed",
      async () => (await createTestAuthority("Machines")).issue(),
    ],
    [
      "with an expired certificate",
      "client_cert_validation_failed",
      () => authority.issue({ notAfter: new Date(Date.now() - 60_000) }),
    ],
    [
      "with a certificate for servers",
      "client_cert_chain_invalid_eku",
      () => authority.issue({ usages: [usages.server] }),
    ],
    [
      "with a certificate for no purpose in particular",
      "client_cert_chain_invalid_eku",
      () => authority.issue({ usages: [] }),
    ],
    ["with an authority's certificate", "client_cert_validation_failed", () => authority.issue({ authority: true })],
    [
      "with an RSA key of 1024 bits",
      "client_cert_invalid_rsa_key_size",
      () => authority.issue({ algorithm: { name: "RSASSA-PKCS1-v1_5", modulusLength: 1024 } }),
    ],
    [
      "with a key on P-521",
      "client_cert_unsupported_elliptic_curve_key",
      () => authority.issue({ algorithm: { name: "ECDSA", namedCurve: "P-521" } }),
    ],
  ];

  it.each(refusals)("%s", async (_case, reason, client) => {
    await expect(ask(await client())).rejects.toThrow();
    expect(fixture.runner.calls).toEqual([]);
    expect(lastDecision()).toMatchObject({ by: "machine-front", outcome: "refused", reason });
    expect(lastDecision()?.request).toContain(machineHost);
  });

  it("below TLS 1.2", async () => {
    const old: SecureVersion = "TLSv1.1";
    await expect(
      ask(await authority.issue(), { minVersion: "TLSv1", maxVersion: old, ciphers: "DEFAULT@SECLEVEL=0" }),
    ).rejects.toThrow(/protocol version/i);
  });

  it.each(["dev.example.com.localhost", "unknown.example.com.localhost"])(
    "for the host %s, which is none of the machines'",
    async (servername) => {
      await expect(ask(await authority.issue(), { servername })).rejects.toThrow();
      expect(fixture.runner.calls).toEqual([]);
    },
  );

  it("while the trust config holds no anchor, or the policy is gone", async () => {
    const client = await authority.issue();
    trust();
    await expect(ask(client)).rejects.toThrow();
    expect(lastDecision()?.reason).toBe("client_cert_validation_not_performed");
    trust(authority.certificatePem);
    fixture.store.remove("dev", policy);
    await expect(ask(client)).rejects.toThrow();
  });
});

describe("a change of the trust config", () => {
  it("counts for the next connection", async () => {
    const next = await createTestAuthority("Machines 2");
    const [old, young] = [await authority.issue(), await next.issue()];
    expect((await ask(old)).status).toBe(200);
    await expect(ask(young)).rejects.toThrow();

    trust(next.certificatePem);
    await expect(ask(old)).rejects.toThrow();
    expect((await ask(young)).status).toBe(200);
  });

  it("ends a connection that was let in before it", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const client = await authority.issue();
    expect((await ask(client, { agent })).status).toBe(200);
    trust((await createTestAuthority("Machines 2")).certificatePem);

    await expect(ask(client, { agent })).rejects.toThrow();
    agent.destroy();
    expect(fixture.runner.calls).toHaveLength(1);
  });
});

it("resumes no TLS session, so that a verdict does not outlive its connection", async () => {
  const client = await authority.issue();
  const options = {
    host: "127.0.0.1",
    port: fixture.gateway.machineFront.port,
    servername: `${machineHost}.localhost`,
    ca: fixture.servers.certificatePem,
    cert: client.certificatePem,
    key: client.keyPem,
    maxVersion: "TLSv1.2",
  } as const;
  const once = (session?: Buffer) =>
    new Promise<{ session: Buffer | undefined; reused: boolean }>((resolve, reject) => {
      const socket = connect({ ...options, ...(session === undefined ? {} : { session }) }, () => {
        resolve({ session: socket.getSession(), reused: socket.isSessionReused() });
        socket.destroy();
      });
      socket.on("error", reject);
    });
  const { session } = await once();

  expect(session).toBeDefined();
  expect((await once(session)).reused).toBe(false);
});

describe("ALLOW_INVALID_OR_MISSING_CLIENT_CERT", () => {
  beforeEach(() => {
    const [mutual] = JSON.parse(
      JSON.stringify(
        fixture.store.find("google_network_security_server_tls_policy", () => true)?.values["mtls_policy"],
      ),
    );
    change(fixture.store, policy, {
      mtls_policy: [{ ...mutual, client_validation_mode: "ALLOW_INVALID_OR_MISSING_CLIENT_CERT" }],
    });
  });

  it("lets everybody in and tells the service what was wrong", async () => {
    const stranger = await (await createTestAuthority("Others")).issue();
    expect((await echo(stranger)).headers).toMatchObject({
      "x-client-cert-present": "true",
      "x-client-cert-chain-verified": "false",
      "x-client-cert-error": "client_cert_validation_failed",
    });
    const without = echoSchema.parse(JSON.parse((await ask()).body));
    expect(without.headers).toMatchObject({
      "x-client-cert-present": "false",
      "x-client-cert-error": "client_cert_not_provided",
    });
    expect(without.headers).not.toHaveProperty("x-client-cert-leaf");
  });
});

describe("routing", () => {
  it("refuses a Host header that is not the connection's name", async () => {
    const answer = await ask(await authority.issue(), { headers: { host: "dev.example.com" } });

    expect(answer.status).toBe(421);
    expect(fixture.runner.calls).toEqual([]);
  });

  it("refuses a path that can be read in two ways", async () => {
    expect((await ask(await authority.issue(), { path: "/a/..%2fget_wif_token" })).status).toBe(400);
  });

  it("never leads to a backend with IAP, which is the people's", async () => {
    change(fixture.store, "google_compute_backend_service.token-broker", { iap: [{ enabled: true }] });

    expect((await ask(await authority.issue())).status).toBe(403);
    expect(fixture.runner.calls).toEqual([]);
  });

  it("answers 404 for a URL map without a way", async () => {
    fixture.store.put(
      resource("google_compute_url_map", "machines", {
        id: "projects/example-dev/global/urlMaps/machines",
        host_rule: [{ hosts: [machineHost], path_matcher: "none" }],
      }),
    );

    expect((await ask(await authority.issue())).status).toBe(404);
  });
});
