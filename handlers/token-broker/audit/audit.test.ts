import { createLogger } from "../../runtime";
import { Audit } from "./audit";
import { LogTrail } from "./log-trail";
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
