import { createHmac, generateKeyPairSync } from "node:crypto";
import {
  audience,
  type LocalIap,
  principalOf,
  signCompact,
  startLocalIap,
  workforceClaims,
  workforcePool,
} from "../testing/local-iap";
import { createRemoteKeySource } from "./key-source";
import { type RefusalReason, refusals } from "./reasons";
import { type AssertionVerifier, createAssertionVerifier } from "./verify";

let iap: LocalIap;
let verify: AssertionVerifier;

beforeAll(async () => {
  iap = await startLocalIap();
  verify = createAssertionVerifier({
    audiences: [audience, "/projects/710000000001/global/backendServices/4213377002"],
    workforcePool,
    keys: createRemoteKeySource({ url: iap.jwksUrl }),
  });
});
afterAll(() => iap.close());

const now = () => Math.floor(Date.now() / 1000);
const header = () => ({ alg: "ES256", typ: "JWT", kid: iap.keyId });

it("accepts an assertion as IAP signs it and reads the person from it", async () => {
  expect(await verify(iap.assertion("a3b9d2c0"))).toEqual({
    ok: true,
    identity: {
      principal: principalOf("a3b9d2c0"),
      email: "a3b9d2c0@ailab.com",
      accessLevels: ["accessPolicies/402918374650/accessLevels/corporate_device"],
    },
  });
});

describe.each<{ name: string; claims: Record<string, unknown>; header?: Record<string, unknown> }>([
  { name: "no typ", claims: {}, header: { typ: undefined } },
  { name: "a header member that IAP might add", claims: {}, header: { x5t: "abc" } },
  { name: "the other identity_source", claims: { identity_source: "WORKFORCE_IDENTITY_FEDERATION" } },
  { name: "no access levels", claims: { google: undefined } },
  { name: "the second audience", claims: { aud: "/projects/710000000001/global/backendServices/4213377002" } },
  { name: "an expiry within the skew", claims: { iat: now() - 500, exp: now() - 20 } },
  { name: "an issue time within the skew", claims: { iat: now() + 20, exp: now() + 600 } },
  { name: "the longest life", claims: { iat: now() - 30, exp: now() + 630 } },
])("an assertion with $name", ({ claims, header: changes }) => {
  it("is accepted", async () => {
    expect(await verify(iap.assertion("person", claims, changes))).toMatchObject({ ok: true });
  });
});

it.each([
  ["  Desk.Agent@AILAB.com ", "desk.agent@ailab.com"],
  ["ｄｅｓｋ@ailab.com", "desk@ailab.com"],
])("normalises the e-mail %j once", async (email, expected) => {
  expect(await verify(iap.assertion("person", { email }))).toMatchObject({ identity: { email: expected } });
});

const stranger = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
const prefix = principalOf("");
const person = (iam_principal: unknown) => ({ workforce_identity: { iam_principal } });
const segments = (token: string) => {
  const [head = "", payload = "", signature = ""] = token.split(".");
  return { head, payload, signature };
};
/** Flips the lowest bit of the last character: bits that base64url does not use, so lenient decoders see the same bytes. */
const otherSpelling = (token: string) => {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return token.slice(0, -1) + alphabet[alphabet.indexOf(token.slice(-1)) ^ 1];
};

type Case = [RefusalReason, string, () => string | readonly string[] | undefined];
const cases: Case[] = [
  ["missing_assertion", "no header", () => undefined],
  ["missing_assertion", "an empty header", () => ""],
  ["missing_assertion", "an empty list", () => []],
  ["repeated_assertion", "a list with one good assertion", () => [iap.assertion("p")]],
  ["repeated_assertion", "two good ones joined by a comma", () => `${iap.assertion("p")}, ${iap.assertion("q")}`],
  ["oversized_assertion", "nine thousand characters", () => iap.assertion("p", { padding: "x".repeat(9000) })],
  ["malformed_assertion", "plain text", () => "hello"],
  ["malformed_assertion", "two segments", () => iap.assertion("p").split(".").slice(0, 2).join(".")],
  ["malformed_assertion", "four segments", () => `${iap.assertion("p")}.x`],
  ["malformed_assertion", "an empty signature", () => `${iap.assertion("p").split(".").slice(0, 2).join(".")}.`],
  ["malformed_assertion", "padding", () => `${iap.assertion("p")}==`],
  ["malformed_assertion", "a line break at the end", () => `${iap.assertion("p")}\n`],
  ["malformed_assertion", "a space in front", () => ` ${iap.assertion("p")}`],
  [
    "malformed_assertion",
    "a space inside the signature",
    () => iap.assertion("p").replace(/.{5}$/, (end) => ` ${end}`),
  ],
  ["malformed_assertion", "stray bits in the last character", () => otherSpelling(iap.assertion("p"))],
  [
    "malformed_assertion",
    "the alphabet of plain base64",
    () => {
      const { head, payload } = segments(iap.assertion("p"));
      return `${head}.${payload}.${"+/".repeat(43)}`;
    },
  ],
  [
    "malformed_assertion",
    "a DER signature",
    () => {
      const { head, payload } = segments(iap.assertion("p"));
      return `${head}.${payload}.${Buffer.alloc(70, 0x30).toString("base64url")}`;
    },
  ],
  ["malformed_assertion", "a header that is no JSON", () => signCompact(iap.privateKey, "{alg:", workforceClaims("p"))],
  [
    "unsupported_header",
    "a header that is a list",
    () => signCompact(iap.privateKey, [header()], workforceClaims("p")),
  ],
  ["unsupported_header", "alg none", () => iap.assertion("p", {}, { alg: "none" })],
  ["unsupported_header", "alg ES384", () => iap.assertion("p", {}, { alg: "ES384" })],
  ["unsupported_header", "alg in lower case", () => iap.assertion("p", {}, { alg: "es256" })],
  ["unsupported_header", "a list as alg", () => iap.assertion("p", {}, { alg: ["ES256"] })],
  ["unsupported_header", "no kid", () => iap.assertion("p", {}, { kid: undefined })],
  ["unsupported_header", "a number as kid", () => iap.assertion("p", {}, { kid: 7 })],
  ["unsupported_header", "typ at+jwt", () => iap.assertion("p", {}, { typ: "at+jwt" })],
  ["unsupported_header", "a critical extension", () => iap.assertion("p", {}, { crit: ["exp"], exp: 1 })],
  [
    "unsupported_header",
    "an unencoded payload (RFC 7797)",
    () => iap.assertion("p", {}, { crit: ["b64"], b64: false }),
  ],
  ["unknown_key", "a key id that IAP does not publish", () => iap.assertion("p", {}, { kid: "other" })],
  ["unknown_key", "a key id that names a property of every object", () => iap.assertion("p", {}, { kid: "__proto__" })],
  ["bad_signature", "another key behind a known key id", () => signCompact(stranger, header(), workforceClaims("p"))],
  [
    "bad_signature",
    "another key that the header brings along",
    () => {
      const jwk = generateKeyPairSync("ec", { namedCurve: "P-256" });
      return signCompact(
        jwk.privateKey,
        { ...header(), jwk: jwk.publicKey.export({ format: "jwk" }) },
        workforceClaims("p"),
      );
    },
  ],
  [
    "bad_signature",
    "the payload of another assertion",
    () => {
      const { head, signature } = segments(iap.assertion("p"));
      return `${head}.${segments(iap.assertion("administrator")).payload}.${signature}`;
    },
  ],
  [
    "bad_signature",
    "a signature of zeros",
    () => {
      const { head, payload } = segments(iap.assertion("p"));
      return `${head}.${payload}.${Buffer.alloc(64).toString("base64url")}`;
    },
  ],
  [
    "unsupported_header",
    "an HMAC keyed with the public key",
    () => {
      const { payload } = segments(iap.assertion("p"));
      const head = Buffer.from(JSON.stringify({ ...header(), alg: "HS256" })).toString("base64url");
      const mac = createHmac("sha512", "public key").update(`${head}.${payload}`).digest("base64url");
      return `${head}.${payload}.${mac}`;
    },
  ],
  ["malformed_claims", "a payload that is no JSON", () => signCompact(iap.privateKey, header(), "not json")],
  ["malformed_claims", "a payload that is a list", () => signCompact(iap.privateKey, header(), [workforceClaims("p")])],
  ["malformed_claims", "a payload that is null", () => signCompact(iap.privateKey, header(), null)],
  ["malformed_claims", "no exp", () => iap.assertion("p", { exp: undefined })],
  ["malformed_claims", "exp as text", () => iap.assertion("p", { exp: String(now() + 600) })],
  ["malformed_claims", "no iat", () => iap.assertion("p", { iat: undefined })],
  ["malformed_claims", "a negative iat", () => iap.assertion("p", { iat: -1 })],
  [
    "malformed_claims",
    "an endless exp",
    () =>
      signCompact(iap.privateKey, header(), JSON.stringify(workforceClaims("p")).replace(/"exp":\d+/, '"exp":1e999')),
  ],
  ["malformed_claims", "an end before its beginning", () => iap.assertion("p", { iat: now() + 20, exp: now() - 20 })],
  ["malformed_claims", "a list of audiences", () => iap.assertion("p", { aud: [audience] })],
  ["malformed_claims", "no audience", () => iap.assertion("p", { aud: undefined })],
  ["malformed_claims", "an empty subject", () => iap.assertion("p", { sub: "" })],
  ["issuer_mismatch", "a slash after the issuer", () => iap.assertion("p", { iss: "https://cloud.google.com/iap/" })],
  ["issuer_mismatch", "another Google issuer", () => iap.assertion("p", { iss: "https://accounts.google.com" })],
  ["audience_mismatch", "another backend service", () => iap.assertion("p", { aud: `${audience}9` })],
  ["audience_mismatch", "an empty audience", () => iap.assertion("p", { aud: "" })],
  ["expired", "an expiry beyond the skew", () => iap.assertion("p", { iat: now() - 600, exp: now() - 31 })],
  ["not_yet_valid", "an issue time beyond the skew", () => iap.assertion("p", { iat: now() + 40, exp: now() + 600 })],
  ["not_yet_valid", "a later nbf", () => iap.assertion("p", { nbf: now() + 60 })],
  ["lifetime_too_long", "a life of a day", () => iap.assertion("p", { exp: now() + 86_400 })],
  ["lifetime_too_long", "one second too many", () => iap.assertion("p", { iat: now() - 10, exp: now() + 651 })],
  ["identity_platform", "a gcip claim", () => iap.assertion("p", { gcip: { auth_time: 1 } })],
  ["identity_platform", "a gcip claim that is null", () => iap.assertion("p", { gcip: null })],
  [
    "not_workforce_identity",
    "a Google account",
    () => iap.assertion("p", { identity_source: "GOOGLE", workforce_identity: undefined }),
  ],
  ["not_workforce_identity", "no identity source", () => iap.assertion("p", { identity_source: undefined })],
  ["not_workforce_identity", "no workforce identity", () => iap.assertion("p", { workforce_identity: undefined })],
  ["not_workforce_identity", "a list as principal", () => iap.assertion("p", person([`${prefix}p`]))],
  [
    "foreign_principal",
    "a principal of a longer pool id",
    () => iap.assertion("p", person(`${prefix.replace(workforcePool, `${workforcePool}-2`)}p`)),
  ],
  [
    "foreign_principal",
    "our prefix inside another principal",
    () => iap.assertion("p", person(`principal://evil/${prefix}p`)),
  ],
  ["foreign_principal", "a prefix in other case", () => iap.assertion("p", person(`${prefix.toUpperCase()}p`))],
  ["foreign_principal", "an empty subject in the principal", () => iap.assertion("p", person(prefix))],
  ["foreign_principal", "a NUL in the principal", () => iap.assertion("p", person(`${prefix}p\u0000`))],
  ["foreign_principal", "a line break in the principal", () => iap.assertion("p", person(`${prefix}p\nq`))],
  ["missing_email", "no e-mail", () => iap.assertion("p", { email: undefined })],
  ["missing_email", "an empty e-mail", () => iap.assertion("p", { email: "" })],
  ["missing_email", "blanks as e-mail", () => iap.assertion("p", { email: "  " })],
  ["malformed_email", "a list with one address", () => iap.assertion("p", { email: ["p@ailab.com"] })],
  ["malformed_email", "two addresses", () => iap.assertion("p", { email: "p@ailab.com,q@ailab.com" })],
  ["malformed_email", "no @", () => iap.assertion("p", { email: "p" })],
  ["malformed_email", "a direction mark", () => iap.assertion("p", { email: "p\u202e@ailab.com" })],
];

describe("a refusal", () => {
  it.each(cases)("is %s for %s", async (reason, _what, header) => {
    expect(await verify(header())).toEqual({ ok: false, reason });
  });

  it("is keys_unavailable where the key server does not answer", async () => {
    const unreachable = createAssertionVerifier({
      audiences: [audience],
      workforcePool,
      keys: createRemoteKeySource({ url: "http://127.0.0.1:1/keys" }),
    });
    expect(await unreachable(iap.assertion("p"))).toEqual({ ok: false, reason: "keys_unavailable" });
  });

  it("has a case here for every reason of the vocabulary", () => {
    const produced = new Set<string>([...cases.map(([reason]) => reason), "keys_unavailable"]);
    expect([...produced].sort()).toEqual(Object.keys(refusals).sort());
  });

  it("names the mapping of google.email as the remedy of missing_email", () => {
    expect(refusals.missing_email.remedy).toContain("google.email");
  });
});

describe("the construction of a verifier", () => {
  const construct = (audiences: string[], pool = workforcePool) =>
    createAssertionVerifier({ audiences, workforcePool: pool, keys: createRemoteKeySource({ url: iap.jwksUrl }) });

  it("refuses an empty set of audiences", () => {
    expect(() => construct([])).toThrow("audiences is empty");
  });

  it.each([
    "",
    " ",
    "/projects/ailab-data-dev/global/backendServices/4213377001",
    "/projects/710000000001/global/backendServices/service-desk",
    "/projects/710000000001/global/backendServices/4213377001/",
    "/projects/710000000001/global/backendServices/4213377001\n",
    "projects/710000000001/global/backendServices/4213377001",
    "/projects/710000000001/apps/ailab-data-dev",
    "https://service-desk.run.app",
    "undefined",
  ])("refuses the audience %j", (misshapen) => {
    expect(() => construct([audience, misshapen])).toThrow("/projects/NUMBER/global/backendServices/ID");
  });

  it("takes the form of direct IAP on Cloud Run", () => {
    expect(() => construct(["/projects/710000000001/locations/europe-west4/services/service-desk"])).not.toThrow();
  });

  it.each(["", "short", "ailab-people-dev-01/subject/x", "*"])("refuses the workforce pool %j", (pool) => {
    expect(() => construct([audience], pool)).toThrow("workforcePool");
  });
});
