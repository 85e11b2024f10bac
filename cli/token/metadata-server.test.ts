import { once } from "node:events";
import { request, type Server } from "node:http";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { UserError } from "../user-error";
import { BrokerError } from "./broker-client";
import { answerMetadata, type MetadataSource } from "./metadata-answers";
import { createMetadataServer, isLoopback } from "./metadata-server";

const account = "batch-job-dev@ailab-data-dev.iam.gserviceaccount.com";
const issued = (token: string) => ({
  token,
  expiresAt: new Date(Date.now() + 3_000_000),
  account,
  scopes: [],
  quotaProject: undefined,
});
const good: MetadataSource = {
  account,
  scopes: ["https://www.googleapis.com/auth/bigquery"],
  projectNumber: "710000000001",
  accessToken: async () => issued("access"),
  idToken: async (audience) => issued(`id token for ${audience}`),
};

let source: MetadataSource;
let server: Server;
let port: number;
beforeEach(async () => {
  source = good;
  server = createMetadataServer({
    ...good,
    accessToken: () => source.accessToken(),
    idToken: (audience) => source.idToken?.(audience) ?? Promise.reject(new Error("none")),
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("expected a port");
  port = address.port;
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, "close");
});

interface Ask {
  readonly method?: string;
  readonly headers?: Record<string, string | string[]>;
}

async function ask(path: string, { method = "GET", headers = {} }: Ask = {}) {
  const flavor = { "Metadata-Flavor": "Google" };
  const outgoing = request({ host: "127.0.0.1", port, path, method, headers: { ...flavor, ...headers } });
  outgoing.end();
  const [incoming] = await once(outgoing, "response");
  let body = "";
  for await (const chunk of incoming) body += String(chunk);
  return { status: incoming.statusCode, headers: incoming.headers, body };
}

const base = "/computeMetadata/v1/instance/service-accounts";

describe("the metadata server", () => {
  it.each<[string, string]>([
    ["/", "computeMetadata/\n"],
    ["/computeMetadata/v1/instance", "service-accounts/\n"],
    ["/computeMetadata/v1/project/project-id", "ailab-data-dev"],
    ["/computeMetadata/v1/project/numeric-project-id", "710000000001"],
    ["/computeMetadata/v1/universe/universe-domain", "googleapis.com"],
    [`${base}/`, `default/\n${account}/\n`],
    [base, `default/\n${account}/\n`],
    [`${base}/default/email`, account],
    [`${base}/${account}/email`, account],
    [`${base}/default/scopes`, "https://www.googleapis.com/auth/bigquery\n"],
    [`${base}/default/aliases`, "default\n"],
    [`${base}/default/identity?audience=https://a.example&format=full`, "id token for https://a.example"],
  ])("answers %s", async (path, body) => {
    const answer = await ask(path);
    expect(answer).toMatchObject({ status: 200, body });
    expect(answer.headers["metadata-flavor"]).toBe("Google");
  });

  it("gives an access token with the seconds that it lives", async () => {
    const { body, headers } = await ask(`${base}/default/token`);
    const { expires_in, ...token } = JSON.parse(body);
    expect(token).toEqual({ access_token: "access", token_type: "Bearer" });
    expect(expires_in).toBeGreaterThan(2_990);
    expect(headers["content-type"]).toBe("application/json");
    expect(headers["cache-control"]).toBe("no-store");
  });

  it("describes the account as a whole", async () => {
    const described = { aliases: ["default"], email: account, scopes: good.scopes };
    expect(JSON.parse((await ask(`${base}/default/?recursive=true`)).body)).toEqual(described);
    expect(JSON.parse((await ask(`${base}/?recursive=true`)).body)).toEqual({
      default: described,
      [account]: described,
    });
  });

  it("gives no token for scopes that it does not have", async () => {
    expect((await ask(`${base}/default/token?scopes=https://www.googleapis.com/auth/bigquery`)).status).toBe(200);
    const more = "https://www.googleapis.com/auth/bigquery,https://www.googleapis.com/auth/compute";
    expect((await ask(`${base}/default/token?scopes=${more}`)).status).toBe(403);
  });

  it.each([
    ["/computeMetadata/v1/instance/zone", 404],
    ["/computeMetadata/v1beta1/instance/service-accounts/default/token", 404],
    [`${base}/other@p.iam.gserviceaccount.com/token`, 404],
    [`${base}/default/token/more`, 404],
    [`${base}/default/identity`, 400],
    [`${base}/default/identity?audience=`, 400],
    [`${base}/default/identity?audience=a&audience=b`, 400],
  ])("does not answer %s", async (path, status) => {
    expect((await ask(path)).status).toBe(status);
  });

  it.each<[string, Ask]>([
    ["no Metadata-Flavor", { headers: { "Metadata-Flavor": "" } }],
    ["another Metadata-Flavor", { headers: { "Metadata-Flavor": "google" } }],
    ["two of them", { headers: { "Metadata-Flavor": ["Google", "Google"] } }],
    ["X-Forwarded-For", { headers: { "X-Forwarded-For": "127.0.0.1" } }],
    ["a name that was pointed here", { headers: { Host: "evil.example" } }],
    ["the name of the real server", { headers: { Host: "metadata.google.internal" } }],
    ["another port", { headers: { Host: "127.0.0.1:1" } }],
    ["no port", { headers: { Host: "127.0.0.1" } }],
    ["a name that begins like this machine's", { headers: { Host: "127.0.0.1.evil.example" } }],
    ["another method", { method: "POST" }],
  ])("gives no token to a request with %s", async (_, given) => {
    const { status, body } = await ask(`${base}/default/token`, given);
    expect(status === 403 || status === 405).toBe(true);
    expect(body).not.toContain("access");
  });

  it.each([
    ["without a host", "GET PATH HTTP/1.0\r\nMetadata-Flavor: Google\r\n\r\n"],
    ["with two hosts", "GET PATH HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nHost: evil\r\nMetadata-Flavor: Google\r\n\r\n"],
    ["with a whole address", "GET http://evilPATH HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nMetadata-Flavor: Google\r\n\r\n"],
  ])("refuses a request %s", async (_, text) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => {});
    socket.write(text.replace("PATH", `${base}/default/token`).replace("PORT", String(port)));
    const [chunk] = await once(socket, "data");
    expect(String(chunk)).toMatch(/^HTTP\/1.1 4\d\d /);
    expect(String(chunk)).not.toContain("access_token");
    socket.destroy();
  });

  it("serves nobody who comes from elsewhere", () => {
    const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
    for (const { address, internal } of own) if (!internal) expect(isLoopback(address)).toBe(false);
    for (const address of ["10.0.0.1", "::ffff:10.0.0.1", "fe80::1", "128.0.0.1", undefined]) {
      expect(isLoopback(address)).toBe(false);
    }
    for (const address of ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"]) expect(isLoopback(address)).toBe(true);
  });

  it("tells libraries to try again when the broker is away, and not to when it refuses", async () => {
    source = {
      ...good,
      accessToken: () => Promise.reject(new BrokerError(503, "temporarily_unavailable", "later", 9)),
    };
    const away = await ask(`${base}/default/token`);
    expect([away.status, away.headers["retry-after"]]).toEqual([503, "9"]);
    source = { ...good, accessToken: () => Promise.reject(new BrokerError(403, "access_denied", "no")) };
    expect((await ask(`${base}/default/token`)).status).toBe(403);
    for (const error of [new BrokerError(undefined, "CERT_HAS_EXPIRED", "it ended"), new UserError("--key: is not")]) {
      source = { ...good, accessToken: () => Promise.reject(error) };
      expect(await ask(`${base}/default/token`)).toMatchObject({ status: 503, body: `${error.message}\n` });
    }
    source = { ...good, accessToken: () => Promise.reject(new TypeError("secret")) };
    const failed = await ask(`${base}/default/token`);
    expect(failed).toMatchObject({ status: 500, body: "the agent failed\n" });
  });

  it("gives no ID tokens where it was not told the client's name", async () => {
    const url = new URL(`http://x${base}/default/identity?audience=a`);
    expect((await answerMetadata(url, { ...good, idToken: undefined })).status).toBe(404);
  });
});
