import fc from "fast-check";
import { readFormParameters } from "./form-parameters";

const read = (body: string) => {
  const result = readFormParameters(body);
  return result.ok ? Object.fromEntries(result.parameters) : result.reason;
};

describe("readFormParameters", () => {
  it("reads parameters, plus signs as spaces, and leaves out those without a value", () => {
    expect(read("grant_type=client_credentials&scope=a+b%20c&empty=&flag")).toEqual({
      grant_type: "client_credentials",
      scope: "a b c",
    });
    expect(read("")).toEqual({});
    expect(read("a=b=c")).toEqual({ a: "b=c" });
  });

  it.each([
    ["twice", "a=1&a=2", "parameter_repeated"],
    ["twice, once without a value", "a=1&a=", "parameter_repeated"],
    ["twice, once encoded", "a=1&%61=2", "parameter_repeated"],
    ["without a name", "=1", "parameter_malformed"],
    ["between two separators", "a=1&&b=2", "parameter_malformed"],
    ["that is not UTF-8", "a=%ff", "parameter_malformed"],
    ["whose percent sign is alone", "a=%", "parameter_malformed"],
    ["with a NUL", "a=%00", "parameter_malformed"],
    ["with a line break", "a=b%0d%0ac", "parameter_malformed"],
    ["among too many", Array.from({ length: 51 }, (_, number) => `p${number}=1`).join("&"), "parameter_malformed"],
  ])("refuses a parameter %s", (_, body, reason) => {
    expect(read(body)).toBe(reason);
  });

  it("says which parameter stands twice, but no word of a client's own", () => {
    expect(readFormParameters("scope=a&scope=b")).toEqual({ ok: false, reason: "parameter_repeated", hint: "scope" });
    expect(readFormParameters("<b>=a&<b>=b")).toEqual({ ok: false, reason: "parameter_repeated" });
  });

  it("reads what another implementation writes", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), { maxKeys: 10 }), (given) => {
        const hasControl = Object.entries(given).some((pair) => /\p{Cc}/u.test(pair.join("")));
        const result = read(new URLSearchParams(given).toString());
        if (hasControl) expect(result).toBe("parameter_malformed");
        else expect(result).toEqual({ ...given });
      }),
      { numRuns: 500 },
    );
  });

  it("answers any text", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(typeof readFormParameters(text).ok).toBe("boolean");
      }),
      { numRuns: 1_000 },
    );
  });
});
