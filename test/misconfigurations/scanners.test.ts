import { readFileSync } from "node:fs";
import { join } from "node:path";
import { github } from "./cases/github";
import { otherIssuers } from "./cases/other-issuers";
import { scan, tableOf } from "./scanners";

const cases = [...github, ...otherIssuers];

describe("what scanners make of the same configurations", () => {
  it("stands in the documentation, row by row", () => {
    const page = readFileSync(join(__dirname, "../../docs/analysis.md"), "utf8");
    const rows = page.split("\n").filter((line) => line.endsWith("| violated / proved |"));
    expect(rows).toEqual(tableOf(cases));
  });

  it("is wrong both ways: mistakes pass, and what Google advises fails", () => {
    const passed = cases.filter(({ mistake }) => scan(mistake).conditionIsThere);
    expect(passed.length).toBeGreaterThan(cases.length / 2);
    const advised = github.filter(({ remedy }) => !scan(remedy).subjectIsCompared);
    expect(advised.length).toBe(github.length);
    expect(github.some(({ mistake }) => scan(mistake).subjectIsCompared)).toBe(true);
  });
});
