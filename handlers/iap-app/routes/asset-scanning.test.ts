import { connect } from "node:net";
import type { FastifyInstance } from "fastify";
import type { TestClient } from "../testing/client";
import { type LocalIap, startLocalIap } from "../testing/local-iap";
import { Browser, groups, startApp } from "../testing/start-app";
import { exampleInventory } from "../uploads/inventory-file";

let iap: LocalIap;
let app: FastifyInstance;
let ask: TestClient;
let logLines: readonly string[];
beforeAll(async () => {
  iap = await startLocalIap();
  ({ app, ask, logLines } = await startApp(iap, "asset-scanning"));
});
afterAll(async () => {
  await app.close();
  await iap.close();
});

const home = "/asset-scanning";
const inventories = `${home}/inventories`;
const group = groups["asset-management"];
const arrive = async (subject: string) => {
  const browser = new Browser(iap, ask, subject);
  await browser.open(home);
  return browser;
};
const csv = (content: string | Uint8Array, name = "inventory.csv") => new File([content], name, { type: "text/csv" });
const header = "name,kind,network,last_scan,findings";

it("stores an uploaded inventory for a group, whose members see it and others do not", async () => {
  const agent = await arrive("desk-agent");
  const stored = await agent.upload(inventories, {
    group,
    file: csv(`${header}\nscanner-<7>,Scanner,"Delft, east",2026-11-20,4\n`),
  });
  expect([stored.statusCode, stored.headers.location]).toEqual([303, home]);
  const { body } = await agent.open(home);
  expect(body).toContain("scanner-&lt;7&gt;");
  expect(body).toMatch(/inventory\.csv<\/th><td role="cell" data-heading="Lines">1<\/td>/);
  expect((await (await arrive("outsider")).open(home)).body).not.toContain("scanner-");
});

it("offers an example that it takes itself", async () => {
  const agent = await arrive("desk-agent");
  const { body, headers } = await agent.open(`${home}/example.csv`);
  expect(headers["content-disposition"]).toContain("attachment");
  expect(body).toBe(exampleInventory);
  await agent.open(home);
  expect((await agent.upload(inventories, { group, file: csv(body) })).statusCode).toBe(303);
});

it.each<[string, string | Uint8Array, string]>([
  ["a formula", `${header}\n=cmd|x,k,,,0\n`, "Line 2: The name begins as a formula does"],
  ["a wrong column", "a,b\n1,2\n", "Line 1: Expected the columns"],
  ["binary content", Uint8Array.from([0, 1, 2]), "holds NUL bytes"],
  ["another encoding", Uint8Array.from([0xff, 0xfe, 0x61]), "not in UTF-8"],
  [
    "too many lines",
    `${header}\n${Array.from({ length: 5_001 }, (_, index) => `a${index},k,,,0`).join("\n")}`,
    "more than",
  ],
  ["markup in a problem", `${header}\n"a\n<script>",k,,,0\n`, "holds an invisible character"],
])("stores nothing of a file with %s, and says what is wrong", async (_what, content, message) => {
  const agent = await arrive("desk-agent");
  const before = (await agent.open(home)).body.match(/<tr>/g)?.length;
  const { statusCode, body } = await agent.upload(inventories, { group, file: csv(content) });
  expect(statusCode).toBe(422);
  expect(body).toContain(message);
  expect(body.match(/<script/g)).toHaveLength(1);
  expect((await agent.open(home)).body.match(/<tr>/g)?.length).toBe(before);
});

it("refuses a file that is too large, and the answer arrives", async () => {
  const agent = await arrive("desk-agent");
  const big = `${header}\n${"x".repeat(3 * 1024 * 1024)}`;
  const { statusCode, body, headers } = await agent.upload(inventories, { group, file: csv(big) });
  expect(statusCode).toBe(422);
  expect(body).toMatch(/The line is not CSV|larger than/);
  expect(headers.connection).toBe("close");
});

it("asks for a file where none was chosen", async () => {
  const agent = await arrive("desk-agent");
  const part = (disposition: string, content: string) =>
    `--x\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n${content}\r\n`;
  const fields = [
    part('name="form_token"', agent.token),
    part('name="group"', group),
    part('name="file"; filename=""', ""),
  ];
  const type = { "content-type": "multipart/form-data; boundary=x" };
  const { statusCode, body } = await agent.submit(inventories, `${fields.join("")}--x--\r\n`, type);
  expect([statusCode, body.includes("Choose a file.")]).toEqual([422, true]);
});

it("refuses a group of others, keeping the file out", async () => {
  const agent = await arrive("desk-agent");
  for (const foreign of [groups.administrators, "x", ""]) {
    const { statusCode, body } = await agent.upload(inventories, { group: foreign, file: csv(exampleInventory) });
    expect([statusCode, body.includes("You are not a member of that group.")]).toEqual([422, true]);
  }
});

it("shows a hostile file name as text, without path and invisible characters", async () => {
  const agent = await arrive("desk-agent");
  const name = "..\\..\\<img src=x onerror=alert(1)>\u202e.csv";
  await agent.upload(inventories, { group, file: csv(`${header}\nnamed,k,,,0\n`, name) });
  const { body } = await agent.open(home);
  expect(body).toContain("&lt;img src=x onerror=alert(1)&gt;.csv");
  expect(body).not.toContain("\u202e");
});

describe("an upload is refused before its file is read", () => {
  it("where the form's token is missing, wrong or behind the file", async () => {
    const agent = await arrive("desk-agent");
    const { token } = agent;
    agent.token = "wrong";
    expect((await agent.upload(inventories, { group, file: csv(exampleInventory) })).statusCode).toBe(403);
    agent.token = token;
    const behind = new FormData();
    behind.append("group", group);
    behind.append("file", csv(exampleInventory));
    behind.append("form_token", token);
    const request = new Request("http://localhost/", { method: "POST", body: behind });
    const response = await ask({
      method: "POST",
      url: inventories,
      headers: { ...agent.headers(), "content-type": request.headers.get("content-type") ?? "" },
      payload: Buffer.from(await request.arrayBuffer()),
    });
    expect(response.statusCode).toBe(403);
  });

  it("where it comes from another site, or from somebody without a group", async () => {
    const agent = await arrive("desk-agent");
    const foreign = await agent.upload(
      inventories,
      { group, file: csv(exampleInventory) },
      { "sec-fetch-site": "same-site" },
    );
    expect(foreign.statusCode).toBe(403);
    const guest = new Browser(iap, ask, "guest");
    expect((await guest.upload(inventories, { group, file: csv(exampleInventory) })).statusCode).toBe(403);
  });

  it("where it is no form with a file", async () => {
    const agent = await arrive("desk-agent");
    const type = { "content-type": "multipart/form-data; boundary=x" };
    expect((await agent.submit(inventories, "--x\r\nnot a form", type)).statusCode).toBe(422);
    expect((await agent.submit(inventories, { group })).statusCode).toBe(422);
    expect((await agent.submit(inventories, "{}", { "content-type": "application/json" })).statusCode).toBe(415);
  });

  it("where a proxy repeats or joins the assertion", async () => {
    const agent = await arrive("desk-agent");
    const twice = { "x-goog-iap-jwt-assertion": `${iap.assertion("desk-agent")}, ${iap.assertion("administrator")}` };
    expect((await agent.upload(inventories, { group, file: csv(exampleInventory) }, twice)).statusCode).toBe(401);
  });
});

it("survives a client that goes away in the middle of an upload", async () => {
  const agent = await arrive("desk-agent");
  const address = app.server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const socket = connect(address.port, "127.0.0.1");
  const headers = Object.entries({
    ...agent.headers(),
    host: "x",
    "content-type": "multipart/form-data; boundary=x",
    "content-length": "1000",
  });
  socket.write(
    `POST ${inventories} HTTP/1.1\r\n${headers.map(([name, value]) => `${name}: ${value}`).join("\r\n")}\r\n\r\n--x\r\n`,
  );
  await new Promise((resolve) => setTimeout(resolve, 100));
  socket.destroy();
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect((await agent.open(home)).statusCode).toBe(200);
  expect(logLines.join("")).not.toContain('"severity":"CRITICAL"');
});
