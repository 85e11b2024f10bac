import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import { iapAssertionHeader } from "../../facts/iap";
import { audience, type LocalIap, startLocalIap, workforcePool } from "./testing/local-iap";

const repository = join(dirname(__filename), "../..");
let folder: string;
let bundle: string;
let iap: LocalIap;
const children: ChildProcess[] = [];

beforeAll(async () => {
  iap = await startLocalIap();
  // Inside the repository, so that the one package that stays outside the bundle is found.
  mkdirSync(join(repository, ".cache"), { recursive: true });
  folder = mkdtempSync(join(repository, ".cache/iap-app-"));
  bundle = join(folder, "main.cjs");
  await build({
    entryPoints: [join(dirname(__filename), "main.ts")],
    bundle: true,
    platform: "node",
    format: "cjs",
    external: ["@electric-sql/pglite"],
    outfile: bundle,
    logLevel: "silent",
  });
});
afterAll(async () => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
  await iap.close();
});

const config = (app: string, changes: Record<string, unknown> = {}) => ({
  app,
  title: "Service desk",
  path: `/${app}`,
  audiences: [audience],
  workforcePool,
  apps: [],
  ...changes,
});

interface Started {
  readonly child: ChildProcess;
  readonly output: () => string;
  /** Resolves with the address, or undefined where the process ended first. */
  readonly address: Promise<string | undefined>;
  readonly exit: Promise<number | null>;
}

function start(configuration: unknown): Started {
  const child = spawn(process.execPath, [bundle], {
    env: {
      PORT: "0",
      HOST: "127.0.0.1",
      K_SERVICE: "service-desk",
      KEYLESS_CONFIG: JSON.stringify(configuration),
      KEYLESS_ENDPOINTS: JSON.stringify({ iapJwks: iap.jwksUrl }),
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.push(child);
  let text = "";
  const exit = new Promise<number | null>((resolve) => child.once("close", resolve));
  const address = new Promise<string | undefined>((resolve) => {
    const read = (chunk: Buffer) => {
      text += chunk.toString();
      const match = /"address":"(http:[^"]+)"/.exec(text);
      if (match) resolve(match[1]);
    };
    child.stdout?.on("data", read);
    child.stderr?.on("data", read);
    exit.then(() => resolve(undefined));
  });
  return { child, output: () => text, address, exit };
}

describe("the bundle", () => {
  it("starts, serves a person's tickets from the embedded database, and ends on SIGTERM", async () => {
    const { child, output, address, exit } = start(config("service-desk"));
    const origin = await address;
    const assertion = iap.assertion("bundle-person");

    expect((await fetch(`${origin}/healthz`)).status).toBe(200);
    expect((await fetch(`${origin}/service-desk`)).status).toBe(401);
    const page = await fetch(`${origin}/service-desk`, { headers: { [iapAssertionHeader]: assertion } });
    expect(page.status).toBe(200);
    expect(await page.text()).toContain("/service-desk/tickets/1");

    child.kill("SIGTERM");
    expect(await exit).toBe(0);
    expect(output()).toContain("bundle-person");
    expect(output()).not.toContain(assertion.slice(0, 60));
    expect(output()).not.toContain(assertion.slice(-60));
  });

  it("starts without the key server and serves once it is back", async () => {
    iap.answerWith({ status: 503 });
    const { child, address } = start(config("landing", { path: "/" }));
    const origin = await address;
    const ask = () => fetch(`${origin}/`, { headers: { [iapAssertionHeader]: iap.assertion("patient") } });
    expect((await ask()).status).toBe(503);
    iap.answerWith({ status: 200 });
    let status = 503;
    for (const end = Date.now() + 10_000; status === 503 && Date.now() < end; ) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      status = (await ask()).status;
    }
    expect(status).toBe(200);
    child.kill("SIGTERM");
  });

  it.each([
    ["an empty audience list", { audiences: [] }, "KEYLESS_CONFIG.audiences"],
    ["a misshapen audience", { audiences: ["/projects/x/global/backendServices/1"] }, "KEYLESS_CONFIG.audiences[0]"],
    ["an app that it does not have", { app: "wiki" }, "KEYLESS_CONFIG.app"],
    ["a path with a slash at its end", { path: "/service-desk/" }, "KEYLESS_CONFIG.path"],
    ["a field that it does not know", { skipVerification: true }, "skipVerification"],
  ])("does not start with %s and names the field", async (_what, changes, named) => {
    const { output, exit } = start(config("service-desk", changes));
    expect(await exit).toBe(1);
    expect(output()).toContain(named);
  });
});
