import fc from "fast-check";
import { type ChainState, formOf, genesisHash, hashOf, link } from "./audit-chain";
import { verifyAudit } from "./verify-audit";

const chainId = "6d1f3f0a-4a5e-4f0e-9a51-0d7c1b1e0a01";

/** A whole chain of a process, as lines. */
function chainOf(count: number, start: ChainState = { chain: chainId, sequence: 0, hash: genesisHash }): string[] {
  let state = start;
  return Array.from({ length: count }, (_, index) => {
    const event = index === 0 ? "audit_started" : index === count - 1 ? "audit_stopped" : "token_issued";
    const linked = link(
      formOf({ event, client: `client ${index}`, certificate: { subject: "CN=a" } }),
      state,
      new Date(index).toISOString(),
    );
    state = linked.state;
    return linked.text;
  });
}

const problems = async (lines: readonly string[]) =>
  (await verifyAudit(lines)).findings.filter(({ kind }) => kind === "problem");

function altered(line: string, change: (record: Record<string, unknown>) => void): string {
  const record: Record<string, unknown> = JSON.parse(line);
  change(record);
  return JSON.stringify(record);
}

describe("verifyAudit", () => {
  const whole = chainOf(8);

  it("finds nothing in a whole chain, and tells its end", async () => {
    const { lines, findings, chains } = await verifyAudit(whole);
    expect(findings).toEqual([]);
    expect([lines, chains]).toEqual([8, [{ chain: chainId, sequence: 8, hash: JSON.parse(whole[7] ?? "").auditHash }]]);
  });

  it("minds neither the order of fields nor what a log adds", async () => {
    const moved = whole.map((line) => {
      const entries = Object.entries(JSON.parse(line)).reverse();
      return JSON.stringify({ severity: "INFO", message: "m", ...Object.fromEntries(entries), time: "t" });
    });
    expect(await problems(moved)).toEqual([]);
  });

  it.each([1, 2, 3, 4, 5, 6, 7])("finds that line %i was removed", async (index) => {
    const found = await problems(whole.filter((_, position) => position !== index));
    if (index === 7) expect(found).toEqual([]);
    else
      expect(found).toEqual([expect.objectContaining({ line: index + 1, text: expect.stringContaining("removed") })]);
  });

  it("says of a chain without its end that it can have been cut off", async () => {
    const { findings, chains } = await verifyAudit(whole.slice(0, 5));
    expect(findings).toEqual([expect.objectContaining({ kind: "note", text: expect.stringContaining("has no end") })]);
    expect(chains[0]?.sequence).toBe(5);
  });

  it("finds that a line was altered, also when its hash was made anew", async () => {
    const change = (record: Record<string, unknown>) => {
      record["client"] = "another";
    };
    const plain = whole.map((line, index) => (index === 3 ? altered(line, change) : line));
    expect(await problems(plain)).toEqual([
      expect.objectContaining({ line: 4, text: expect.stringContaining("altered") }),
    ]);
    const rehashed = whole.map((line, index) =>
      index === 3
        ? altered(line, (record) => {
            change(record);
            record["auditHash"] = hashOf(record);
          })
        : line,
    );
    expect(await problems(rehashed)).toEqual([
      expect.objectContaining({ line: 5, text: expect.stringContaining("does not follow") }),
    ]);
  });

  it("finds that a field was added or taken away", async () => {
    for (const change of [
      (record: Record<string, unknown>) => {
        record["note"] = "x";
      },
      (record: Record<string, unknown>) => {
        delete record["certificate"];
      },
    ]) {
      const lines = whole.map((line, index) => (index === 3 ? altered(line, change) : line));
      expect(await problems(lines)).toHaveLength(1);
    }
  });

  it("finds lines that changed places, stand twice or were made up", async () => {
    const swapped = [...whole.slice(0, 3), whole[4] ?? "", whole[3] ?? "", ...whole.slice(5)];
    expect((await problems(swapped)).length).toBeGreaterThan(0);
    expect((await problems([...whole.slice(0, 4), whole[3] ?? "", ...whole.slice(4)])).length).toBeGreaterThan(0);
    expect((await problems([...whole, whole[2] ?? ""])).length).toBeGreaterThan(0);
  });

  it("finds that a whole process is missing between two others", async () => {
    const next = (last: string | undefined, chain: string) =>
      chainOf(3, { chain, sequence: 0, hash: JSON.parse(last ?? "").auditHash });
    const second = next(whole.at(-1), "6d1f3f0a-4a5e-4f0e-9a51-0d7c1b1e0a02");
    const third = next(second.at(-1), "6d1f3f0a-4a5e-4f0e-9a51-0d7c1b1e0a03");
    expect(await problems([...whole, ...second, ...third])).toEqual([]);
    expect(await problems([...whole, ...third])).toEqual([
      expect.objectContaining({ text: expect.stringContaining("lines are missing") }),
    ]);
    expect(await problems([...whole, ...second, ...third.slice(1)])).toHaveLength(1);
  });

  it.each(["{", "null", "[]", '{"auditHash":1}', '"text"'])("answers the line %s, and goes on", async (text) => {
    const { lines } = await verifyAudit([text, ...whole]);
    expect(lines).toBe(8);
  });

  it("finds any change of any one character", async () => {
    const text = whole.slice(0, 4).join("\n");
    await fc.assert(
      fc.asyncProperty(fc.nat(text.length - 1), fc.integer({ min: 1, max: 127 }), async (position, change) => {
        const code = text.charCodeAt(position) ^ change;
        const damaged = text.slice(0, position) + String.fromCharCode(code) + text.slice(position + 1);
        const { findings, lines } = await verifyAudit(damaged.split("\n"));
        const noticed = findings.some(({ kind }) => kind === "problem") || lines < 4;
        // A change that JSON does not see, such as of white space, is none.
        expect(noticed || isSameJson(damaged, text)).toBe(true);
      }),
      { numRuns: 600 },
    );
  });
});

function isSameJson(one: string, other: string): boolean {
  try {
    const parse = (text: string) =>
      JSON.stringify(
        text
          .split("\n")
          .filter((l) => l.trim() !== "")
          .map((line): unknown => JSON.parse(line)),
      );
    return parse(one) === parse(other);
  } catch {
    return false;
  }
}
