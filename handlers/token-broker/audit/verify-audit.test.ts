import { hash } from "node:crypto";
import fc from "fast-check";
import { type ChainState, contentOf, endingOf, formOf, genesisHash, hashOf, link } from "./audit-chain";
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

/** A whole chain whose lines came in batches of these sizes. */
function batchesOf(sizes: readonly number[]): string[] {
  let state: ChainState = { chain: chainId, sequence: 0, hash: genesisHash };
  const total = sizes.reduce((sum, size) => sum + size, 0);
  return sizes.flatMap((size) => {
    const forms = Array.from({ length: size }, (_, index) => {
      const number = state.sequence + index + 1;
      const event = number === 1 ? "audit_started" : number === total ? "audit_stopped" : "token_issued";
      return formOf({ event, client: `client ${number}`, certificate: { subject: "CN=ä" } });
    });
    const content = contentOf(forms, state, new Date(state.sequence).toISOString());
    const own = hash("sha256", content, "hex");
    state = { chain: chainId, sequence: state.sequence + size, hash: own };
    return `${content.slice(0, -1)}${endingOf(own)}`.split("\n");
  });
}

describe("verifyAudit, of lines that stand under one hash", () => {
  // Lines 1 | 2 to 5 | 6 to 8 | 9 | 10 to 12.
  const sizes = [1, 4, 3, 1, 3];
  const whole = batchesOf(sizes);
  const without = (from: number, to = from) => whole.filter((_, index) => index + 1 < from || index + 1 > to);

  it("finds nothing in a whole chain, also in an export with its fields in another order, or beginning in an earlier file", async () => {
    expect(await verifyAudit(whole)).toMatchObject({ lines: 12, findings: [] });
    const exported = whole.map((line) => {
      const fields = Object.fromEntries(Object.entries(JSON.parse(line)).reverse());
      return JSON.stringify({ severity: "INFO", jsonPayload: { message: "m", ...fields } });
    });
    expect(await verifyAudit(exported)).toMatchObject({ lines: 12, findings: [] });
    const { findings } = await verifyAudit(whole.slice(1));
    expect(findings).toEqual([expect.objectContaining({ kind: "note" })]);
  });

  it.each(
    whole
      .slice(0, -1)
      .map((_, index) => index + 1)
      .filter((number) => number > 1),
  )("finds that line %i was removed", async (number) => {
    expect((await problems(without(number))).map(({ text }) => text)).toContainEqual(
      `line ${number} of its chain removed, or moved behind this one`,
    );
  });

  it("finds that all lines under one hash were removed, once", async () => {
    expect(await problems(without(6, 8))).toEqual([
      { kind: "problem", line: 6, text: "lines 6 to 8 of its chain removed, or moved behind this one" },
    ]);
    expect(await problems(without(1))).toEqual([]);
    expect(await problems(without(2, 3))).not.toEqual([]);
    expect(await problems(without(1, 3))).toEqual([
      expect.objectContaining({ text: expect.stringContaining("or others before that stand under it are missing") }),
    ]);
  });

  it("finds that the end of the lines under one hash is missing", async () => {
    for (const last of [2, 3, 4, 6, 7, 10, 11]) {
      expect(await problems(whole.slice(0, last))).toEqual([
        expect.objectContaining({ text: expect.stringMatching(/without the hash that ends them: cut off$/) }),
      ]);
    }
    for (const last of [1, 5, 8, 9]) expect(await problems(whole.slice(0, last))).toEqual([]);
  });

  it("finds that any line was altered, whether it holds the hash or not", async () => {
    for (let index = 0; index < whole.length; index += 1) {
      const lines = whole.map((line, position) =>
        position === index ? altered(line, (record) => Object.assign(record, { client: "another" })) : line,
      );
      expect(await problems(lines)).toEqual([
        expect.objectContaining({ text: expect.stringMatching(/altered: the hash does not fit$/) }),
      ]);
    }
  });

  it("finds any two lines that changed places, and any line that stands twice", async () => {
    for (let one = 0; one < whole.length; one += 1) {
      expect(await problems([...whole.slice(0, one + 1), ...whole.slice(one)])).not.toEqual([]);
      for (let other = one + 1; other < whole.length; other += 1) {
        const lines = [...whole];
        [lines[one], lines[other]] = [whole[other] ?? "", whole[one] ?? ""];
        expect(await problems(lines)).not.toEqual([]);
      }
    }
  });

  it("finds lines that were renumbered, or whose hash was made anew, taken away or added", async () => {
    const change = (number: number, edit: (record: Record<string, unknown>) => void) =>
      problems(whole.map((line, index) => (index + 1 === number ? altered(line, edit) : line)));
    expect(
      await change(5, (record) => {
        record["auditHash"] = hashOf(record);
      }),
    ).not.toEqual([]);
    for (const name of ["auditHash", "auditPrevious", "auditSequence", "auditChain", "auditTime"]) {
      for (const number of [3, 5, 9]) {
        const isThere = JSON.parse(whole[number - 1] ?? "")[name] !== undefined;
        const found = await change(number, (record) => {
          if (isThere) delete record[name];
          else record[name] = "0".repeat(64);
        });
        expect(found).not.toEqual([]);
      }
    }
    // Removed in the middle, and what follows counted anew.
    const renumbered = without(3).map((line, index) =>
      altered(line, (record) => {
        record["auditSequence"] = index + 1;
      }),
    );
    expect(await problems(renumbered)).not.toEqual([]);
  });

  it("finds that lines under one hash were written anew together with their hash: the next ones do not follow", async () => {
    const start = { chain: chainId, sequence: 1, hash: JSON.parse(whole[0] ?? "").auditHash };
    const forms = [2, 3, 4, 5].map((number) => formOf({ event: "token_issued", client: `other ${number}` }));
    const content = contentOf(forms, start, new Date(0).toISOString());
    const forged = `${content.slice(0, -1)}${endingOf(hash("sha256", content, "hex"))}`.split("\n");
    expect(await problems([...whole.slice(0, 1), ...forged, ...whole.slice(5)])).toEqual([
      expect.objectContaining({ line: 8, text: expect.stringContaining("does not follow") }),
    ]);
  });

  it("finds any change of any one character", async () => {
    const text = whole.slice(0, 8).join("\n");
    await fc.assert(
      fc.asyncProperty(fc.nat(text.length - 1), fc.integer({ min: 1, max: 127 }), async (position, change) => {
        const code = text.charCodeAt(position) ^ change;
        const damaged = text.slice(0, position) + String.fromCharCode(code) + text.slice(position + 1);
        const { findings, lines } = await verifyAudit(damaged.split("\n"));
        const noticed = findings.some(({ kind }) => kind === "problem") || lines < 8;
        expect(noticed || isSameJson(damaged, text)).toBe(true);
      }),
      { numRuns: 300 },
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
