import fc from "fast-check";
import { parseCompactAssertion } from "./compact";

const header = Buffer.from('{"alg":"ES256","kid":"k"}').toString("base64url");
const signature = Buffer.alloc(64, 7).toString("base64url");
const parse = (payload: string) => parseCompactAssertion(`${header}.${payload}.${signature}`);

describe("a segment of an assertion", () => {
  it("decodes to the bytes that were encoded, whatever they are", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), (bytes) => {
        const parsed = parse(Buffer.from(bytes).toString("base64url"));
        expect(parsed).toMatchObject({ ok: true });
        if (parsed.ok) expect([...parsed.value.payload]).toEqual([...bytes]);
      }),
      { numRuns: 300 },
    );
  });

  it("has one spelling: whatever text is taken is the one that its bytes encode to", () => {
    const character = fc.constantFrom(..."ABCQgwxyz019-_+/=~ \n\t\u0000é€😀");
    const text = fc.array(character, { minLength: 1, maxLength: 12 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(text, (payload) => {
        const parsed = parse(payload);
        const isCanonical = Buffer.from(payload, "base64url").toString("base64url") === payload;
        expect(parsed.ok).toBe(isCanonical);
      }),
      { numRuns: 3000 },
    );
  });
});

describe("headers that were seen before", () => {
  it("are known by their whole text, and no number of made-up ones changes what is read", () => {
    const of = (kid: string) => Buffer.from(JSON.stringify({ alg: "ES256", kid })).toString("base64url");
    for (let round = 0; round < 100; round += 1) {
      const parsed = parseCompactAssertion(`${of(`key-${round % 70}`)}.e30.${signature}`);
      expect(parsed).toMatchObject({ ok: true, value: { keyId: `key-${round % 70}` } });
    }
    const unsupported = Buffer.from('{"alg":"none","kid":"key-1"}').toString("base64url");
    for (let round = 0; round < 2; round += 1)
      expect(parseCompactAssertion(`${unsupported}.e30.${signature}`)).toEqual({
        ok: false,
        reason: "unsupported_header",
      });
  });
});
