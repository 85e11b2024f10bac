import type { FastifyInstance } from "fastify";
import { iapAssertionHeader } from "../../../facts/iap";
import { type Directory, unknown } from "../directory";
import type { TestClient } from "../testing/client";
import { type LocalIap, startLocalIap } from "../testing/local-iap";
import { Browser, startApp } from "../testing/start-app";

let iap: LocalIap;
let app: FastifyInstance;
let ask: TestClient;
let logLines: readonly string[];
/** What the directory says of everybody, at the moment. */
let answer: Awaited<ReturnType<Directory["find"]>>;
beforeEach(() => {
  answer = { ok: true, membership: { groups: [], reports: [] } };
});
beforeAll(async () => {
  iap = await startLocalIap();
  ({ app, ask, logLines } = await startApp(iap, "service-desk", { directory: { find: async () => answer } }));
});
afterAll(async () => {
  await app.close();
  await iap.close();
});

const arrive = async (subject: string) => {
  const browser = new Browser(iap, ask, subject);
  await browser.open("/service-desk");
  return browser;
};

const create = async (browser: Browser, subject: string, description = ""): Promise<string> => {
  const { statusCode, headers } = await browser.submit("/service-desk/tickets", { subject, description });
  expect(statusCode).toBe(303);
  return String(headers.location);
};

it("creates a ticket by the form, shows it, takes a comment and closes it", async () => {
  const browser = await arrive("desk-agent");
  const address = await create(browser, "Keyboard <b>broken</b>", "first line\r\nsecond line");
  expect(address).toMatch(/^\/service-desk\/tickets\/\d+$/);

  const page = await browser.open(address);
  expect(page.body).toContain("<h1>Keyboard &lt;b&gt;broken&lt;/b&gt;</h1>");
  expect(page.body).toContain("first line\nsecond line");

  expect((await browser.submit(`${address}/comments`, { body: "A key is loose." })).statusCode).toBe(303);
  expect((await browser.submit(`${address}/close`, {})).headers.location).toBe(address);
  const after = await browser.open(address);
  expect(after.body).toContain("A key is loose.");
  expect(after.body).toContain('<span class="badge">closed</span>');
  expect(after.body).not.toContain("Close ticket");
});

it("shows a second person nothing of the first one's", async () => {
  const first = await arrive("first-person");
  const address = await create(first, "Confidential matter");
  const second = await arrive("second-person");
  expect((await second.open("/service-desk")).body).not.toContain("Confidential matter");
  const [foreign, absent] = [await second.open(address), await second.open("/service-desk/tickets/99999")];
  expect([foreign.statusCode, absent.statusCode]).toEqual([404, 404]);
  expect(foreign.body).toBe(absent.body);

  await second.open("/service-desk");
  expect((await second.submit(`${address}/comments`, { body: "hello" })).statusCode).toBe(404);
  expect((await second.submit(`${address}/close`, {})).statusCode).toBe(404);
  expect((await first.open(address)).body).toContain('<span class="badge">open</span>');
});

it.each(["0", "-1", "1e3", "abc", "1'--", "99999999999999999999", "1%00"])("has no ticket %j", async (id) => {
  const browser = await arrive("desk-agent");
  expect((await browser.open(`/service-desk/tickets/${id}`)).statusCode).toBe(404);
});

it("keeps two people apart whose requests come at the same time", async () => {
  const people = await Promise.all(["x", "y", "z"].map((name) => arrive(`parallel-${name}`)));
  await Promise.all(
    Array.from({ length: 60 }, async (_, index) => {
      const browser = people[index % people.length];
      if (!browser) return;
      if (index % 4 === 0) await create(browser, `made by ${browser.subject}`);
      const { body } = await ask({
        url: "/service-desk",
        headers: { [iapAssertionHeader]: iap.assertion(browser.subject) },
      });
      for (const other of people) expect(body.includes(other.subject)).toBe(other === browser);
    }),
  );
});

describe("a form", () => {
  it.each<[string, Record<string, string>, string]>([
    ["an empty subject", { subject: "  ", description: "x" }, "The subject is empty."],
    ["no subject", { description: "x" }, "The subject is missing."],
    ["a long subject", { subject: "x".repeat(201), description: "" }, "longer than 200"],
    ["a subject of two lines", { subject: "a\nb", description: "" }, "more than one line"],
    ["a NUL", { subject: "a\u0000b", description: "" }, "control character"],
    ["a long description", { subject: "s", description: "x".repeat(5001) }, "longer than 5000"],
  ])("with %s comes back with what was typed and what is wrong", async (_what, fields, message) => {
    const browser = await arrive("desk-agent");
    const { statusCode, body } = await browser.submit("/service-desk/tickets", fields);
    expect(statusCode).toBe(422);
    expect(body).toContain(message);
    expect(body).toContain('role="alert"');
    expect(body).toContain(fields["description"] ?? "");
  });

  it("with an empty comment comes back with what is wrong", async () => {
    const browser = await arrive("desk-agent");
    const address = await create(browser, "To be commented");
    await browser.open(address);
    const { statusCode, body } = await browser.submit(`${address}/comments`, { body: " " });
    expect([statusCode, body.includes("The comment is empty.")]).toEqual([422, true]);
  });

  it("holds an emoji of four bytes as one character, as the database counts it", async () => {
    const browser = await arrive("desk-agent");
    await create(browser, "🖨".repeat(200));
  });

  describe("is refused", () => {
    const fields = { subject: "forged", description: "" };
    const expectRefused = async (response: Promise<{ statusCode: number; body: string }>) => {
      const { statusCode, body } = await response;
      expect([statusCode, body.includes("Form refused")]).toEqual([403, true]);
    };

    afterAll(async () => {
      expect((await new Browser(iap, ask, "victim").open("/service-desk")).body).not.toContain("forged");
    });

    it("without the token", async () => {
      const victim = await arrive("victim");
      await expectRefused(victim.submit("/service-desk/tickets", new URLSearchParams(fields).toString()));
    });

    it("without the cookie", async () => {
      const victim = await arrive("victim");
      victim.cookie = "";
      await expectRefused(victim.submit("/service-desk/tickets", fields));
    });

    it("with the token of another person, planted together with its cookie", async () => {
      const attacker = await arrive("attacker");
      const victim = await arrive("victim");
      victim.cookie = attacker.cookie;
      victim.token = attacker.token;
      await expectRefused(victim.submit("/service-desk/tickets", fields));
    });

    it("with two cookies of the name, of which one may be planted", async () => {
      const victim = await arrive("victim");
      victim.cookie = `${victim.cookie}; ${victim.cookie}`;
      await expectRefused(victim.submit("/service-desk/tickets", fields));
    });

    it("with more cookies than a browser has from us", async () => {
      const victim = await arrive("victim");
      const more = Array.from({ length: 8 }, (_, index) => `__Host-keyless-form-0000000${index}=${"A".repeat(43)}`);
      victim.cookie = [victim.cookie, ...more].join("; ");
      await expectRefused(victim.submit("/service-desk/tickets", fields));
    });

    it("with the token twice", async () => {
      const victim = await arrive("victim");
      const twice = new URLSearchParams([
        ["form_token", victim.token],
        ["form_token", "x"],
        ["subject", "forged"],
      ]);
      await expectRefused(victim.submit("/service-desk/tickets", twice.toString()));
    });

    it.each(["cross-site", "same-site", "none"])("from a page that is %s, even with a good token", async (site) => {
      const victim = await arrive("victim");
      await expectRefused(victim.submit("/service-desk/tickets", fields, { "sec-fetch-site": site }));
    });
  });

  it("is taken from each of two tabs that were opened at once, before there was a cookie", async () => {
    const [one, other] = await Promise.all([arrive("two-tabs"), arrive("two-tabs")]);
    expect(one.cookie).not.toBe(other.cookie);
    const jar = `other=1; ${one.cookie}; ${other.cookie}`;
    for (const tab of [one, other]) tab.cookie = jar;
    const fields = { subject: "from one of two tabs", description: "" };
    expect((await one.submit("/service-desk/tickets", fields)).statusCode).toBe(303);
    expect((await other.submit("/service-desk/tickets", fields)).statusCode).toBe(303);
  });

  it("is taken from a page of the same origin", async () => {
    const browser = await arrive("desk-agent");
    const fields = { subject: "same origin", description: "" };
    const { statusCode } = await browser.submit("/service-desk/tickets", fields, { "sec-fetch-site": "same-origin" });
    expect(statusCode).toBe(303);
  });

  it.each([
    ["application/json", '{"subject":"x"}', 415],
    ["text/plain", "subject=x", 415],
    ["multipart/form-data; boundary=x", "--x--", 415],
    ["application/x-www-form-urlencoded", "x".repeat(70_000), 413],
  ])("of type %s that it does not take is refused with a page", async (type, body, status) => {
    const browser = await arrive("desk-agent");
    const response = await browser.submit("/service-desk/tickets", body, { "content-type": type });
    expect([response.statusCode, response.body.includes("Request not understood")]).toEqual([status, true]);
  });

  it("has a cookie that scripts, other hosts and other sites do not get", async () => {
    const { headers } = await new Browser(iap, ask, "desk-agent").open("/service-desk");
    expect(headers["set-cookie"]?.join()).toMatch(
      /^__Host-keyless-form-[0-9a-f]{8}=[A-Za-z0-9_-]{43}; Path=\/; Secure; HttpOnly; SameSite=Strict$/,
    );
  });
});

it("logs neither what people write nor their form tokens", async () => {
  const browser = await arrive("discreet");
  await create(browser, "Words in a subject", "Words in a description");
  const log = logLines.join("");
  expect(log).toContain("discreet");
  expect(log).not.toContain("Words in");
  expect(log).not.toContain(browser.token);
});

describe("a person to whom others report", () => {
  const report = "a3b9d2c0-51e7-4d7a-8c1e-00000000000a";

  it("sees their tickets apart from their own, reads and comments, but does not close them", async () => {
    const agent = await arrive(report);
    const address = await create(agent, "Needs a decision");
    const manager = await arrive("manager");
    expect((await manager.open(address)).statusCode).toBe(404);

    answer = { ok: true, membership: { groups: [], reports: [report] } };
    const list = await manager.open("/service-desk");
    expect(list.body).toMatch(/Tickets of the people who report to you[\s\S]*Needs a decision[\s\S]*New ticket/);
    const page = await manager.open(address);
    expect(page.body).toContain(`${report}@ailab.com`);
    expect(page.body).not.toContain("Close ticket");
    expect((await manager.submit(`${address}/comments`, { body: "Granted." })).statusCode).toBe(303);
    expect((await manager.submit(`${address}/close`, {})).statusCode).toBe(404);

    answer = { ok: true, membership: { groups: [], reports: [] } };
    const seen = await agent.open(address);
    expect(seen.body).toContain("Granted.");
    expect(seen.body).toContain("manager@ailab.com");
    expect(seen.body).toContain("Close ticket");
  });

  it("is told where the directory does not say who reports to them, and has their own tickets all the same", async () => {
    const manager = await arrive("manager");
    answer = unknown("directory_unavailable");
    const { statusCode, body } = await manager.open("/service-desk");
    expect(statusCode).toBe(200);
    expect(body).toContain("could not be asked who reports to you");
    expect(body).toContain("Your tickets");
    expect(body).not.toContain("Needs a decision");
  });
});

it("gives a refused comment back to the form", async () => {
  const browser = await arrive("desk-agent");
  const address = await create(browser, "for a comment");
  await browser.open(address);
  const { statusCode, body } = await browser.submit(`${address}/comments`, { body: `keep <me>\u0000` });
  expect([statusCode, body.includes("keep &lt;me&gt;")]).toEqual([422, true]);
});
