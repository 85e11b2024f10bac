import { createPublicKey } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { jwtVerify } from "jose";
import { z } from "zod";
import { iapIssuer } from "../../../facts/iap";
import { audience, type LocalIap, startLocalIap, workforcePool } from "../testing/local-iap";
import { parseJwkSet } from "./jwk-set";
import type { KeySource } from "./key-source";
import { createRemoteKeySource } from "./key-source";
import { refused } from "./reasons";
import { createAssertionVerifier, verifySignedPayload } from "./verify";

const vectors = join(__dirname, "../../../../shared/vectors/wycheproof/json_web_signature_test.json");
const vectorSchema = z.object({
  testGroups: z.array(
    z.object({
      comment: z.string(),
      public: z.record(z.string(), z.unknown()).optional(),
      tests: z.array(
        z.object({ tcId: z.number(), comment: z.string(), jws: z.unknown(), result: z.enum(["valid", "invalid"]) }),
      ),
    }),
  ),
});

describe("Wycheproof's signatures under a P-256 key", () => {
  if (!existsSync(vectors)) {
    it.skip("skipped: the vectors are not beside the project (../shared/vectors/wycheproof)", () => {});
    return;
  }
  const groups = vectorSchema.parse(JSON.parse(readFileSync(vectors, "utf8"))).testGroups;
  const cases = groups
    .filter(({ public: jwk }) => jwk?.["crv"] === "P-256")
    .flatMap(({ comment, public: jwk, tests }) => tests.map((test) => ({ ...test, group: comment, jwk })));

  it("are there", () => {
    expect(cases.length).toBeGreaterThan(40);
    expect(cases.filter(({ result }) => result === "valid").length).toBeGreaterThan(0);
  });

  it.each(cases)("case $tcId, $group $comment: $result", async ({ jwk, jws, result }) => {
    const published = parseJwkSet(Buffer.from(JSON.stringify({ keys: [jwk] })));
    const keys: KeySource = {
      find: async (keyId) => {
        const key = published?.get(keyId);
        return key ? { ok: true, value: key } : refused("unknown_key");
      },
    };
    const header = typeof jws === "string" ? jws : JSON.stringify(jws);
    expect((await verifySignedPayload(header, keys)).ok).toBe(result === "valid");
  });
});

describe("beside jose", () => {
  let iap: LocalIap;
  beforeAll(async () => {
    iap = await startLocalIap();
  });
  afterAll(() => iap.close());

  /** A generator of the same numbers at every run (mulberry32). */
  const numbers = (seed: number) => () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let bits = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 4294967296;
  };

  it("accepts no mutated assertion that jose refuses, and none of another spelling", async () => {
    const random = numbers(20261122);
    const pick = (limit: number) => Math.floor(random() * limit);
    const characters = "ABCxyz019-_.=+/ \n\u0000é";
    const mutate = (token: string): string => {
      const at = pick(token.length);
      const character = characters[pick(characters.length)] ?? "";
      const kinds = [
        () => token.slice(0, at) + character + token.slice(at + 1),
        () => token.slice(0, at) + character + token.slice(at),
        () => token.slice(0, at) + token.slice(at + 1),
        () => token.slice(0, at),
        () => token + character,
        () => token.slice(at) + token.slice(0, at),
        () => token.split(".").reverse().join("."),
      ];
      return kinds[pick(kinds.length)]?.() ?? token;
    };
    const verify = createAssertionVerifier({
      audiences: [audience],
      workforcePool,
      keys: createRemoteKeySource({ url: iap.jwksUrl }),
    });
    const key = createPublicKey(iap.privateKey);
    const byJose = (token: string) =>
      jwtVerify(token, key, { algorithms: ["ES256"], issuer: iapIssuer, audience, clockTolerance: 30 }).then(
        () => true,
        () => false,
      );

    const original = iap.assertion("person");
    expect([(await verify(original)).ok, await byJose(original)]).toEqual([true, true]);
    let refusedByUsAlone = 0;
    for (let round = 0; round < 3000; round += 1) {
      const mutated = mutate(original);
      const ours = (await verify(mutated)).ok;
      const theirs = await byJose(mutated);
      if (ours && (!theirs || mutated !== original)) throw new Error(`round ${round}: accepted a mutated assertion`);
      if (theirs && !ours) refusedByUsAlone += 1;
    }
    // jose decodes leniently: some mutations of the last characters are other spellings of the same bytes.
    expect(refusedByUsAlone).toBeGreaterThan(0);
  });

  it.each([
    ["exp", -31],
    ["exp", -30],
    ["exp", -29],
    ["nbf", 30],
    ["nbf", 31],
    ["nbf", 29],
  ])("draws the line at %s %i s from now where jose draws it", async (claim, offset) => {
    const clock = Math.floor(Date.now() / 1000) * 1000;
    const now = clock / 1000;
    const token = iap.assertion("person", { iat: now - 100, exp: now + 100, [claim]: now + offset });
    const verify = createAssertionVerifier({
      audiences: [audience],
      workforcePool,
      keys: createRemoteKeySource({ url: iap.jwksUrl }),
      clock: () => clock,
    });
    const theirs = await jwtVerify(token, createPublicKey(iap.privateKey), {
      clockTolerance: 30,
      currentDate: new Date(clock),
    }).then(
      () => true,
      () => false,
    );
    expect((await verify(token)).ok).toBe(theirs);
  });
});
