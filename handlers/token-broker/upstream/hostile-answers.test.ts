import { once } from "node:events";
import { createServer } from "node:net";
import fc from "fast-check";
import { processGenerateAccessTokenResponse } from "../exchange/generate-access-token";
import { processGenerateIdTokenResponse } from "../exchange/generate-id-token";
import { processTokenExchangeResponse } from "../exchange/token-exchange";
import { processManagedIdentityResponse } from "../sources/azure-managed-identity";
import { processClientCredentialsResponse } from "../sources/entra-client-assertion";
import { readToken } from "../sources/token-text";
import { unsignedJwt } from "../testing/source-tools";
import { UpstreamError } from "./upstream-error";
import { sendOverNetwork, type UpstreamResponse } from "./upstream-request";

const trip = { receivedAt: new Date("2030-01-01T00:00:00Z"), milliseconds: 10 };
const later = "2030-01-01T01:00:00Z";
const visible = /^[\x21-\x7e]+$/;
/** What every process makes of an answer, as far as there is one of: token, whole seconds of life, end. */
const processes: readonly [
  string,
  unknown,
  (response: UpstreamResponse) => { token: string; lifetimeSeconds?: unknown },
][] = [
  [
    "Entra",
    { access_token: "t", token_type: "Bearer", expires_in: 3599 },
    (response) => processClientCredentialsResponse(response, trip.receivedAt),
  ],
  ["Azure's metadata service", { access_token: "t", expires_on: "1900000000" }, processManagedIdentityResponse],
  [
    "the Security Token Service",
    {
      access_token: "t",
      issued_token_type: "urn:ietf:params:oauth:token-type:access_token",
      token_type: "Bearer",
      expires_in: 3599,
    },
    processTokenExchangeResponse,
  ],
  [
    "IAM Credentials, asked for an access token",
    { accessToken: "t", expireTime: later },
    (response) => processGenerateAccessTokenResponse(response, { lifetimeSeconds: 900 }, trip),
  ],
  [
    "IAM Credentials, asked for an ID token",
    { token: unsignedJwt({ exp: Date.parse(later) / 1000 }) },
    (response) => processGenerateIdTokenResponse(response, trip),
  ],
  [
    "a service that gives a field",
    { token: "t" },
    ({ body }) => readToken("token-url", body, { type: "x", jsonField: "token" }),
  ],
];

const hostileValue = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom<unknown>("a\r\nSet-Cookie: b", "\u0000", "\u202e", "a b", "x".repeat(70_000), -1, 0, 1e308, 1e17, ""),
  fc.constantFrom<unknown>(
    "9999-12-31T23:59:59Z",
    "2030-01-01T00:00:00Z",
    "-000001-01-01T00:00:00Z",
    [],
    {},
    null,
    true,
  ),
);

describe.each(processes)("an answer of %s", (_, good, process) => {
  const fields = Object.keys(Object(good));

  it("gives a token when it is good", () => {
    expect(process({ status: 200, body: JSON.stringify(good) }).token).toMatch(visible);
  });

  it("gives a token of visible characters with a life, or an error that is one line, whatever it says", () => {
    const damaged = fc
      .dictionary(fc.constantFrom(...fields, "error", "error_description", "__proto__"), hostileValue)
      .map((changes) => JSON.stringify({ ...Object(good), ...changes }));
    const refusal = fc
      .record({ error: hostileValue, error_description: hostileValue })
      .map((document) => JSON.stringify(document));
    fc.assert(
      fc.property(
        fc.constantFrom(200, 200, 200, 204, 400, 401, 403, 429, 503),
        fc.oneof(
          damaged,
          refusal,
          fc.string(),
          hostileValue.map((value) => JSON.stringify({ error: value })),
        ),
        (status, body) => {
          try {
            const { token, lifetimeSeconds = 1 } = process({ status, body });
            expect(token).toMatch(visible);
            expect(Number.isSafeInteger(lifetimeSeconds) && Number(lifetimeSeconds) > 0).toBe(true);
          } catch (error) {
            if (!(error instanceof UpstreamError)) throw error;
            expect(`${error.code} ${error.description}`).toMatch(/^[\x20-\x7e]*$/);
            expect(error.message.length).toBeLessThan(2_000);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("an upstream that does not keep to HTTP", () => {
  const answers: readonly [string, string][] = [
    ["no HTTP", "SSH-2.0-OpenSSH_9.2\r\n"],
    ["two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc"],
    [
      "a length and chunks",
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
    ],
    ["a broken chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n"],
    ["headers without end", `HTTP/1.1 200 OK\r\nX: ${"x".repeat(100_000)}\r\n\r\n`],
    ["a header with a line break of its own", "HTTP/1.1 200 OK\r\nX: a\nContent-Length: 0\rY: b\r\n\r\n"],
    ["a negative length", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"],
    ["half a status line", "HTTP/1.1 20"],
    ["nothing", ""],
  ];

  it.each(answers)("is an outage when it sends %s", async (_, bytes) => {
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => socket.end(bytes));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const url = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}/`;
    const request = { upstream: "entra", url, headers: { authorization: "Bearer secret" }, body: "secret=1" } as const;
    const error: unknown = await sendOverNetwork(request, AbortSignal.timeout(3_000)).catch(
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ name: "UpstreamError", code: "network", retryable: true });
    expect(String(error)).not.toContain("secret");
    server.close();
  });

  it("cannot answer the next request with what it sent behind an answer", async () => {
    let connections = 0;
    const server = createServer((socket) => {
      const isFirst = connections++ === 0;
      socket.on("error", () => {});
      socket.on("data", () => {
        const body = isFirst ? "first" : "next!";
        const answer = `HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n${body}`;
        socket.write(isFirst ? `${answer}HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nghost` : answer);
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const url = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}/`;
    const send = () => sendOverNetwork({ upstream: "entra", url, headers: {} }, AbortSignal.timeout(3_000));
    const bodies: string[] = [];
    for (let request = 0; request < 3; request++) {
      bodies.push(
        await send().then(
          ({ body }) => body,
          (error: unknown) => `no answer: ${String(error)}`,
        ),
      );
    }
    expect(bodies.join()).not.toContain("ghost");
    expect(bodies.at(-1)).toBe("next!");
    server.close();
  });
});
