import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { createFrontClients, type FrontBroker, startFrontBroker } from "./testing/front-broker";

let broker: FrontBroker;
let clients: Awaited<ReturnType<typeof createFrontClients>>;
beforeAll(async () => {
  clients = await createFrontClients();
});
beforeEach(async () => {
  broker = await startFrontBroker();
});
afterEach(() => broker.close());

const lines = (headers: Readonly<Record<string, string>>): string =>
  Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join("");

/** Sends bytes, and gives back the first that come. */
async function exchange(bytes: string): Promise<string> {
  const socket = connect(broker.port, "127.0.0.1");
  socket.on("error", () => {});
  socket.write(bytes, "latin1");
  const [chunk] = await once(socket, "data");
  socket.destroy();
  return String(chunk);
}

describe("the server", () => {
  it("is alive without a certificate or a token", async () => {
    expect((await broker.get("/healthz")).status).toBe(200);
  });

  it("is ready once it has a token", async () => {
    expect((await broker.get("/readyz")).status).toBe(503);
    await broker.get("/get_wif_token", clients.batchJob);
    expect((await broker.get("/readyz")).status).toBe(200);
  });

  it.each(["/", "/get_wif_token/", "/GET_WIF_TOKEN", "/%2e%2e/etc/passwd", "/healthz/x"])(
    "does not know %s",
    async (path) => {
      const response = await broker.get(path, clients.batchJob);
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ error: "not_found" });
    },
  );

  it.each(["POST", "PUT", "DELETE", "HEAD", "OPTIONS"])("does not take %s", async (method) => {
    const response = await fetch(`${broker.address}/get_wif_token`, { method, headers: clients.batchJob });
    expect(response.status).toBe(404);
    expect(broker.upstreams.requests.entra).toHaveLength(0);
  });

  it.each([
    ["a path that cannot be decoded", "GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n", 400],
    ["a body", "GET /get_wif_token HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello", 401],
    ["what is no HTTP", "\x16\x03\x01\x00\xa5\x01\r\n\r\n", 400],
    ["two lengths", "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\n", 400],
    [
      "headers beyond the limit",
      `GET /healthz HTTP/1.1\r\nHost: x\r\nX-Client-Cert-Leaf: ${"A".repeat(50_000)}\r\n\r\n`,
      431,
    ],
  ])("answers %s with a client error", async (_, text, status) => {
    const socket = connect(broker.port, "127.0.0.1");
    socket.on("error", () => {});
    socket.write(text);
    const [chunk] = await once(socket, "data");
    expect(String(chunk)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    socket.destroy();
  });

  it.each([
    ["what is no HTTP", "\x16\x03\x01\x00\xa5\x01\r\n\r\n", 400],
    ["headers beyond the limit", `GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: ${"A".repeat(50_000)}\r\n\r\n`, 431],
  ])("answers %s in the form of all refusals, and logs nothing of what was sent", async (_, text, status) => {
    const answer = await exchange(text);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(JSON.parse(answer.split("\r\n\r\n")[1] ?? "")).toEqual({
      error: "invalid_request",
      error_description: expect.any(String),
    });
    expect(broker.records()).toContainEqual(
      expect.objectContaining({ event: "request_broken", severity: "WARNING", code: expect.stringMatching(/^HPE_/) }),
    );
    expect(broker.log()).not.toContain("AAAA");
  });

  it.each([
    ["two hosts", "Host: x\r\nHost: y\r\n", "HTTP/1.1", 400, "header_repeated"],
    [
      "two types of content",
      "Host: x\r\nContent-Type: a/b\r\ncontent-type: c/d\r\n",
      "HTTP/1.1",
      400,
      "header_repeated",
    ],
    ["a version that is not spoken here", "Host: x\r\n", "HTTP/2.0", 505, "http_version_unsupported"],
    ["a version without headers", "", "HTTP/0.9", 505, "http_version_unsupported"],
  ])("refuses a request of a good client with %s", async (_, headers, version, status, reason) => {
    const answer = await exchange(`GET /get_wif_token ${version}\r\n${headers}${lines(clients.batchJob)}\r\n`);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(broker.audited()).toEqual([expect.objectContaining({ event: "token_refused", reason })]);
  });

  it("sees every header, however many a client puts before those of the front", async () => {
    const filler = "a:b\r\n".repeat(2_500);
    const answer = await exchange(
      `GET /get_wif_token HTTP/1.1\r\nHost: x\r\n${lines(clients.batchJob)}${filler}x-goog-iap-jwt-assertion: x\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1.1 403 /);
    const behind = await exchange(`GET /get_wif_token HTTP/1.1\r\nHost: x\r\n${filler}${lines(clients.batchJob)}\r\n`);
    expect(behind).toMatch(/^HTTP\/1.1 200 /);
  });

  it("writes a refusal down also when it does not read the request to its end", async () => {
    const form = { ...clients.batchJob, "content-type": "application/x-www-form-urlencoded" };
    expect((await broker.post("/oauth2/token", form, `a=${"b".repeat(40_000)}`)).status).toBe(400);
    expect((await broker.post("/approvals/x", { ...form, "content-type": "application/json" }, "{")).status).toBe(400);
    expect(broker.audited().map(({ reason }) => reason)).toEqual(["parameter_malformed", "verdict_malformed"]);
  });

  it("refuses a body even from a client that may have the token", async () => {
    const request = httpRequest({
      port: broker.port,
      host: "127.0.0.1",
      path: "/get_wif_token",
      headers: { ...clients.batchJob, "content-length": "2" },
    });
    request.end("{}");
    const [response] = await once(request, "response");
    response.resume();
    expect(response.statusCode).toBe(400);
    expect(broker.audited()).toEqual([
      expect.objectContaining({ reason: "request_malformed", certificate: expect.anything() }),
    ]);
  });

  it("takes a leaf certificate of the largest size that the front forwards", async () => {
    const response = await broker.get("/get_wif_token", {
      ...clients.batchJob,
      "x-client-cert-leaf": `:${"A".repeat(21_848)}:`,
    });
    expect(response.status).toBe(401);
  });
});
