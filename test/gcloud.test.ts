import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Testing } from "cdktf";
import { z } from "zod";
import { loadEnvironments } from "../cli/environments";
import { deployStepOnTwin } from "../cli/start/deploy-step-on-twin";
import { startEmptyTwin } from "../cli/start/local-twin";
import { Browser, type Page, unescapeHtml } from "../cli/tour/browser";
import { EnvironmentStack } from "../environments/environment-stack";
import { people } from "../environments/people";
import { workforceLoginConfiguration, workforcePrincipal } from "../facts/workforce";
import type { Twin } from "../twin";

function gcloudMissing(): string | undefined {
  try {
    execFileSync("gcloud", ["--version"], { stdio: "ignore", timeout: 60_000 });
    return undefined;
  } catch {
    return "gcloud is not installed";
  }
}
const missing = gcloudMissing();
if (missing !== undefined) process.stderr.write(`skipped: gcloud on the twin: ${missing}\n`);

/** gcloud's Python does not resolve names below localhost; through a proxy it does not have to. */
async function startProxy(): Promise<{ readonly port: number; readonly server: Server }> {
  const server = createServer();
  server.on("connect", (request, socket) => {
    const port = Number(/\.localhost:([0-9]+)$/.exec(request.url ?? "")?.[1] ?? 1);
    const upstream = connect(port, "127.0.0.1", () => socket.write("HTTP/1.1 200 OK\r\n\r\n"));
    for (const [one, other] of [
      [socket, upstream],
      [upstream, socket],
    ] as const) {
      one.on("error", () => other.destroy());
      one.pipe(other);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, port: z.object({ port: z.number() }).parse(server.address()).port };
}

/** Administrators sign in to gcloud as to an app: by their Entra account, without a Google account or a key. */
(missing === undefined ? describe : describe.skip)("gcloud on the local twin", () => {
  const environments = loadEnvironments();
  const { poolId } = environments.dev.workforce;
  const pool = `locations/global/workforcePools/${poolId}`;
  const folder = mkdtempSync(join(tmpdir(), "keyless-gcloud-"));
  const loginFile = join(folder, "login.json");
  let twin: Twin;
  let proxy: Awaited<ReturnType<typeof startProxy>>;
  beforeAll(async () => {
    twin = await startEmptyTwin([environments.dev]);
    const text = Testing.synth(new EnvironmentStack(Testing.app(), environments.dev));
    await twin.apply({ stack: environments.dev.name, text }, (step) => deployStepOnTwin(twin, step));
    proxy = await startProxy();
    const configuration = workforceLoginConfiguration(`${pool}/providers/entra-${environments.dev.generation}`);
    const onTwin = Object.entries(configuration).map(([name, value]) => [
      name,
      value.replace(/^https:\/\/[a-z.]+(?=\/)/, (origin) => twin.origin(new URL(origin).hostname)),
    ]);
    writeFileSync(loginFile, JSON.stringify(Object.fromEntries(onTwin)));
  }, 180_000);
  afterAll(async () => {
    proxy?.server.close();
    proxy?.server.closeAllConnections();
    await twin?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const environment = () => ({
    ...process.env,
    CLOUDSDK_CONFIG: folder,
    CLOUDSDK_CORE_DISABLE_PROMPTS: "0",
    CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE: twin.certificateAuthorityFile,
    CLOUDSDK_PROXY_TYPE: "http",
    CLOUDSDK_PROXY_ADDRESS: "127.0.0.1",
    CLOUDSDK_PROXY_PORT: String(proxy.port),
  });

  /** Signs in with the address that gcloud prints, and gives it the code that the page shows. */
  async function login(person: string): Promise<string> {
    const child = spawn("gcloud", ["auth", "login", `--login-config=${loginFile}`, "--no-launch-browser"], {
      env: environment(),
      stdio: ["pipe", "pipe", "pipe"],
    });
    let output = "";
    let isAsked = false;
    const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      const address = /https:\/\/\S+\/authorize\?\S+/.exec(output)?.[0];
      if (address === undefined || isAsked || !output.includes("code")) return;
      isAsked = true;
      codeFor(address, person).then(
        (code) => child.stdin.write(`${code}\n`),
        () => child.kill("SIGTERM"),
      );
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    await ended;
    return output;
  }

  async function codeFor(address: string, person: string): Promise<string> {
    const browser = new Browser(twin.fetch);
    const page: Page = await browser.open(address);
    const shown = await browser.submit(page, "person", person);
    return unescapeHtml(/<dt>Code<\/dt>\s*<dd>([^<]+)<\/dd>/.exec(shown.text)?.[1] ?? "");
  }

  it("logs a person in by the login configuration, under their workforce identity", async () => {
    const output = await login("administrator");
    const person = people.find(({ key }) => key === "administrator");
    const principal = workforcePrincipal(pool, person?.entraObjectId ?? "");
    expect(output).toContain(principal);
    const token = execFileSync("gcloud", ["auth", "print-access-token"], {
      env: environment(),
      encoding: "utf8",
    }).trim();
    expect(twin.google.tokens.find(token)?.identity).toMatchObject({
      kind: "federated",
      pool,
      subject: person?.entraObjectId,
    });
  }, 180_000);
});
