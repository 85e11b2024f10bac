import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { z } from "zod";
import { handlerImages } from "./handler-image";
import { ImageDelivery } from "./image-delivery";
import { isBaseAtHand, missingPrograms, skipping } from "./testing/peers";
import { recordedPace } from "./testing/scripted-registry";

/** Beside the programs that others use: skopeo, Debian's docker-registry, and buildah as what runs containers. */

const baseReason = isBaseAtHand() ? undefined : 'the base is not at hand: run "keyless images build" once';
/** Why a test that needs these programs cannot run. */
function reason(...programs: readonly string[]): string | undefined {
  const missing = missingPrograms(...programs);
  return baseReason ?? (missing.length === 0 ? undefined : `not installed: ${missing.join(", ")}`);
}

const images = handlerImages();
const image = images["iap-app"];
let folder: string;
let layout: string;
const children: ChildProcess[] = [];

function delivery(registryPort = 0) {
  const pace = recordedPace();
  const made = new ImageDelivery({
    fetch,
    pace,
    credentials: async () => undefined,
    originOf: () => `http://127.0.0.1:${registryPort}`,
  });
  return Object.assign(made, { lines: pace.lines });
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "keyless-delivery-"));
  layout = join(folder, "layout");
  if (baseReason === undefined) await delivery().write(image, layout);
}, 120_000);
afterEach(async () => {
  for (const child of children.splice(0)) {
    child.kill("SIGKILL");
    if (child.exitCode === null && child.signalCode === null) await new Promise((done) => child.once("exit", done));
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

/** What answers, once it does. */
async function answerOf(url: string, child: ChildProcess): Promise<Response> {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline && child.exitCode === null; await wait(200)) {
    const response = await fetch(url).catch(() => undefined);
    if (response !== undefined) return response;
  }
  throw new Error(`${url} does not answer`);
}

describe("an image as a folder", () => {
  const inspected = z.object({
    Digest: z.string(),
    Created: z.string(),
    Layers: z.array(z.string()),
    Env: z.array(z.string()),
  });

  skipping(reason("skopeo"))("is read by skopeo, with our digest and layers", () => {
    const output = execFileSync("skopeo", ["inspect", `oci:${layout}`]).toString();
    expect(inspected.parse(JSON.parse(output))).toEqual({
      Digest: image.digest,
      Created: "1970-01-01T00:00:00Z",
      Layers: image.layers.map(({ digest }) => digest),
      Env: expect.arrayContaining(["NODE_ENV=production"]),
    });
  });

  skipping(baseReason)(
    "takes the place of an older one, and of nothing else",
    async () => {
      await delivery().write(images["token-broker"], layout);
      expect(JSON.parse(readFileSync(join(layout, "index.json"), "utf8")).manifests[0].digest).toBe(
        images["token-broker"].digest,
      );
      await delivery().write(image, layout);
      const other = mkdtempSync(join(folder, "other-"));
      writeFileSync(join(other, "precious"), "");
      await expect(delivery().write(image, other)).rejects.toMatchObject({ code: "not-a-layout" });
      expect(existsSync(join(other, "precious"))).toBe(true);
    },
    60_000,
  );
});

describe("an image in Debian's docker-registry", () => {
  skipping(reason("docker-registry", "skopeo"))(
    "is what was pushed; the second handler shares the base, and nothing is sent twice",
    async () => {
      const port = await freePort();
      const configuration = join(folder, "registry.yml");
      writeFileSync(
        configuration,
        JSON.stringify({
          version: 0.1,
          log: { level: "error", accesslog: { disabled: true } },
          storage: { filesystem: { rootdirectory: join(folder, "registry") } },
          http: { addr: `127.0.0.1:${port}` },
        }),
      );
      const registry = spawn("docker-registry", ["serve", configuration], { stdio: "ignore" });
      children.push(registry);
      await answerOf(`http://127.0.0.1:${port}/v2/`, registry);
      const at = (handler: string) => ({ registry: "registry.example", repository: `company/keyless/${handler}` });
      const first = await delivery(port).push(images["token-broker"], at("token-broker"));
      const base = image.layers.slice(0, -1).reduce((sum, { size }) => sum + size, 0);
      expect(first.sent).toBeGreaterThan(base);
      const second = delivery(port);
      expect((await second.push(image, at("iap-app"))).sent).toBeLessThan(image.appLayer.size + 10_000);
      expect(second.lines).toContain("layer 2 of 3 is taken from company/keyless/token-broker");
      expect((await delivery(port).push(image, at("iap-app"))).sent).toBe(0);

      const reference = `docker://127.0.0.1:${port}/company/keyless/iap-app@${image.digest}`;
      const pulled = join(folder, "pulled");
      execFileSync("skopeo", [
        "copy",
        "--quiet",
        "--preserve-digests",
        "--src-tls-verify=false",
        reference,
        `oci:${pulled}:latest`,
      ]);
      const index = JSON.parse(readFileSync(join(pulled, "index.json"), "utf8"));
      expect(index.manifests[0].digest).toBe(image.digest);
    },
    120_000,
  );
});

describe("a container of ours", () => {
  const rights = process.getuid?.() === 0 ? undefined : "only root may mount a container's files";
  skipping(rights ?? reason("buildah", "unshare"))(
    "runs as nobody in particular, on files that it cannot change, and answers its health check",
    async () => {
      const storage = ["--root", join(folder, "storage"), "--runroot", join(folder, "run"), "--storage-driver", "vfs"];
      const buildah = (...parameters: readonly string[]) =>
        execFileSync("buildah", [...storage, ...parameters], { cwd: folder, stdio: ["ignore", "pipe", "ignore"] })
          .toString()
          .trim();
      const container = buildah("from", "oci:layout:latest");
      const files = buildah("mount", container);
      // What buildah mounts into every container has to be there, as it cannot make it any more.
      for (const file of ["run/.containerenv", "etc/hosts", "etc/hostname", "etc/resolv.conf"]) {
        writeFileSync(join(files, file), "");
      }
      const { Entrypoint: entryPoint } = z
        .object({ OCIv1: z.object({ config: z.object({ Entrypoint: z.array(z.string()) }) }) })
        .parse(JSON.parse(buildah("inspect", container))).OCIv1.config;
      const port = await freePort();
      const config = {
        app: "service-desk",
        title: "Service desk",
        path: "/service-desk",
        audiences: ["/projects/1/global/backendServices/1"],
        workforcePool: "people-dev-01",
        apps: [],
      };
      const environment = {
        KEYLESS_CONFIG: JSON.stringify(config),
        KEYLESS_ENDPOINTS: JSON.stringify({ iapJwks: "http://127.0.0.1:9/keys" }),
        PORT: String(port),
        HOST: "127.0.0.1",
      };
      const run = (command: readonly string[]) => {
        const variables = Object.entries(environment).flatMap(([name, value]) => ["--env", `${name}=${value}`]);
        const inside = [
          "buildah",
          ...storage,
          "run",
          "--isolation",
          "chroot",
          ...variables,
          container,
          "--",
          ...command,
        ];
        const script = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"';
        return ["--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c", script, files, ...inside];
      };
      const probe = `const fs = require("node:fs"); const refused = (file) => { try { fs.writeFileSync(file, ""); return "written"; } catch (error) { return error.code; } };
        console.log(JSON.stringify([process.getuid(), process.getgid(), process.cwd(), process.version, ["/x", "/app/x", "/tmp/x"].map(refused)]));`;
      // The exit code is buildah's: it fails to clear up what it cannot change.
      const told = spawnSync("unshare", run([entryPoint[0] ?? "", "-e", probe]), { encoding: "utf8" }).stdout;
      const nodeVersion = /NODE_VERSION=([\d.]+)/.exec(image.config.content)?.[1];
      expect(JSON.parse(told)).toEqual([65532, 65532, "/app", `v${nodeVersion}`, ["EROFS", "EROFS", "EROFS"]]);

      const running = spawn("unshare", run(entryPoint), { stdio: "ignore" });
      children.push(running);
      const health = await answerOf(`http://127.0.0.1:${port}/healthz`, running);
      expect([health.status, await health.json()]).toEqual([200, { status: "ok" }]);
      const page = await fetch(`http://127.0.0.1:${port}/service-desk`);
      expect(page.status).toBe(401);
    },
    180_000,
  );
});
