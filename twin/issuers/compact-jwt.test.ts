import { createHmac, createPublicKey } from "node:crypto";
import { checkSignature, parseCompactJwt } from "./compact-jwt";
import { Issuer } from "./issuer";

const issuer = new Issuer("https://issuer.example");
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

describe("a compact JWT", () => {
  let token: string;
  beforeAll(async () => {
    token = await issuer.sign({ sub: "someone" });
  });

  it("is read without being believed", () => {
    expect(parseCompactJwt(token)).toMatchObject({ header: { alg: "RS256" }, claims: { sub: "someone" } });
  });

  it.each<[string, (token: string) => string]>([
    ["nothing", () => ""],
    ["two parts", (text) => text.split(".").slice(0, 2).join(".")],
    ["four parts", (text) => `${text}.${"A".repeat(4)}`],
    ["an empty signature", (text) => text.slice(0, text.lastIndexOf(".") + 1)],
    ["a newline at the end", (text) => `${text}\n`],
    ["padding", (text) => `${text}==`],
    ["a space inside", (text) => `${text.slice(0, -4)} ${text.slice(-4)}`],
    ["plain base64", (text) => text.replace(/[A-Za-z0-9]$/, "+")],
    ["stray bits in the last character", (text) => text.slice(0, -1) + nextLetter(text.slice(-1))],
    ["a header that is no object", (text) => `${encode([])}.${text.split(".").slice(1).join(".")}`],
    ["a payload that is no object", (text) => text.replace(/\.[^.]+\./, `.${encode("text")}.`)],
    ["a payload that is no JSON", (text) => text.replace(/\.[^.]+\./, `.${Buffer.from("{").toString("base64url")}.`)],
    [
      "bytes that are no UTF-8",
      (text) => text.replace(/\.[^.]+\./, `.${Buffer.from([0x22, 0xff, 0x22]).toString("base64url")}.`),
    ],
    [
      "a critical extension",
      (text) => `${encode({ alg: "RS256", crit: ["b64"] })}.${text.split(".").slice(1).join(".")}`,
    ],
    ["no algorithm", (text) => `${encode({})}.${text.split(".").slice(1).join(".")}`],
    ["more than a token can need", () => `${"A".repeat(70_000)}.AA.AA`],
  ])("with %s is refused", (_name, change) => {
    expect(parseCompactJwt(change(token))).toBeUndefined();
  });

  it("verifies with the key that its key id names, and with no other", async () => {
    const parsed = required(parseCompactJwt(token));
    expect(await checkSignature(parsed, issuer.jwks())).toBe("verified");
    expect(await checkSignature(parsed, new Issuer("https://issuer.example").jwks())).toBe("unknown-key");
    const impostor = await new Issuer("https://issuer.example").sign({}, { header: { kid: parsed.header.kid } });
    expect(await checkSignature(required(parseCompactJwt(impostor)), issuer.jwks())).toBe("bad-signature");
    const [header, , signature] = token.split(".");
    const changed = required(parseCompactJwt(`${header}.${encode({ sub: "someone else" })}.${signature}`));
    expect(await checkSignature(changed, issuer.jwks())).toBe("bad-signature");
  });

  it("never verifies by a symmetric algorithm keyed with the public key, nor without a signature", async () => {
    const [jwk] = issuer.jwks().keys;
    if (jwk === undefined) throw new Error("an issuer publishes a key");
    const pem = createPublicKey({ key: { ...jwk }, format: "jwk" }).export({ type: "spki", format: "pem" });
    const input = `${encode({ alg: "HS256", kid: jwk.kid })}.${encode({ sub: "someone" })}`;
    const mac = createHmac("sha256", pem).update(input).digest("base64url");
    expect(await checkSignature(required(parseCompactJwt(`${input}.${mac}`)), issuer.jwks())).toBe("bad-signature");
    const unsigned = `${encode({ alg: "none", kid: jwk.kid })}.${encode({})}.AAAA`;
    expect(await checkSignature(required(parseCompactJwt(unsigned)), issuer.jwks())).toBe("bad-signature");
  });
});

/** Another letter that differs only in the bits that the last character of 256 bytes does not use. */
function nextLetter(letter: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return alphabet.charAt(alphabet.indexOf(letter) ^ 1);
}

function required<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error("expected a token that parses");
  return value;
}
