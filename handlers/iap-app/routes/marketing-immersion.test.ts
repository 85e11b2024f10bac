import type { FastifyInstance } from "fastify";
import type { TestClient } from "../testing/client";
import { type LocalIap, startLocalIap } from "../testing/local-iap";
import { Browser, groups, startApp } from "../testing/start-app";

let iap: LocalIap;
let app: FastifyInstance;
let ask: TestClient;
beforeAll(async () => {
  iap = await startLocalIap();
  ({ app, ask } = await startApp(iap, "marketing-immersion"));
});
afterAll(async () => {
  await app.close();
  await iap.close();
});

const home = "/marketing-immersion";
const arrive = async (subject: string) => {
  const browser = new Browser(iap, ask, subject);
  await browser.open(home);
  return browser;
};
const campaign = (title: string, change: Record<string, string> = {}) => ({
  title,
  place: "Delft",
  starts_on: "2027-03-01",
  ends_on: "2027-03-02",
  group: groups.marketing,
  ...change,
});
const create = (browser: Browser, fields: Record<string, string>) => browser.submit(`${home}/campaigns`, fields);

it("shows a campaign to the members of its group, and to nobody else", async () => {
  const agent = await arrive("desk-agent");
  expect((await create(agent, campaign("Seen by <marketing>"))).headers.location).toBe(home);
  expect((await agent.open(home)).body).toContain("Seen by &lt;marketing&gt;");
  expect((await (await arrive("administrator")).open(home)).body).toContain("Seen by &lt;marketing&gt;");
  expect((await (await arrive("outsider")).open(home)).body).not.toContain("Seen by");
});

it("offers only the groups that a person is in", async () => {
  const { body } = await new Browser(iap, ask, "desk-agent").open(home);
  expect([...body.matchAll(/<option value="([^"]+)"/g)].map(([, id]) => id)).toEqual([
    groups.marketing,
    groups["asset-management"],
  ]);
});

it.each<[string, Record<string, string>, string]>([
  ["no title", { title: " " }, "The title is empty."],
  ["a title of two lines", { title: "a\nb" }, "The title is more than one line."],
  ["a day that is none", { starts_on: "2027-02-30" }, "The first day is no date"],
  ["days the wrong way round", { ends_on: "2027-02-01" }, "The last day is before the first."],
  ["a group of others", { group: groups.administrators }, "You are not a member of that group."],
  ["a group that is none", { group: "' or '1'='1" }, "You are not a member of that group."],
])("refuses a campaign with %s, and gives back what was typed", async (_what, change, message) => {
  const agent = await arrive("desk-agent");
  const { statusCode, body } = await create(agent, campaign("Typed before", { place: "Kept place", ...change }));
  expect(statusCode).toBe(422);
  expect(body).toContain(message);
  expect(body).toContain('value="Kept place"');
  expect(body).toContain('role="alert"');
});

it("changes the state of a campaign for its members, and knows none of others", async () => {
  const agent = await arrive("desk-agent");
  await create(agent, campaign("To be run"));
  const [, row = ""] =
    /<th scope="row" role="rowheader">To be run<\/th>([\s\S]*?)<\/tr>/.exec((await agent.open(home)).body) ?? [];
  const address = /action="([^"]+)"/.exec(row)?.[1] ?? "";
  const outsider = await arrive("outsider");
  expect((await outsider.submit(address, { state: "running" })).statusCode).toBe(404);
  expect((await agent.submit(address, { state: "running" })).statusCode).toBe(303);
  expect((await agent.open(home)).body).toMatch(/To be run<\/th>[\s\S]*?<option selected>running/);
  expect((await agent.submit(address, { state: "cancelled" })).statusCode).toBe(422);
  expect((await agent.submit(`${home}/campaigns/0/state`, { state: "running" })).statusCode).toBe(404);
});

it("takes no form from elsewhere", async () => {
  const agent = await arrive("desk-agent");
  const foreign = await agent.submit(`${home}/campaigns`, campaign("x"), { "sec-fetch-site": "cross-site" });
  expect(foreign.statusCode).toBe(403);
  const other = await arrive("administrator");
  other.cookie = agent.cookie;
  other.token = agent.token;
  expect((await create(other, campaign("x"))).statusCode).toBe(403);
});
