import { generateKeyPairSync } from "node:crypto";
import { type LocalIap, startLocalIap } from "../testing/local-iap";
import type { FetchedKeys } from "./fetch-keys";
import { createRemoteKeySource, type RemoteKeySource } from "./key-source";

let iap: LocalIap;
let now: number;
let outcomes: FetchedKeys[];
let keys: RemoteKeySource;

beforeEach(async () => {
  iap = await startLocalIap();
  now = Date.parse("2026-11-22T10:00:00Z");
  outcomes = [];
  keys = createRemoteKeySource({ url: iap.jwksUrl, clock: () => now, onFetch: (outcome) => outcomes.push(outcome) });
});
afterEach(() => iap.close());

const later = (seconds: number) => {
  now += seconds * 1000;
};
const settled = () => new Promise((resolve) => setTimeout(resolve, 50));

it("fetches once for a hundred requests that come at the same time", async () => {
  iap.answerWith({ delay: 20 });
  const found = await Promise.all(Array.from({ length: 100 }, () => keys.find(iap.keyId)));
  expect(found.every(({ ok }) => ok)).toBe(true);
  expect(iap.fetches()).toBe(1);
});

it("serves from memory for as long as max-age says, less the answer's age, and then fetches again", async () => {
  iap.answerWith({ headers: { "cache-control": "public, max-age=3000", age: "1000" } });
  await keys.refresh();
  later(1999);
  await keys.find(iap.keyId);
  expect(iap.fetches()).toBe(1);
  later(1);
  await keys.find(iap.keyId);
  expect(iap.fetches()).toBe(2);
});

it.each([
  ["no Cache-Control", {}, 300],
  ["max-age=0", { "cache-control": "max-age=0" }, 60],
  ["a max-age of a year", { "cache-control": "max-age=31536000" }, 6 * 3600],
  ["s-maxage only", { "cache-control": "s-maxage=4000" }, 300],
])("keeps within its own bounds for %s", async (_what, headers: Record<string, string>, seconds) => {
  iap.answerWith({ headers });
  await keys.refresh();
  later(seconds - 1);
  await keys.find(iap.keyId);
  expect(iap.fetches()).toBe(1);
  later(1);
  await keys.find(iap.keyId);
  expect(iap.fetches()).toBe(2);
});

it("finds a key that was rotated in, once the cooldown of 30 s is over", async () => {
  await keys.refresh();
  iap.addKey("rotated");
  later(29);
  expect(await keys.find("rotated")).toEqual({ ok: false, reason: "unknown_key" });
  later(1);
  expect(await keys.find("rotated")).toMatchObject({ ok: true });
});

it("makes one fetch in 30 s of a flood of made-up key ids", async () => {
  await keys.refresh();
  later(31);
  await Promise.all(Array.from({ length: 200 }, (_, index) => keys.find(`made-up-${index}`)));
  later(29);
  await keys.find("made-up-again");
  expect(iap.fetches()).toBe(2);
});

it("lets a key go that has left the set", async () => {
  await keys.refresh();
  const left = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ format: "jwk" });
  iap.answerWith({ body: JSON.stringify({ keys: [{ ...left, kid: "only" }] }) });
  later(3000);
  expect(await keys.find(iap.keyId)).toEqual({ ok: false, reason: "unknown_key" });
});

describe("in an outage of the key server", () => {
  beforeEach(async () => {
    await keys.refresh();
    iap.answerWith({ status: 500 });
    later(3000);
  });

  it("serves the stale keys, and after the first try without waiting for the next", async () => {
    expect(await keys.find(iap.keyId)).toMatchObject({ ok: true });
    iap.answerWith({ delay: 2_000 });
    later(10);
    const begun = performance.now();
    expect(await keys.find(iap.keyId)).toMatchObject({ ok: true });
    expect(performance.now() - begun).toBeLessThan(1_000);
  });

  it("tries again at most every 2 s", async () => {
    for (let request = 0; request < 50; request += 1) await keys.find(iap.keyId);
    expect(iap.fetches()).toBe(2);
    later(2);
    await keys.find(iap.keyId);
    await settled();
    expect(iap.fetches()).toBe(3);
  });

  it("stops trusting the stale keys after a day", async () => {
    later(24 * 3600 - 1);
    expect(await keys.find(iap.keyId)).toMatchObject({ ok: true });
    later(1);
    expect(await keys.find(iap.keyId)).toEqual({ ok: false, reason: "keys_unavailable" });
  });

  it("takes the new keys when the server is back", async () => {
    await keys.find(iap.keyId);
    iap.addKey("rotated");
    iap.answerWith({ status: 200 });
    later(31);
    expect(await keys.find("rotated")).toMatchObject({ ok: true });
  });
});

describe.each([
  ["a status other than 200", { status: 404 }, "status 404"],
  ["a redirect", { status: 302, headers: { location: "/elsewhere" } }, "no usable answer"],
  ["a page", { body: "<html>" }, "no JWK set"],
  ["a set without keys", { body: '{"keys":[]}' }, "no JWK set"],
  ["an endless answer", { body: JSON.stringify({ keys: [], padding: "x".repeat(100_000) }) }, "longer than"],
])("%s", (_what, answer, problem) => {
  it("is reported as a failure and does not take the place of good keys", async () => {
    await keys.refresh();
    iap.answerWith(answer);
    later(3000);
    expect(await keys.find(iap.keyId)).toMatchObject({ ok: true });
    expect(outcomes.at(-1)).toEqual({ ok: false, problem: expect.stringContaining(problem) });
  });
});

it("gives up a fetch that takes longer than 3 s", async () => {
  iap.answerWith({ delay: 10_000 });
  const begun = performance.now();
  expect(await keys.find(iap.keyId)).toEqual({ ok: false, reason: "keys_unavailable" });
  expect(performance.now() - begun).toBeLessThan(6_000);
});

describe("a published key", () => {
  const good = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ format: "jwk" });
  const publish = (...published: Record<string, unknown>[]) =>
    iap.answerWith({ body: JSON.stringify({ keys: [{ ...good, kid: "good" }, ...published] }) });

  it.each([
    ["on another curve", generateKeyPairSync("ec", { namedCurve: "P-384" }).publicKey.export({ format: "jwk" })],
    ["of RSA", generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey.export({ format: "jwk" })],
    ["that is symmetric", { kty: "oct", k: "c2VjcmV0" }],
    ["for encryption", { ...good, use: "enc" }],
    ["for signing only", { ...good, key_ops: ["sign"] }],
    ["for another algorithm", { ...good, alg: "ES384" }],
    ["that is no point of the curve", { ...good, y: good.x }],
  ])("%s is not used", async (_what, jwk) => {
    publish({ ...jwk, kid: "odd" });
    expect(await keys.find("odd")).toEqual({ ok: false, reason: "unknown_key" });
    expect(await keys.find("good")).toMatchObject({ ok: true });
  });

  it("under the id of another one spoils the set: nobody can say which is meant", async () => {
    publish({ ...good, kid: "good" });
    expect(await keys.find("good")).toEqual({ ok: false, reason: "keys_unavailable" });
  });
});
