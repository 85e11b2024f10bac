import { createLogger } from "../../runtime";
import { Audit } from "./audit";
import { LogTrail } from "./log-trail";
import { StrangerLines } from "./stranger-lines";
import { verifyAudit } from "./verify-audit";

function setUp() {
  const logged: string[] = [];
  const logger = createLogger("test", { write: (line) => logged.push(line) });
  const records = () => logged.map((line): Record<string, unknown> => JSON.parse(line));
  return { logged, records, audit: new Audit(new LogTrail(logger, () => new Date())) };
}

const request = { requestId: "req-1", remoteAddress: "192.0.2.1" };

describe("Audit", () => {
  it("is not filled by callers that nobody knows, and says how many lines were left out", async () => {
    const { audit, logged, records } = setUp();
    for (let number = 0; number < 1_000; number += 1) await audit.refused(request, "certificate_missing");
    await audit.refused({ ...request, client: "batch job" }, "account_not_granted");
    await audit.close();
    const written = records().filter(({ event }) => event === "token_refused");
    const strangers = written.filter(({ client }) => client === undefined);
    expect(strangers.length).toBeGreaterThanOrEqual(200);
    expect(strangers.length).toBeLessThan(400);
    const leftOut = records().reduce((sum, record) => sum + Number(record["leftOut"] ?? 0), 0);
    expect(strangers.length + leftOut).toBe(1_000);
    expect(await verifyAudit(logged)).toMatchObject({ findings: [] });
  });

  it("has a line for each refusal of a client of the policy", async () => {
    const { audit, records } = setUp();
    for (let number = 0; number < 1_000; number += 1) {
      await audit.refused({ ...request, client: "batch job" }, "account_not_granted");
    }
    expect(records()).toHaveLength(1_000);
  });
});

describe("StrangerLines", () => {
  it("admits ten more lines a second, and never more than two hundred at once", () => {
    let now = 0;
    const lines = new StrangerLines(() => now);
    const admitted = () => Array.from({ length: 500 }, () => lines.admit()).filter((isAdmitted) => isAdmitted).length;
    expect(admitted()).toBe(200);
    now += 1_000;
    expect(admitted()).toBe(10);
    expect(lines.takeLeftOut()).toBe(790);
    expect(lines.takeLeftOut()).toBeUndefined();
    now += 3_600_000;
    expect(admitted()).toBe(200);
  });
});
