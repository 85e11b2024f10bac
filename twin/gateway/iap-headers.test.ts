import { connect } from "node:tls";
import { echoSchema } from "./testing/echo-runner";
import { type GatewayFixture, startGateway } from "./testing/gateway-fixture";
import { appHost } from "./testing/gateway-resources";
import type { TestBrowser, Visit } from "./testing/test-browser";

const app = `https://${appHost}`;
const echoOf = ({ body }: Visit) => echoSchema.parse(JSON.parse(body));

let fixture: GatewayFixture;
let browser: TestBrowser;

beforeEach(async () => {
  fixture = await startGateway();
  browser = fixture.browser();
});

afterEach(() => fixture.close());

describe("reserved headers", () => {
  it.each([
    ["x-goog-iap-jwt-assertion", "e30.e30.e30"],
    ["X-Goog-Authenticated-User-Email", "accounts.google.com:administrator@example.com"],
    ["X_Goog_Authenticated_User_Email", "accounts.google.com:administrator@example.com"],
    ["x-goog_iap-jwt-assertion", "e30.e30.e30"],
    ["X-Serverless-Authorization", "Bearer forged"],
    ["X_SERVERLESS_AUTHORIZATION", "Bearer forged"],
    ["x-goog-anything-else", "forged"],
    ["X-Client-Cert-Present", "true"],
    ["X_Client_Cert_Chain_Verified", "true"],
  ])("never lets the client's own %s through", async (name, value) => {
    await browser.open(`${app}/service-desk`);
    const echo = echoOf(await browser.open(`${app}/service-desk`, { [name]: value }));

    expect(JSON.stringify([echo.headers, echo.distinct, echo.raw])).not.toContain(
      value === "true" ? name.toLowerCase() : value,
    );
    expect(echo.raw.filter((field) => /^x[-_]goog[-_]iap[-_]jwt[-_]assertion$/i.test(field))).toHaveLength(1);
  });

  it("keeps a client from withdrawing the assertion by naming it in Connection", async () => {
    const { hops } = await browser.open(`${app}/service-desk`);
    expect(hops.length).toBeGreaterThan(0);
    const cookie = [...(browser.cookies.get(`${appHost}.localhost`) ?? [])]
      .map(([name, { value }]) => `${name}=${value}`)
      .join("; ");
    const body = await rawRequest(fixture, appHost, [
      "GET /service-desk HTTP/1.1",
      `Host: ${new URL(fixture.front.origin(appHost)).host}`,
      `Cookie: ${cookie}`,
      "Connection: close, X-Goog-Iap-Jwt-Assertion, X-Forwarded-Proto, Host",
      "X-Goog-Iap-Jwt-Assertion: one",
      "X-Goog-Iap-Jwt-Assertion: two",
      "X-Client-Cert-Present: true",
      "x-client-cert-present: true",
    ]);
    const echo = echoSchema.parse(JSON.parse(body.slice(body.indexOf("{"), body.lastIndexOf("}") + 1)));

    expect(echo.distinct["x-goog-iap-jwt-assertion"]).toHaveLength(1);
    expect(echo.headers["x-forwarded-proto"]).toBe("https");
    expect(echo.headers).not.toHaveProperty("x-client-cert-present");
    expect(echo.headers).toHaveProperty("host");
    expect(echo.headers).not.toHaveProperty("connection");
  });
});

/** Sends lines as they are over TLS; gives what came back. */
function rawRequest({ front, servers }: GatewayFixture, host: string, lines: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: "127.0.0.1",
      port: front.port,
      servername: `${host}.localhost`,
      ca: servers.certificatePem,
    });
    let received = "";
    socket.on("data", (chunk) => {
      received += String(chunk);
    });
    socket.on("end", () => resolve(received)).on("error", reject);
    socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  });
}
