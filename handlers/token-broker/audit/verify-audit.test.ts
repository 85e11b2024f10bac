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

  it("finds any two lines that changed places, any line that stands twice, and one that was made up", async () => {
    for (let one = 0; one < whole.length; one += 1) {
      expect(await problems([...whole.slice(0, one + 1), ...whole.slice(one)])).not.toEqual([]);
      for (let other = one + 1; other < whole.length; other += 1) {
        const lines = [...whole];
        [lines[one], lines[other]] = [whole[other] ?? "", whole[one] ?? ""];
        expect(await problems(lines)).not.toEqual([]);
      }
    }
    expect((await problems([...whole, whole[2] ?? ""])).length).toBeGreaterThan(0);
  });

  it("finds that several lines were removed, once", async () => {
    expect(await problems([...whole.slice(0, 2), ...whole.slice(5)])).toEqual([
      { kind: "problem", line: 3, text: "lines 3 to 5 of its chain removed, or moved behind this one" },
    ]);
  });

  it("finds lines that were renumbered, and a member of the chain that is missing", async () => {
    for (const name of ["auditHash", "auditPrevious", "auditSequence", "auditChain", "auditTime"]) {
      const without = whole.map((line, index) => (index === 3 ? altered(line, (record) => delete record[name]) : line));
      expect(await problems(without)).not.toEqual([]);
    }
    const renumbered = whole
      .filter((_, index) => index !== 3)
      .map((line, index) => altered(line, (record) => Object.assign(record, { auditSequence: index + 1 })));
    expect(await problems(renumbered)).not.toEqual([]);
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

  it("finds a process that was made up between two others, and takes two that take turns at the end of one", async () => {
    const hashAt = (lines: readonly string[], index: number): string => JSON.parse(lines.at(index) ?? "").auditHash;
    const begin = (count: number, chain: number, previous: string) =>
      chainOf(count, { chain: `6d1f3f0a-4a5e-4f0e-9a51-0d7c1b1e0a0${chain}`, sequence: 0, hash: previous });
    const second = begin(3, 2, hashAt(whole, -1));
    const forged = begin(3, 9, hashAt(whole, -1));
    const found = await problems([...whole, ...forged, ...second]);
    expect(found).toEqual([{ kind: "problem", line: 12, text: expect.stringContaining("chains were added or moved") }]);
    expect(await problems([...whole, ...begin(3, 9, genesisHash), ...second])).toHaveLength(1);
    const early = begin(3, 2, hashAt(whole, 5));
    expect(await problems([...whole.slice(0, 7), ...early.slice(0, 1), ...whole.slice(7), ...early.slice(1)])).toEqual(
      [],
    );
  });

  it("tells which of the hashes that were kept elsewhere no line has", async () => {
    const kept: string = JSON.parse(whole[3] ?? "").auditHash;
    expect((await verifyAudit(whole, [kept])).missing).toEqual([]);
    expect((await verifyAudit(whole.slice(0, 3), [kept])).missing).toEqual([kept]);
  });

  it("finds a member that was put in beside the one of the same name, and survives one that is nested too deep", async () => {
    const decoy = whole.map((line, index) => (index === 3 ? line.replace("{", '{"client":"another",') : line));
    expect(await problems(decoy)).toContainEqual(expect.objectContaining({ line: 4 }));
    const nested = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
    const deep = whole.map((line, index) => (index === 3 ? line.replace("{", `{"a":${nested},`) : line));
    expect(await problems(deep)).toContainEqual(expect.objectContaining({ line: 4 }));
  });

  it("passes over lines of a log that never were objects, and says so", async () => {
    const { findings } = await verifyAudit(["(node:7) ExperimentalWarning: x", "    at file.js:1", ...whole]);
    expect(findings).toEqual([1, 2].map((line) => ({ kind: "note", line, text: "not JSON: passed over" })));
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
