import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { ConfigurationError } from "../../runtime";
import { checkProxy, sendOverNetwork } from "./upstream-request";

const signal = AbortSignal.timeout(20_000);
const connects: { host: string | undefined; authorization: string | undefined }[] = [];
const plain: string[] = [];
let server: Server;
let origin: string;
const before = { ...process.env };

beforeAll(async () => {
  server = createServer((incoming, outgoing) => {
    plain.push(incoming.url ?? "");
    outgoing.end("direct");
  });
  server.on("connect", (incoming, socket) => {
    connects.push({ host: incoming.url, authorization: incoming.headers["proxy-authorization"] });
    socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  origin = `127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
  process.env["HTTPS_PROXY"] = `http://broker:hunter2@${origin}`;
  process.env["NO_PROXY"] = "127.0.0.1";
});
afterAll(() => {
  process.env = before;
  server.closeAllConnections();
  server.close();
});

const errorOf = (url: string) =>
  sendOverNetwork({ upstream: "entra", url, headers: { authorization: "Bearer secret" } }, signal).catch(String);

describe("a proxy on the way to upstreams", () => {
  it("is asked for a tunnel to an https upstream, with its own credentials and none of the request's", async () => {
    const error = await errorOf("https://login.example/token");
    expect(connects).toEqual([
      { host: "login.example:443", authorization: `Basic ${Buffer.from("broker:hunter2").toString("base64")}` },
    ]);
    expect(error).toContain("403");
    expect(error).not.toMatch(/hunter2|secret/);
  });

  it("is passed by where NO_PROXY says so, and for metadata servers, which speak plain HTTP", async () => {
    expect(await errorOf(`https://${origin}/token`)).toContain("entra: network");
    expect(await errorOf(`http://${origin}/metadata`)).toMatchObject({ body: "direct" });
    expect(plain).toEqual(["/metadata"]);
    expect(connects).toHaveLength(1);
  });

  it.each(["proxy.example:3128", "socks5://proxy.example", "http://"])("is refused at the start as %j", (value) => {
    for (const name of ["HTTPS_PROXY", "https_proxy"]) {
      expect(() => checkProxy({ [name]: value })).toThrow(
        new ConfigurationError([`${name}: expected the URL of a proxy, such as http://proxy.ailab.com:3128`]),
      );
    }
  });

  it.each([undefined, "", "http://user:password@proxy.example:3128", "https://proxy.example"])(
    "is taken as %j",
    (value) => expect(() => checkProxy({ HTTPS_PROXY: value })).not.toThrow(),
  );
});
