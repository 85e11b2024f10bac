import fc from "fast-check";
import { boundaryOf, MultipartError, readMultipart } from "./multipart";

const boundary = "----formBoundary7MA4";

async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const limits = { bytes: 100_000, parts: 5 };

async function read(bytes: Buffer | string, size = 7, bounds = limits, separator = boundary) {
  const parts: { name: string; fileName: string | undefined; content: Buffer }[] = [];
  for await (const { name, fileName, content } of readMultipart(pieces(Buffer.from(bytes), size), separator, bounds)) {
    const chunks: Buffer[] = [];
    for await (const chunk of content) chunks.push(Buffer.from(chunk));
    parts.push({ name, fileName, content: Buffer.concat(chunks) });
  }
  return parts;
}

const part = (headers: string, content: string) => `--${boundary}\r\n${headers}\r\n\r\n${content}\r\n`;
const field = (name: string, content: string) => part(`Content-Disposition: form-data; name="${name}"`, content);
const end = `--${boundary}--\r\n`;

it("reads what a browser's own form data becomes, whatever is in it and however it is cut", async () => {
  const bytes = fc.uint8Array({ maxLength: 300 });
  await fc.assert(
    fc.asyncProperty(bytes, bytes, fc.integer({ min: 1, max: 90 }), async (text, file, size) => {
      const form = new FormData();
      form.append("token", Buffer.from(text).toString("base64"));
      form.append("file", new File([file], "inventory.csv", { type: "text/csv" }));
      const request = new Request("http://localhost/", { method: "POST", body: form });
      const separator = boundaryOf(request.headers.get("content-type") ?? undefined);
      const parts = await read(Buffer.from(await request.arrayBuffer()), size, limits, separator);
      expect(parts).toEqual([
        { name: "token", fileName: undefined, content: Buffer.from(Buffer.from(text).toString("base64")) },
        { name: "file", fileName: "inventory.csv", content: Buffer.from(file) },
      ]);
    }),
    { numRuns: 200 },
  );
});

it("takes what only looks like a boundary as content", async () => {
  const tricky = `\r\n--${boundary.slice(0, -1)}\r\n--\r\n-`;
  for (let size = 1; size < 40; size += 1) {
    expect(await read(field("a", tricky) + end, size)).toEqual([
      { name: "a", fileName: undefined, content: Buffer.from(tricky) },
    ]);
  }
});

it("skips what was not read of a part", async () => {
  const names: string[] = [];
  for await (const { name } of readMultipart(
    pieces(Buffer.from(field("a", "x".repeat(500)) + field("b", "y") + end), 11),
    boundary,
    limits,
  ))
    names.push(name);
  expect(names).toEqual(["a", "b"]);
});

it("drops the path of a file name and undoes what browsers escape", async () => {
  const disposition = (name: string) => part(`Content-Disposition: form-data; name="f"; filename="${name}"`, "");
  for (const [sent, wanted] of [
    ["C:\\Users\\x\\list.csv", "list.csv"],
    ["/etc/../list.csv", "list.csv"],
    ["a%22b.csv", 'a"b.csv'],
    ["50%25.csv", "50%25.csv"],
  ] as const) {
    expect((await read(disposition(sent) + end))[0]?.fileName).toBe(wanted);
  }
});

it.each<[string, string]>([
  ["nothing", ""],
  ["another boundary", "--other\r\n"],
  ["a preamble", `hello\r\n${field("a", "x")}${end}`],
  ["no end", field("a", "x")],
  ["an end in the middle of the boundary", `${field("a", "x")}--${boundary}-`],
  ["text behind the boundary", `--${boundary}x\r\n`],
  ["no name", part("Content-Disposition: form-data", "x") + end],
  ["an attachment", part('Content-Disposition: attachment; name="a"', "x") + end],
  ["an unquoted name", part("Content-Disposition: form-data; name=a", "x") + end],
  [
    "a second spelling of the file name",
    part(`Content-Disposition: form-data; name="a"; filename="b"; filename*=UTF-8''c`, "x") + end,
  ],
  [
    "a header twice",
    part('Content-Disposition: form-data; name="a"\r\nContent-Disposition: form-data; name="b"', "x") + end,
  ],
  ["a folded header", part('Content-Disposition: form-data;\r\n name="a"', "x") + end],
  [
    "a transfer encoding",
    part('Content-Disposition: form-data; name="a"\r\nContent-Transfer-Encoding: base64', "eA==") + end,
  ],
  ["endless headers", `--${boundary}\r\nX-Long: ${"x".repeat(5_000)}`],
])("refuses a body with %s", async (_what, body) => {
  await expect(read(body)).rejects.toMatchObject({ name: "MultipartError", problem: "malformed" });
});

it("refuses more bytes and more fields than allowed, without reading to the end", async () => {
  let sent = 0;
  async function* endless(): AsyncGenerator<Buffer> {
    yield Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="a"\r\n\r\n`);
    for (;;) {
      sent += 1000;
      yield Buffer.alloc(1000, "x");
    }
  }
  const reading = (async () => {
    for await (const { content } of readMultipart(endless(), boundary, limits)) for await (const _ of content);
  })();
  await expect(reading).rejects.toThrow(MultipartError);
  expect(sent).toBeLessThanOrEqual(limits.bytes + 1000);
  const many = Array.from({ length: 6 }, (_, index) => field(`f${index}`, "x")).join("") + end;
  await expect(read(many)).rejects.toMatchObject({ problem: "too-large" });
});

it.each([
  undefined,
  "multipart/form-data",
  "multipart/mixed; boundary=x",
  "multipart/form-data; boundary=",
  "multipart/form-data; boundary=a b",
  'multipart/form-data; boundary="x"',
  "multipart/form-data; boundary=x; boundary=y",
  `multipart/form-data; boundary=${"x".repeat(71)}`,
])("finds no boundary in %j", (type) => {
  expect(boundaryOf(type)).toBeUndefined();
});
