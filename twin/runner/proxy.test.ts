import { echoService } from "./fixtures/echo-service";
import { type EchoSurroundings, EchoTwin, prepareEcho } from "./fixtures/echo-twin";

describe("the way to the container", () => {
  let surroundings: EchoSurroundings;
  let twin: EchoTwin;

  beforeAll(async () => {
    surroundings = await prepareEcho();
  });
  afterAll(() => surroundings.remove());
  beforeEach(async () => {
    twin = new EchoTwin(surroundings);
    await twin.listen();
  });
  afterEach(() => twin.stop());

  it("passes the request on, without what is of the connection and without the invoker's token", async () => {
    const answer = await twin.ask("/echo", {
      method: "POST",
      body: "the body",
      headers: {
        Host: "dev.ailab.com",
        "X-Two": ["one", "two"],
        "X-Serverless-Authorization": "Bearer invoker",
        X_Serverless_Authorization: "Bearer invoker",
        Authorization: "Bearer of the app",
        Connection: "x-private, host",
        "X-Private": "no",
        TE: "trailers",
        "Proxy-Authorization": "Basic x",
        "X-Forwarded-For": "203.0.113.9",
        "X-Forwarded-Proto": "http",
      },
    });
    const seen: { headers: string[]; body: string } = JSON.parse(answer.text);
    const pairs = seen.headers.flatMap((name, index) =>
      index % 2 === 0 ? [`${name}: ${seen.headers[index + 1]}`] : [],
    );
    expect(seen.body).toBe("the body");
    expect(pairs).toEqual([
      "Host: dev.ailab.com",
      "X-Two: one",
      "X-Two: two",
      "Authorization: Bearer of the app",
      "Content-Length: 8",
      "X-Forwarded-For: 203.0.113.9, 127.0.0.1",
      "X-Forwarded-Proto: https",
      "Connection: close",
    ]);
  });

  it("passes the response on, with every cookie and without the container's connection headers", async () => {
    const { status, headers } = await twin.ask("/echo", { method: "POST" });
    expect(status).toBe(201);
    expect(headers).toMatchObject({ "set-cookie": ["a=1", "b=2"], "x-end": "2" });
    expect(headers["x-hop"]).toBeUndefined();
  });

  it("frames a chunked body of a GET, so that nothing in it becomes a second request", async () => {
    const answer = await twin.ask("/echo", {
      headers: { "Transfer-Encoding": "chunked" },
      body: "GET /crash HTTP/1.1\r\n\r\n",
    });
    expect(JSON.parse(answer.text).body).toBe("GET /crash HTTP/1.1\r\n\r\n");
    expect((await twin.ask("/healthz")).status).toBe(200);
  });

  it("streams: the beginning of a response arrives before its end", async () => {
    const begun = performance.now();
    await twin.ask("/healthz");
    const response = await fetch(`http://127.0.0.1:${twin.port}/stream`);
    const reader = response.body?.getReader();
    const first = await reader?.read();
    expect(Buffer.from(first?.value ?? []).toString()).toBe("first");
    const second = await reader?.read();
    expect(Buffer.from(second?.value ?? []).toString()).toBe("second");
    expect(performance.now() - begun).toBeGreaterThan(900);
  });

  it("breaks off a response that the container broke off", async () => {
    await expect(twin.ask("/half")).rejects.toThrow("aborted");
  });

  it("takes a body of 32 MiB and refuses a longer one, announced or not", async () => {
    const limit = 32 * 1024 * 1024;
    const chunked = { "Transfer-Encoding": "chunked" };
    const send = (length: number, headers = {}) =>
      twin.ask("/count", { method: "POST", headers, body: "x".repeat(length) });
    expect((await send(limit, chunked)).text).toBe(String(limit));
    expect(
      (await twin.ask("/count", { method: "POST", headers: { "Content-Length": String(limit + 1) } })).status,
    ).toBe(413);
    // The connection may be reset while the client still sends.
    const tooLong = await send(limit + 1, chunked).then(
      ({ status }) => status,
      () => "reset",
    );
    expect([413, "reset"]).toContain(tooLong);
    expect((await twin.ask("/healthz")).status).toBe(200);
  });

  it("answers 504 when the service's request timeout is over", async () => {
    twin.store.put(echoService(surroundings.bundle.digest, { template: { timeout: "1s" } }));
    expect((await twin.ask("/never")).status).toBe(504);
  });

  it("logs a structured line under its severity", async () => {
    await twin.ask("/healthz");
    expect(twin.log[0]).toMatchObject({ stack: "dev", service: "echo", severity: "INFO", message: "listening" });
  });
});
