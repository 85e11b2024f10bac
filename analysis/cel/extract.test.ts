import { extract } from "./extract";

const objectName = "projects/_/buckets/acme-orders-aaa/objects/data_lake/orders/order_date=2019-11-03/aef87g87ae0876";

describe("extract", () => {
  // The table of cloud.google.com/iam/docs/conditions-attribute-reference#extract.
  it.each([
    ["/order_date={date}/", "2019-11-03"],
    ["buckets/{name}/", "acme-orders-aaa"],
    ["/orders/{empty}order_date", ""],
    ["{start}/objects/data_lake", "projects/_/buckets/acme-orders-aaa"],
    ["orders/{end}", "order_date=2019-11-03/aef87g87ae0876"],
    ["{all}", objectName],
    ["/orders/{none}/order_date=", ""],
    ["/orders/order_date=2019-11-03/{id}/data_lake", ""],
  ])("gives what Google documents for %s", (template, expected) => {
    expect(extract(objectName, template)).toBe(expected);
  });

  it("takes the first prefix, and the first suffix after it", () => {
    expect(extract("a/1/a/2/", "a/{x}/")).toBe("1");
    expect(extract("/x=1", "x={v}/")).toBe("");
  });

  it("gives an empty text where the text ends with the prefix or begins with the suffix", () => {
    expect(extract("id/", "id/{x}")).toBe("");
    expect(extract("/id", "{x}/id")).toBe("");
    expect(extract("", "{x}")).toBe("");
  });

  it("takes template characters that mean something to regular expressions literally", () => {
    expect(extract("a.c(1)z", ".c({n})")).toBe("1");
    expect(extract("abc(1)z", ".c({n})")).toBe("");
  });

  it.each(["", "none", "{}", "{a-b}", "{a}{b}", "x{a", "x}a{b}"])("refuses the template %j", (template) => {
    expect(() => extract("text", template)).toThrow("one {identifier}");
  });
});
