import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { audience as peerAudience, reportAccount } from "../../handlers/token-broker/testing/broker-fixture";
import { type MutualTlsBroker, startMutualTlsBroker } from "../../handlers/token-broker/testing/mutual-tls-broker";
import { UserError } from "../user-error";
import { auditVerifyCommand } from "./audit-verify-command";
import { brokerCheckCommand } from "./broker-check-command";
import { recordedSurroundings } from "./testing/surroundings";
import { tokenCommand } from "./token-command";

let broker: MutualTlsBroker;
let config: string;
let audit: string;
beforeAll(async () => {
  const elsewhere = await startMutualTlsBroker();
  audit = join(elsewhere.folder.path, "audit.jsonl");
  broker = elsewhere;
  config = broker.folder.write("broker.json", JSON.stringify(broker.document));
});
afterAll(() => broker.close());

describe("keyless broker check", () => {
  const check = async (options: Partial<Parameters<typeof brokerCheckCommand>[0]> = {}) => {
    const recorded = recordedSurroundings();
    const status = await brokerCheckCommand({ config, client: broker.files.cert, ...options }, recorded.surroundings);
    return { status, lines: recorded.printed().trim().split("\n") };
  };

  it("prints a line for each step, and ends with 0 when there is a token", async () => {
    const { status, lines } = await check();
    expect(status).toBe(0);
    expect(lines.map((line) => line.split(/\s{2,}/).slice(0, 2))).toEqual([
      ["ok", "certificate"],
      ["ok", "chain"],
      ["ok", "client"],
      ["ok", "grant"],
    ]);
    expect(lines[1]).toContain('leads to "CN=CA 13.1"');
  });

  it("ends with 1 and the reason when there is none", async () => {
    const { status, lines } = await check({ account: reportAccount });
    expect(status).toBe(1);
    expect(lines.at(-1)).toMatch(/^refused {2}grant {8}the policy does not grant this account/);
    expect(JSON.parse((await check({ account: reportAccount, json: true })).lines.join("\n"))).toMatchObject({
      granted: false,
    });
  });

  it("tells of a token of the broker's own, and of options that do not fit together", async () => {
    const jwt = await check({ type: "jwt", audience: peerAudience });
    expect([jwt.status, jwt.lines.at(-1)]).toEqual([0, expect.stringContaining("a token of the broker's own for")]);
    await expect(check({ type: "jwt" })).rejects.toThrow("--type jwt: expected --audience as well");
    await expect(check({ type: "access_token", audience: "x" })).rejects.toThrow("expected no --audience");
  });

  it("names every wrong field of a configuration, and files that are not there", async () => {
    const bad = broker.folder.write("bad.json", '{"listener":{"kind":"front"}}');
    await expect(check({ config: bad })).rejects.toThrow("source: expected an object");
    await expect(check({ config: "/absent" })).rejects.toThrow(UserError);
    await expect(check({ client: "/absent" })).rejects.toThrow("--client: cannot read /absent (ENOENT)");
  });
});

describe("keyless audit verify", () => {
  const verify = async (options: Parameters<typeof auditVerifyCommand>[0]) => {
    const recorded = recordedSurroundings();
    return { status: await auditVerifyCommand(options, recorded.surroundings), printed: recorded.printed() };
  };

  it("finds a whole audit whole, and says where it ends", async () => {
    const audited = await startMutualTlsBroker({ audit: { file: audit } });
    for (let request = 0; request < 3; request++) {
      const address = { broker: audited.broker, ...audited.files };
      await tokenCommand(address, recordedSurroundings().surroundings);
    }
    await audited.close();
    const { status, printed } = await verify({ files: [audit] });
    expect(status).toBe(0);
    expect(printed).toContain("none removed, altered or moved");
    const hash = /the last is ([0-9a-f]{64})/.exec(printed)?.[1] ?? "none";
    expect((await verify({ files: [audit], expectLast: hash })).status).toBe(0);
    expect((await verify({ files: [audit], expectLast: "0".repeat(64) })).printed).toContain(
      "lines at the end are missing",
    );
  });

  it("finds the hash that was kept elsewhere, also when lines have come behind it", async () => {
    const [first = ""] = readFileSync(audit, "utf8").trim().split("\n");
    const { auditHash: kept } = z.object({ auditHash: z.string() }).parse(JSON.parse(first));
    expect((await verify({ files: [audit], expect: [kept] })).status).toBe(0);
    expect((await verify({ files: [audit], expectLast: kept })).status).toBe(1);
    const other = "0".repeat(64);
    expect(await verify({ files: [audit], expect: [kept, other] })).toMatchObject({
      status: 1,
      printed: expect.stringContaining(`problem: no line has the hash ${other}: lines were cut off`),
    });
  });

  it("reads an audit out of a log in which a client's own words end lines for people, and a runtime warns", async () => {
    const logged = await startMutualTlsBroker();
    const account = "a\u2028b\u2029c\u0085d\u000be";
    await tokenCommand({ broker: logged.broker, ...logged.files, account }, recordedSurroundings().surroundings);
    await logged.close();
    expect(logged.log()).toContain("\u2028");
    const log = broker.folder.write("broker.log", `(node:1) Warning: an old file\n${logged.log()}`);
    const { status, printed } = await verify({ files: [log] });
    expect(printed).toContain("note: line 1: not JSON: passed over");
    expect([status, printed.includes("problem")]).toEqual([0, false]);
  });

  it("does not keep in memory what no line of an audit can be", async () => {
    const lines = readFileSync(audit, "utf8").trim().split("\n");
    const long = broker.folder.write("long.jsonl", `${lines[0]}\n{"audit":"${"x".repeat(5_000_000)}"}\n${lines[1]}\n`);
    expect((await verify({ files: [long] })).printed).toContain("problem: line 2: not a line of the audit, or damaged");
  });

  it("names the line that was removed or altered", async () => {
    const lines = readFileSync(audit, "utf8").trim().split("\n");
    const removed = broker.folder.write("removed.jsonl", lines.filter((_, index) => index !== 1).join("\n"));
    expect(await verify({ files: [removed] })).toMatchObject({
      status: 1,
      printed: expect.stringContaining("problem: line 2"),
    });
    const headless = broker.folder.write("headless.jsonl", lines.slice(1).join("\n"));
    expect((await verify({ files: [headless] })).status).toBe(1);
    const altered = broker.folder.write("altered.jsonl", lines.join("\n").replace("batch job", "night job"));
    expect((await verify({ files: [altered] })).printed).toContain("the line was altered");
    expect(JSON.parse((await verify({ files: [altered], json: true })).printed).findings).toHaveLength(1);
  });

  it("reads several files as one", async () => {
    const lines = readFileSync(audit, "utf8").trim().split("\n");
    const first = broker.folder.write("first.jsonl", `${lines.slice(0, 2).join("\n")}\n`);
    const second = broker.folder.write("second.jsonl", lines.slice(2).join("\n"));
    expect((await verify({ files: [first, second] })).status).toBe(0);
    expect((await verify({ files: [second, first] })).status).toBe(1);
    const alone = await verify({ files: [second] });
    expect([alone.status, alone.printed]).toEqual([1, expect.stringContaining("problem: lines before the first are")]);
    const later = await verify({ files: [second], continues: true });
    expect([later.status, later.printed]).toEqual([0, expect.stringContaining("none behind the first removed")]);
    const altered = broker.folder.write("altered.jsonl", lines.slice(2).join("\n").replace("batch job", "night job"));
    expect((await verify({ files: [first, altered] })).printed).toContain(`problem: ${altered}, line 1: the line was`);
  });

  it("does not call an empty file whole, and says that one is not there", async () => {
    expect((await verify({ files: [broker.folder.write("empty.jsonl", "")] })).status).toBe(1);
    await expect(verify({ files: ["/absent.jsonl"] })).rejects.toThrow("cannot read /absent.jsonl (ENOENT)");
    await expect(verify({ files: [] })).rejects.toThrow(UserError);
  });
});
