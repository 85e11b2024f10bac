import { createServer } from "node:http";
import {
  directoryRole,
  type GraphAnswer,
  group,
  type LocalGraph,
  objectId,
  startLocalGraph,
  user,
} from "../testing/local-graph";
import { portOf } from "../testing/local-iap";
import { createMetadataServer } from "../upstream/metadata-server";
import { createTokenCache, fetchGraphToken } from "./entra-token";
import { createGraphDirectory } from "./graph-directory";
import type { Directory } from "./membership";

const person = objectId(1);
const reader = { tenantId: objectId(900), clientId: objectId(901) };

let graph: LocalGraph;
let now: number;
let directory: Directory;
beforeEach(async () => {
  graph = await startLocalGraph();
  now = Date.UTC(2026, 0, 5);
  const clock = () => now;
  const metadata = createMetadataServer(graph.origin);
  const tokens = createTokenCache(() => fetchGraphToken({ ...reader, entra: graph.origin }, metadata, clock), clock);
  directory = createGraphDirectory({ graph: graph.origin, tokens, clock });
});
afterEach(() => graph.close());

const isMemberships = (url: URL) => url.pathname.endsWith("/transitiveMemberOf");
/** Memberships in pages of the given objects; nobody reports. */
const pages = (...objects: (readonly unknown[])[]) => {
  graph.answerWith((url) => {
    if (!isMemberships(url)) return { status: 200, body: { value: [] } };
    const index = Number(url.searchParams.get("$skiptoken") ?? 0);
    const next = `${graph.origin}${url.pathname}?$select=id&$skiptoken=${index + 1}`;
    return {
      status: 200,
      body: { value: objects[index], ...(index + 1 < objects.length ? { "@odata.nextLink": next } : {}) },
    };
  });
};
const always = (answer: GraphAnswer) => graph.answerWith(() => answer);

describe("a person's membership", () => {
  it("is the groups of all pages and the people who report to them, by object id", async () => {
    graph.answerWith((url) => {
      if (!isMemberships(url)) return { status: 200, body: { value: [user(objectId(51)), user(objectId(52))] } };
      const next = `${graph.origin}${url.pathname}?$skiptoken=x`;
      return url.searchParams.has("$skiptoken")
        ? { status: 200, body: { value: [group(objectId(3))] } }
        : { status: 200, body: { value: [group(objectId(2)), directoryRole(objectId(9))], "@odata.nextLink": next } };
    });
    expect(await directory.find(person)).toEqual({
      ok: true,
      membership: { groups: [objectId(2), objectId(3)], reports: [objectId(51), objectId(52)] },
    });
  });

  it("may hold more groups than fit in an ID token, one group once", async () => {
    const many = Array.from({ length: 1_200 }, (_, index) => group(objectId(index)));
    pages(many.slice(0, 999), many.slice(999), [group(objectId(0))]);
    const answer = await directory.find(person);
    expect(answer.ok && answer.membership.groups).toHaveLength(1_200);
  });

  it("has object ids in one spelling", async () => {
    pages([group("6D1F3F0A-4A5E-4F0E-9A51-00000000000A")]);
    expect(await directory.find(person)).toMatchObject({
      membership: { groups: ["6d1f3f0a-4a5e-4f0e-9a51-00000000000a"] },
    });
  });

  it("is asked for without a cast, whose index lags behind", async () => {
    await directory.find(person);
    expect([...graph.asked].sort()).toEqual([
      `/v1.0/users/${person}/directReports?$select=id&$top=999`,
      `/v1.0/users/${person}/transitiveMemberOf?$select=id&$top=999`,
    ]);
  });
});

describe("the token for Graph", () => {
  it("is got with the service's own ID token, and no secret", async () => {
    await directory.find(person);
    expect(graph.metadataRequests).toEqual([
      "/computeMetadata/v1/instance/service-accounts/default/identity?audience=api%3A%2F%2FAzureADTokenExchange&format=full Google",
    ]);
    expect(Object.fromEntries(graph.tokenRequests[0] ?? [])).toEqual({
      grant_type: "client_credentials",
      client_id: reader.clientId,
      scope: "https://graph.microsoft.com/.default",
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: "header.claims.signature",
    });
  });

  it("is got once for many people at once, and again shortly before its end", async () => {
    await Promise.all(Array.from({ length: 10 }, (_, index) => directory.find(objectId(index))));
    expect(graph.tokenRequests).toHaveLength(1);
    now += 50 * 60_000;
    await directory.find(person);
    expect(graph.tokenRequests).toHaveLength(1);
    now += 6 * 60_000;
    await directory.find(person);
    expect(graph.tokenRequests).toHaveLength(2);
  });

  it("is got anew, once, where Graph does not take it", async () => {
    graph.answerWith((_, token) =>
      token === "graph-token-1" ? { status: 401, body: {} } : { status: 200, body: { value: [] } },
    );
    expect(await directory.find(person)).toMatchObject({ ok: true });
    expect(graph.tokenRequests).toHaveLength(2);
    always({ status: 401, body: {} });
    expect(await directory.find(person)).toMatchObject({ ok: false, problem: "directory_refused" });
    expect(graph.tokenRequests).toHaveLength(3);
  });

  it.each<[string, GraphAnswer, string]>([
    [
      "a refusal of Entra",
      {
        status: 401,
        body: { error: "invalid_client", error_description: "AADSTS700213: No matching federated identity record" },
      },
      "directory_refused",
    ],
    ["an outage of Entra", { status: 503, body: "down" }, "directory_unavailable"],
    ["throttling by Entra", { status: 429, body: {} }, "directory_unavailable"],
    ["an answer without a token", { status: 200, body: { token_type: "Bearer" } }, "directory_unavailable"],
    [
      "a token of another type",
      { status: 200, body: { token_type: "mac", access_token: "x", expires_in: 1 } },
      "directory_unavailable",
    ],
  ])("that is not there because of %s leaves the membership unknown", async (_what, answer, problem) => {
    graph.tokenAnswerWith(() => answer);
    expect(await directory.find(person)).toMatchObject({ ok: false, problem });
    expect(graph.asked).toEqual([]);
  });

  it.each<[string, GraphAnswer]>([
    ["an outage", { status: 500, headers: { "metadata-flavor": "Google" }, body: "" }],
    ["something else in its place", { status: 200, body: "a.b.c" }],
  ])("is not asked for where the metadata server has %s", async (_what, answer) => {
    graph.metadataAnswerWith(() => answer);
    expect(await directory.find(person)).toMatchObject({ ok: false, problem: "directory_unavailable" });
    expect(graph.tokenRequests).toEqual([]);
  });

  it("stands in no problem that is told", async () => {
    graph.tokenAnswerWith(() => ({
      status: 400,
      body: { error: "invalid_request", error_description: "AADSTS50027: header.claims.signature is malformed" },
    }));
    const answer = await directory.find(person);
    expect(answer).toMatchObject({ detail: "Entra answered with status 400 (AADSTS50027)" });
    expect(JSON.stringify(answer)).not.toContain("header.claims");
  });
});

describe("a membership is unknown, never empty,", () => {
  it.each<[string, GraphAnswer, string]>([
    ["where Graph forbids the question", { status: 403, body: {} }, "directory_refused"],
    ["where Graph does not know the person", { status: 404, body: {} }, "unknown_person"],
    ["where Graph is down", { status: 500, body: "<html>" }, "directory_unavailable"],
    ["where Graph sends no JSON", { status: 200, body: "<html>" }, "directory_malformed"],
    ["where Graph sends another form", { status: 200, body: { value: "all" } }, "directory_malformed"],
    [
      "where an object has no id",
      { status: 200, body: { value: [{ "@odata.type": "#microsoft.graph.group" }] } },
      "directory_malformed",
    ],
    [
      "where an id is not one",
      { status: 200, body: { value: [{ "@odata.type": "#microsoft.graph.group", id: "x','" }] } },
      "directory_malformed",
    ],
    ["where Graph redirects", { status: 302, headers: { location: "/elsewhere" }, body: "" }, "directory_unavailable"],
    ["where a page is endless", { status: 200, body: "x".repeat(2_100_000) }, "directory_unavailable"],
  ])("%s", async (_what, answer, problem) => {
    always(answer);
    expect(await directory.find(person)).toMatchObject({ ok: false, problem });
  });

  it("where only the reports cannot be told", async () => {
    graph.answerWith((url) => (isMemberships(url) ? { status: 200, body: { value: [] } } : { status: 500, body: "" }));
    expect(await directory.find(person)).toMatchObject({ ok: false, problem: "directory_unavailable" });
  });

  it("where a later page fails", async () => {
    graph.answerWith((url) =>
      url.searchParams.has("$skiptoken")
        ? { status: 500, body: "" }
        : { status: 200, body: { value: [], "@odata.nextLink": `${graph.origin}${url.pathname}?$skiptoken=1` } },
    );
    expect(await directory.find(person)).toMatchObject({ ok: false, problem: "directory_unavailable" });
  });

  it("where the pages do not end", async () => {
    graph.answerWith((url) => ({
      status: 200,
      body: { value: [], "@odata.nextLink": `${graph.origin}${url.pathname}?$skiptoken=again` },
    }));
    expect(await directory.find(person)).toMatchObject({ ok: false, problem: "too_many_memberships" });
    expect(graph.asked.length).toBeLessThanOrEqual(40);
  });

  it.each(["", "a1", "..", `${objectId(1)}/manager`, `${objectId(1)}?x`, objectId(1).replace("6d", "6D")])(
    "where the subject %j is no object id, without a question",
    async (subject) => {
      expect(await directory.find(subject)).toMatchObject({ ok: false, problem: "unknown_person" });
      expect([graph.asked, graph.tokenRequests]).toEqual([[], []]);
    },
  );
});

describe("the token stays with Graph", () => {
  it("where the next page is said to be at another server, or at another address of this one", async () => {
    const seen: string[] = [];
    const thief = createServer((request, response) => {
      seen.push(String(request.headers.authorization));
      response.end("{}");
    });
    await new Promise<void>((resolve) => thief.listen(0, "127.0.0.1", resolve));
    const path = `/v1.0/users/${person}/transitiveMemberOf`;
    const host = graph.origin.slice("http://".length);
    for (const link of [
      `http://127.0.0.1:${portOf(thief.address())}${path}`,
      `http://someone@${host}${path}`,
      `${graph.origin}/v1.0/users/${objectId(2)}/transitiveMemberOf`,
      `${path}?$skiptoken=1`,
      "file:///etc/passwd",
    ]) {
      always({ status: 200, body: { value: [], "@odata.nextLink": link } });
      expect(await directory.find(person)).toMatchObject({ ok: false, problem: "directory_malformed" });
    }
    expect(seen).toEqual([]);
    await new Promise((resolve) => thief.close(resolve));
  });
});

describe("a pause that Graph asks for", () => {
  it("is kept for everybody, and ends when it is over", async () => {
    always({ status: 429, headers: { "retry-after": "20" }, body: {} });
    expect(await directory.find(person)).toMatchObject({ problem: "directory_throttled", retryAfterSeconds: 20 });
    always({ status: 200, body: { value: [] } });
    const before = graph.asked.length;
    now += 19_000;
    expect(await directory.find(objectId(2))).toMatchObject({ problem: "directory_throttled", retryAfterSeconds: 1 });
    expect(graph.asked).toHaveLength(before);
    now += 1_000;
    expect(await directory.find(objectId(2))).toMatchObject({ ok: true });
  });

  it("may be told as a date, or not at all", async () => {
    always({ status: 429, headers: { "retry-after": new Date(now + 7_000).toUTCString() }, body: {} });
    expect(await directory.find(person)).toMatchObject({ retryAfterSeconds: 7 });
    now += 7_000;
    always({ status: 429, body: {} });
    await directory.find(person);
    now += 9_000;
    expect(await directory.find(person)).toMatchObject({ problem: "directory_throttled", retryAfterSeconds: 1 });
  });

  it("also comes with 503, and is never longer than five minutes", async () => {
    always({ status: 503, headers: { "retry-after": "999999" }, body: {} });
    expect(await directory.find(person)).toMatchObject({ problem: "directory_unavailable" });
    expect(await directory.find(person)).toMatchObject({ problem: "directory_throttled", retryAfterSeconds: 300 });
  });

  it("ends where the clock is set back", async () => {
    always({ status: 429, headers: { "retry-after": "60" }, body: {} });
    await directory.find(person);
    always({ status: 200, body: { value: [] } });
    now -= 3_600_000;
    expect(await directory.find(person)).toMatchObject({ ok: true });
  });
});
