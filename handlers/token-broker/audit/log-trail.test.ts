import { createLogger } from "../../runtime";
import { AuditUnavailableError, writeLine } from "./audit-trail";
import { LogTrail } from "./log-trail";
import { verifyAudit } from "./verify-audit";

describe("LogTrail", () => {
  it("writes lines that can be verified out of the log, among others, also as Cloud Logging exports them", async () => {
    const logged: string[] = [];
    const log = createLogger("test", { write: (line) => logged.push(line) });
    const audit = new LogTrail(log, () => new Date());
    await writeLine(audit, { event: "audit_started" });
    log.info({ event: "token_refreshed" }, "token refreshed");
    await writeLine(audit, { event: "token_refused", reason: "client_not_listed" });
    await writeLine(audit, { event: "audit_stopped" });
    expect(JSON.parse(logged[2] ?? "")).toMatchObject({
      severity: "WARNING",
      message: "token refused: client_not_listed",
    });
    expect(await verifyAudit(logged)).toMatchObject({ lines: 3, findings: [] });
    const entries = logged.map((line) => {
      const { severity, time, message, ...rest } = JSON.parse(line);
      return JSON.stringify({ severity, timestamp: time, jsonPayload: { message, ...rest } });
    });
    expect(await verifyAudit(entries)).toMatchObject({ lines: 3, findings: [] });
    const altered = logged.map((line) => line.replace("client_not_listed", "client_ambiguous"));
    expect((await verifyAudit(altered)).findings).toHaveLength(1);
  });

  it("says that the log is full to whoever waits for the line, and leaves no hole in the chain", async () => {
    const logged: string[] = [];
    let isFull = false;
    const write = (line: string) => {
      if (isFull) throw Object.assign(new Error("no space left"), { code: "ENOSPC" });
      logged.push(line);
    };
    const audit = new LogTrail(createLogger("test", { write }), () => new Date());
    await writeLine(audit, { event: "audit_started" });
    isFull = true;
    const lost = writeLine(audit, { event: "token_issued" });
    await expect(lost).rejects.toBeInstanceOf(AuditUnavailableError);
    await expect(lost).rejects.toThrow("the log cannot be written (ENOSPC)");
    isFull = false;
    await writeLine(audit, { event: "token_issued" });
    await writeLine(audit, { event: "audit_stopped" });
    expect(audit.sequence).toBe(3);
    expect(await verifyAudit(logged)).toMatchObject({ lines: 3, findings: [] });
  });
});
