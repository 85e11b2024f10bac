import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { z } from "zod";
import { batchAccount } from "../../handlers/token-broker/testing/broker-fixture";
import { type MutualTlsBroker, startMutualTlsBroker } from "../../handlers/token-broker/testing/mutual-tls-broker";

const keyless = join(__dirname, "../keyless.cjs");
let broker: MutualTlsBroker;
beforeAll(async () => {
  broker = await startMutualTlsBroker();
});
afterAll(() => broker.close());

/** The command as a shell would call it; the broker's address and the client's files stand in its environment. */
const environment = () => ({
  ...process.env,
  KEYLESS_BROKER: broker.broker,
  KEYLESS_CLIENT_CERT: broker.files.cert,
  KEYLESS_CLIENT_KEY: broker.files.key,
  KEYLESS_CA: broker.files.ca,
});

const run = (...parameters: string[]) => runWith({}, ...parameters);

function runWith(
  more: Readonly<Record<string, string>>,
  ...parameters: string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { ...environment(), ...more };
  return new Promise((resolve) => {
    execFile(process.execPath, [keyless, ...parameters], { env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

describe("the keyless command, with a token broker", () => {
  it("prints a token, or what belongs to it as JSON", async () => {
    const [alone, whole] = await Promise.all([run("token"), run("token", "--json")]);
    expect(alone).toMatchObject({ code: 0, stderr: "" });
    expect(broker.upstreams.hasIssued(alone.stdout.trim())).toBe(true);
    expect(JSON.parse(whole.stdout)).toMatchObject({ account: batchAccount, access_token: alone.stdout.trim() });
  }, 60_000);

  it("ends with 1 and one line where it is refused, and names the option that is wrong", async () => {
    const [refused, wrong] = await Promise.all([
      run("token", "--account", "other@ailab-data-dev.iam.gserviceaccount.com"),
      run("token", "--timeout", "soon"),
    ]);
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toMatch(/^keyless: no token: access_denied: .+\n$/);
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toContain("expected seconds from 1 to 600");
  }, 60_000);

  it("serves the agent until it is told to end, and prints its address", async () => {
    const child = spawn(process.execPath, [keyless, "agent", "--json"], { env: environment(), stdio: "pipe" });
    const [line] = await once(createInterface({ input: child.stdout }), "line");
    const { GCE_METADATA_HOST: authority } = z.object({ GCE_METADATA_HOST: z.string() }).parse(JSON.parse(line));
    const answer = await fetch(`http://${authority}/computeMetadata/v1/instance/service-accounts/default/email`, {
      headers: { "metadata-flavor": "Google" },
    });
    expect(await answer.text()).toBe(batchAccount);
    child.kill("SIGTERM");
    expect(await once(child, "exit")).toEqual([0, null]);
  }, 60_000);

  it("checks a policy and an audit without a broker, each step for programs too", async () => {
    const config = broker.folder.write("check.json", JSON.stringify(broker.document));
    const audit = broker.folder.write("audit.jsonl", '{"event":"token_issued","auditHash":"0"}\n');
    const [check, short, verification] = await Promise.all([
      run("broker", "check", "--config", config, "--client", broker.files.cert, "--json"),
      // As a shell of the broker's machine has it.
      runWith({ KEYLESS_CONFIG_FILE: config }, "broker", "check", "--client", broker.files.cert, "--account", "x"),
      run("audit", "verify", audit),
    ]);
    expect(check.code).toBe(0);
    expect(JSON.parse(check.stdout)).toMatchObject({ granted: true });
    expect(short).toMatchObject({ code: 1, stdout: expect.stringMatching(/refused {2}grant .+ its accounts: /) });
    expect(verification.code).toBe(1);
    expect(verification.stdout).toContain("problem: line 1: ");
  }, 60_000);
});
