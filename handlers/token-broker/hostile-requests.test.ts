import { connect } from "node:net";
import fc from "fast-check";
import { createFrontClients, type FrontBroker, startFrontBroker } from "./testing/front-broker";

let broker: FrontBroker;
let good: string;
let clients: Awaited<ReturnType<typeof createFrontClients>>;
beforeAll(async () => {
  clients = await createFrontClients();
  broker = await startFrontBroker();
  const headers = Object.entries(clients.batchJob).map(([name, value]) => `${name}: ${value}\r\n`);
  good = `GET /get_wif_token HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${headers.join("")}\r\n`;
});
afterAll(() => broker.close());

/** Milliseconds that half a request is waited for. */
const patience = 250;

/** Sends bytes, and gives back all that comes. */
async function exchange(bytes: string): Promise<string> {
  const socket = connect(broker.port, "127.0.0.1");
  let text = "";
  socket.on("data", (chunk) => {
    text += chunk.toString("latin1");
  });
  socket.on("error", () => {});
  socket.setTimeout(patience, () => socket.destroy());
  socket.write(bytes, "latin1");
  await new Promise((resolve) => socket.on("close", resolve));
  return text;
}

/** A good request with something put in, taken out or put in place of something. */
const damagedRequest = () =>
  fc
    .tuple(
      fc.nat(good.length),
      fc.nat(3),
      fc.oneof(
        fc.string({ unit: "binary", maxLength: 8 }),
        fc.constantFrom("\r\n", "\n", "\r", "\0", ":", " ", "\r\n\r\n", ", ", "=", "GET / HTTP/1.1\r\n\r\n"),
        fc.constantFrom("Transfer-Encoding: chunked\r\n", "Content-Length: 9\r\n", "Host: y\r\n", "Expect: x\r\n"),
      ),
    )
    .map(([position, removed, added]) => good.slice(0, position) + added + good.slice(position + removed));

const statusLine = /^HTTP\/1\.1 (\d{3}) [\w -]+\r\n/;

describe("the server, sent what is nearly a good request", () => {
  it("answers in whole, gives nobody another's token, and lives on", async () => {
    expect((await broker.get("/get_wif_token", clients.batchJob)).status).toBe(200);
    await fc.assert(
      fc.asyncProperty(damagedRequest(), async (request) => {
        const text = await exchange(request);
        if (text === "") return;
        const [, status = ""] = statusLine.exec(text) ?? [];
        expect(["200", "400", "401", "403", "404", "408", "417", "431", "505"]).toContain(status);
        // What is changed in the headers of the certificate makes another client of it, or none.
        if (status === "200" && text.includes("access_token")) expect(text).toContain('"account":"batch-job-dev@');
      }),
      { numRuns: 200 },
    );
    expect((await broker.get("/get_wif_token", clients.batchJob)).status).toBe(200);
    expect(broker.records().filter(({ severity }) => severity === "ERROR")).toEqual([]);
    expect(broker.audited().filter(({ reason }) => reason === "internal_error")).toEqual([]);
  });
});
