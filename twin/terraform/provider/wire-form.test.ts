import fc from "fast-check";
import type { Json, JsonObject } from "../../../analysis";
import { resourceRules, UNKNOWN } from "../rules";
import { type AttributeType, type BlockSchema, loadSchemas } from "../schema";
import { toStored, toWire, ValueShapeError, withoutUnknown } from "./wire-form";

const schema: BlockSchema = {
  attributes: {
    name: { type: "string", required: true },
    size: { type: "number", optional: true },
    on: { type: "bool", optional: true },
    tags: { type: ["map", "string"], optional: true },
    hosts: { type: ["set", "string"], optional: true },
    given: { type: ["list", ["object", { a: "string", b: ["list", "number"] }]], computed: true },
  },
  blocks: {
    once: { nesting: "list", minItems: 0, maxItems: 1, block: { attributes: { x: { type: "string" } }, blocks: {} } },
    often: { nesting: "list", minItems: 0, maxItems: 0, block: { attributes: { x: { type: "string" } }, blocks: {} } },
    timeouts: {
      nesting: "single",
      minItems: 0,
      maxItems: 0,
      block: { attributes: { create: { type: "string" } }, blocks: {} },
    },
  },
};
const nothing = {
  name: null,
  size: null,
  on: null,
  tags: null,
  hosts: null,
  given: null,
  once: [],
  often: [],
  timeouts: null,
};

describe("the stored form", () => {
  it("is what was set, with a block of at most one as an object, as synthesized JSON has it", () => {
    const wire = { ...nothing, name: "n", once: [{ x: "1" }], often: [{ x: null }], timeouts: { create: "1m" } };
    expect(toStored(schema, wire)).toEqual({ name: "n", once: { x: "1" }, often: [{}], timeouts: { create: "1m" } });
  });

  it("tells an empty text, list or block from one that is not set", () => {
    const wire = { ...nothing, name: "", size: 0, on: false, tags: {}, hosts: [], once: [{ x: null }] };
    expect(toStored(schema, wire)).toEqual({ name: "", size: 0, on: false, tags: {}, hosts: [], once: {} });
  });

  it("keeps UNKNOWN itself, until it is taken out", () => {
    const stored = toStored(schema, { ...nothing, name: UNKNOWN, once: UNKNOWN, often: [{ x: UNKNOWN }, UNKNOWN] });
    expect([stored["name"], stored["once"]].every((value) => value === UNKNOWN)).toBe(true);
    expect(withoutUnknown(stored)).toEqual({ often: [{}] });
  });
});

describe("the wire form", () => {
  it("has every attribute and block of the schema and nothing else", () => {
    expect(toWire(schema, { depends_on: ["a"], unheard_of: 1 })).toEqual(nothing);
  });

  it("takes a block written as an object or as a list", () => {
    expect(toWire(schema, { once: { x: "1" } })).toEqual(toWire(schema, { once: [{ x: "1" }] }));
  });

  it("converts between texts, numbers and truth values as Terraform does", () => {
    expect(toWire(schema, { name: 7, size: "1.5", on: "true" })).toEqual({
      ...nothing,
      name: "7",
      size: 1.5,
      on: true,
    });
  });

  it("fills in the fields of objects that the cloud gives", () => {
    expect(toWire(schema, { given: [{ a: "x" }] })).toEqual({ ...nothing, given: [{ a: "x", b: null }] });
  });

  it.each<[JsonObject, string]>([
    [{ name: {} }, "name is not a string"],
    [{ size: "many" }, "size is not a number"],
    [{ size: "" }, "size is not a number"],
    [{ on: 1 }, "on is not a bool"],
    [{ tags: ["a"] }, "tags is not a map"],
    [{ tags: { a: {} } }, "tags.a is not a string"],
    [{ hosts: "a" }, "hosts is not a set"],
    [{ given: ["a"] }, "given.0 is not an object"],
    [{ often: ["a"] }, "often.0 is not a block"],
    [{ often: [{}, { x: [] }] }, "often.1.x is not a string"],
  ])("refuses %j and says where it does not fit", (values, message) => {
    expect(() => toWire(schema, values)).toThrow(ValueShapeError);
    expect(() => toWire(schema, values)).toThrow(message);
  });
});

describe("both forms of any resource that the twin plays", () => {
  const google = loadSchemas("google");
  const azuread = loadSchemas("azuread");
  const types = [...resourceRules.keys()].filter((type) => type !== "terraform_data");

  it.each(types)("hold the same: %s", (type) => {
    const block = google.resource(type) ?? azuread.resource(type);
    expect(block).toBeDefined();
    if (block === undefined) return;
    fc.assert(
      fc.property(anyBlock(block, 3), (wire) => {
        const stored = toStored(block, wire);
        expect(toWire(block, stored)).toEqual(wire);
        expect(toStored(block, toWire(block, stored))).toEqual(stored);
      }),
      { numRuns: 20 },
    );
  });
});

function anyBlock({ attributes, blocks }: BlockSchema, depth: number): fc.Arbitrary<JsonObject> {
  const fields: Record<string, fc.Arbitrary<Json>> = {};
  for (const [name, { type }] of Object.entries(attributes)) {
    fields[name] = fc.oneof(fc.constant(null), fc.constant(UNKNOWN), anyValue(type));
  }
  for (const [name, { nesting, maxItems, block }] of Object.entries(blocks)) {
    if (depth === 0) fields[name] = fc.constant(nesting === "single" ? null : []);
    else if (nesting === "single") fields[name] = fc.oneof(fc.constant(null), anyBlock(block, depth - 1));
    else fields[name] = fc.array(anyBlock(block, depth - 1), { maxLength: maxItems === 1 ? 1 : 2 });
  }
  return fc.record(fields);
}

function anyValue(type: AttributeType): fc.Arbitrary<Json> {
  if (type === "string") return fc.string({ maxLength: 5 });
  if (type === "number") return fc.integer();
  if (type === "bool") return fc.boolean();
  if (type[0] === "object") {
    return fc.record(Object.fromEntries(Object.entries(type[1]).map(([name, inner]) => [name, anyValue(inner)])));
  }
  return type[0] === "map"
    ? fc.dictionary(fc.constantFrom("a", "b"), anyValue(type[1]), { maxKeys: 2 })
    : fc.array(anyValue(type[1]), { maxLength: 2 });
}
