import { PlanStream } from "./plan-stream";

const line = (type: string, further: object = {}) =>
  JSON.stringify({ "@level": "info", "@message": `a ${type}`, "@module": "terraform.ui", type, ...further });

const error = (further: object = {}) =>
  line("diagnostic", { diagnostic: { severity: "error", summary: "No", detail: "Because.", ...further } });

describe("what Terraform says while it plans", () => {
  it("tells whether the cloud has changed, and which Terraform it is, also when nobody listens", () => {
    const stream = new PlanStream();
    stream.take(line("version", { terraform: "1.11.4", ui: "1.2" }));
    stream.take(line("refresh_complete"));
    stream.take(line("planned_change"));
    expect(stream.hasDrift).toBe(false);
    stream.take(line("resource_drift"));
    expect([stream.hasDrift, stream.terraformVersion, stream.errors]).toEqual([true, "1.11.4", []]);
  });

  it("writes errors as people read them, with their places, and keeps warnings apart", () => {
    const said: string[] = [];
    const stream = new PlanStream((text) => said.push(text));
    stream.take(error());
    stream.take(error({ address: "a.b", range: { filename: "cdk.tf.json", start: { line: 3, column: 1, byte: 9 } } }));
    stream.take(line("diagnostic", { diagnostic: { severity: "warning", summary: "Careful" } }));
    expect(stream.errors).toEqual(["Error: No\nBecause.", "Error: No\nwith a.b, on cdk.tf.json line 3:\nBecause."]);
    expect(said).toEqual([...stream.errors, "Warning: Careful"]);
  });

  it.each([
    "",
    "plain words",
    "[1]",
    "{",
    '{"type":"diagnostic"}',
    '{"type":"diagnostic","diagnostic":{"severity":1}}',
  ])("hands on what is of another form as it is: %s", (text) => {
    const said: string[] = [];
    const stream = new PlanStream((words) => said.push(words));
    stream.take(text);
    expect([said, stream.errors, stream.hasDrift]).toEqual([[text], [], false]);
  });
});
