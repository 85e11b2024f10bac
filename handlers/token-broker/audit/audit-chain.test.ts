import fc from "fast-check";
import { formOf, genesisHash, hashOf, link, openForm } from "./audit-chain";

const start = { chain: "6d1f3f0a-4a5e-4f0e-9a51-0d7c1b1e0a01", sequence: 0, hash: genesisHash };
const time = "2030-01-01T00:00:00.000Z";
const text = fc.oneof(fc.string({ unit: "binary" }), fc.constant('","requests":"'), fc.constant(undefined));
const fieldsArbitrary = fc.record({
  account: text,
  audience: text,
  client: text,
  certificate: fc.option(fc.record({ subject: text, issuer: text }), { nil: undefined }),
  subject: text,
  tokenType: text,
});
const identifier = fc.stringMatching(/^[0-9a-z.:%-]{1,40}$/);

describe("openForm", () => {
  it("makes the very line that all fields together make, whatever the others hold", () => {
    fc.assert(
      fc.property(fieldsArbitrary, identifier, fc.nat(), (rest, remoteAddress, requests) => {
        const fields = { event: "token_issued", ...rest };
        const { before, after } = openForm(fields, ["remoteAddress", "requests"]);
        const line = { before, after: after(remoteAddress, requests) };
        expect(line).toEqual(formOf({ ...fields, remoteAddress, requests }));
      }),
      { numRuns: 300 },
    );
  });
});

describe("link", () => {
  it("gives each line the hash that is computed of it when it is read", () => {
    fc.assert(
      fc.property(fieldsArbitrary, (rest) => {
        const { text: line, state } = link(formOf({ event: "token_issued", ...rest }), start, time);
        const record: Record<string, unknown> = JSON.parse(line);
        expect(record["auditHash"]).toBe(state.hash);
        expect(hashOf(record)).toBe(state.hash);
      }),
      { numRuns: 300 },
    );
  });
});
