import fc from "fast-check";
import { CsvReader } from "./csv";
import { exampleInventory, inventoryLimits, readInventory } from "./inventory-file";

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
const read = (content: string | Uint8Array, size = 1_000) =>
  readInventory(pieces(typeof content === "string" ? Buffer.from(content) : content, size));
const header = "name,kind,network,last_scan,findings";
const messages = async (content: string | Uint8Array) => {
  const file = await read(content);
  return file.ok ? [] : file.problems.map(({ line, message }) => `${line}: ${message}`);
};

it("reads the example that the page offers", async () => {
  expect(await read(exampleInventory)).toEqual({
    ok: true,
    lines: [
      { name: "rack-07-switch-3", kind: "Switch", network: "Server room, Delft", lastScan: "2026-11-16", findings: 0 },
      { name: "lab-gateway-6", kind: "Sensor gateway", network: "Laboratory", lastScan: null, findings: 2 },
    ],
  });
});

it("reads the same from every way to cut the bytes, also inside a character", async () => {
  const content = Buffer.from(`${header}\r\nZähler-1,Zähler,"Zürich, ""Nord""",2026-01-02,3\r\n`);
  const whole = await read(content);
  expect(whole).toMatchObject({ ok: true, lines: [{ name: "Zähler-1", network: 'Zürich, "Nord"' }] });
  for (let size = 1; size < content.length; size += 1) expect(await read(content, size)).toEqual(whole);
});

it("takes columns in any order, a byte order mark, empty lines and no line end at the end", async () => {
  const content = "\ufefffindings,Name, network ,last_scan,kind\n\n1,a,,,K\n\n";
  expect(await read(content)).toMatchObject({ ok: true, lines: [{ name: "a", kind: "K", findings: 1 }] });
  expect(await read(`${header}\na,k,,,1`)).toMatchObject({ ok: true });
});

it.each<[string, string, string]>([
  ["=cmd|' /C calc'!A0,k,,,0", "name", "an equals sign"],
  ["+1+1,k,,,0", "name", "a plus sign"],
  ["-2+3,k,,,0", "name", "a minus sign"],
  ["@SUM(A1),k,,,0", "name", "an at sign"],
  ['"\t=1",k,,,0', "name", "a tab"],
  ["  =1,k,,,0", "name", "blanks before it"],
  ["a,＝1+1,,,0", "kind", "a full-width sign"],
  ['a,k,"=HYPERLINK(""http://evil.example"")",,0', "network", "quotes round it"],
])("refuses the formula in %s", async (line, column, _what) => {
  expect(await messages(`${header}\n${line}\n`)).toEqual([
    expect.stringMatching(new RegExp(`^2: The ${column} (begins as a formula does|holds an invisible character)`)),
  ]);
});

it.each<[string, string | Uint8Array, string]>([
  ["an empty file", "", "0: The file has no asset."],
  ["column names only", `${header}\n`, "0: The file has no asset."],
  ["other columns", "id,owner\n1,me\n", "1: Expected the columns"],
  ["a column twice", "name,kind,network,last_scan,name\na,b,c,,d\n", "1: Expected the columns"],
  ["semicolons", `${header.replaceAll(",", ";")}\na;k;;;0\n`, "1: Expected the columns"],
  ["a line with a field too many", `${header}\na,k,,,0,x\n`, "2: Expected 5 fields, found 6."],
  ["a line with a field missing", `${header}\na,k,,0\n`, "2: Expected 5 fields, found 4."],
  ["an open quote", `${header}\n"a,k,,,0\n`, "The line is not CSV: a quoted field does not end."],
  ["a quote in the middle", `${header}\na"b,k,,,0\n`, "2: The line is not CSV"],
  ["text behind a quote", `${header}\n"a"b,k,,,0\n`, "2: The line is not CSV"],
  ["a lone carriage return", `${header}\ra,k,,,0\n`, "1: The line is not CSV"],
  ["no name", `${header}\n,k,,,0\n`, "2: The name is empty."],
  ["blanks for a name", `${header}\n   ,k,,,0\n`, "2: The name is empty."],
  ["a long name", `${header}\n${"x".repeat(201)},k,,,0\n`, "2: The name is longer than 200 characters."],
  ["a very long field", `${header}\n${"x".repeat(501)},k,,,0\n`, "2: The line is not CSV: a field is longer"],
  ["a line end in a name", `${header}\n"a\nb",k,,,0\n`, "2: The name holds an invisible character."],
  ["a right-to-left override", `${header}\na\u202ecod.exe,k,,,0\n`, "2: The name holds an invisible character."],
  ["an escape sequence", `${header}\na\u001b[2J,k,,,0\n`, "2: The name holds an invisible character."],
  ["no date", `${header}\na,k,,yesterday,0\n`, "2: The last_scan is no date"],
  ["a day that is none", `${header}\na,k,,2026-02-30,0\n`, "2: The last_scan is no date"],
  ["no number", `${header}\na,k,,,many\n`, "2: The findings are no whole number"],
  ["a negative number", `${header}\na,k,,,-1\n`, "2: The findings are no whole number"],
  ["a number with an exponent", `${header}\na,k,,,1e3\n`, "2: The findings are no whole number"],
  ["a name twice", `${header}\na,k,,,0\na,k,,,1\n`, "3: The name stands on line 2 already."],
  ["NUL bytes", `${header}\na\u0000,k,,,0\n`, "0: The file holds NUL bytes"],
  ["a picture", Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00]), "0: The file holds NUL bytes"],
  ["a compressed file", Uint8Array.from([0x50, 0x4b, 0x03, 0x04, 0xff, 0xfe, 0x0a]), "0: The file is not in UTF-8"],
  ["UTF-16", Buffer.from(`\ufeff${header}\n`, "utf16le"), "0: The file holds NUL bytes"],
  ["Latin-1", Buffer.from(`${header}\nZähler,k,,,0\n`, "latin1"), "0: The file is not in UTF-8"],
  [
    "half a character at the end",
    Buffer.concat([Buffer.from(`${header}\na`), Buffer.from([0xc3])]),
    "0: The file is not in UTF-8",
  ],
])("refuses %s and says where", async (_what, content, expected) => {
  expect(await messages(content)).toContainEqual(expect.stringContaining(expected));
});

it("tells ten problems at most, each with its line", async () => {
  const content = `${header}\n${Array.from({ length: 50 }, (_, index) => `a${index},k,,,x`).join("\n")}`;
  const told = await messages(content);
  expect(told).toHaveLength(10);
  expect(told[9]).toMatch(/^11: /);
});

it("counts lines as an editor does, also after a field of several lines", async () => {
  expect(await messages(`${header}\r\n"a\r\nb",k,,,0\r\nc,k,,,x\r\n`)).toEqual([
    expect.stringMatching(/^2: /),
    expect.stringMatching(/^4: /),
  ]);
});

it("takes as many lines as allowed and not one more", async () => {
  const lines = (count: number) =>
    `${header}\n${Array.from({ length: count }, (_, index) => `a${index},k,,,0`).join("\n")}\n`;
  expect(await read(lines(inventoryLimits.lines))).toMatchObject({ ok: true });
  expect(await messages(lines(inventoryLimits.lines + 1))).toEqual([expect.stringContaining("more than")]);
});

it("stops reading at the limit of bytes", async () => {
  let sent = 0;
  async function* endless() {
    yield Buffer.from(`${header}\n`);
    for (;;) {
      sent += 10_000;
      yield Buffer.from("\n".repeat(10_000));
    }
  }
  expect(await readInventory(endless())).toMatchObject({ ok: false, problems: [{ line: 0 }] });
  expect(sent).toBeLessThan(inventoryLimits.bytes + 30_000);
});

it("never throws, whatever the bytes", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), fc.integer({ min: 1, max: 50 }), async (bytes, size) => {
      const file = await readInventory(pieces(bytes, size));
      expect(typeof file.ok).toBe("boolean");
    }),
  );
});

it("reads every record that was written by the rules", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 20 }).map((value) => value.replaceAll("\r", ""));
  fc.assert(
    fc.property(fc.array(fc.array(text, { minLength: 2, maxLength: 4 }), { maxLength: 6 }), (records) => {
      const written = records
        .map((fields) => fields.map((value) => `"${value.replaceAll('"', '""')}"`).join(","))
        .join("\r\n");
      const reader = new CsvReader({ records: 100, fields: 10, characters: 1000 });
      const read = [...reader.push(written), ...reader.end()].map(({ fields }) => fields);
      expect(read).toEqual(records);
    }),
  );
});
