import { execFileSync, spawn } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { z } from "zod";
import { handlerDigests } from "./handler-digests";
import { appLayerEntries, handlerImage, handlerImages } from "./handler-image";
import { handlerNames } from "./handlers";
import { projectRoot } from "./project-root";
import { uncompressedLayer } from "./recipe/uncompressed-layer";
import { baseNode, skipping } from "./testing/peers";

const parts = ["images", "handlers", "facts", "package.json"];
const created: string[] = [];
afterAll(() => {
  for (const folder of created) rmSync(folder, { recursive: true });
});

/** A copy of the project in another place, with the same packages and nothing kept. */
function copyOfProject(): string {
  const copy = realpathSync(mkdtempSync(join(tmpdir(), "keyless-project-")));
  created.push(copy);
  for (const part of parts) cpSync(join(projectRoot(), part), join(copy, part), { recursive: true });
  symlinkSync(join(projectRoot(), "node_modules"), join(copy, "node_modules"));
  return copy;
}

const digestsIn = (root: string) => handlerNames.map((name) => handlerDigests(root)[name]);

describe("the images of the handlers", () => {
  const images = handlerImages();

  it("are the same wherever the project lies, and tell nothing of where that is", () => {
    const copy = copyOfProject();
    expect(digestsIn(copy)).toEqual(handlerNames.map((name) => images[name].digest));
    for (const name of handlerNames) {
      const code = readFileSync(handlerImage(name, copy).mainFile, "latin1");
      for (const place of [copy, projectRoot(), tmpdir()]) expect(code).not.toContain(`${place}/`);
    }
  });

  it("change with the handler's source and with the base, and with nothing else", () => {
    const copy = copyOfProject();
    const [broker, app] = digestsIn(copy);
    writeFileSync(join(copy, "handlers", "unrelated.ts"), "export const unrelated = 1;\n");
    expect(digestsIn(copy)).toEqual([broker, app]);
    const source = join(copy, "handlers", "iap-app", "main.ts");
    writeFileSync(source, `${readFileSync(source, "utf8")}\nconsole.log("changed");\n`);
    const changed = digestsIn(copy);
    expect(changed[0]).toBe(broker);
    expect(changed[1]).not.toBe(app);
    const lock = join(copy, "images", "base.lock.json");
    writeFileSync(lock, readFileSync(lock, "utf8").replace("/usr/local/bin:", "/opt/bin:"));
    expect(digestsIn(copy)[0]).not.toBe(broker);
  });

  it("have the digests that synthesis takes, whatever lies in the place where those are kept", () => {
    const copy = copyOfProject();
    const expected = handlerNames.map((name) => handlerImage(name, copy).digest);
    const kept = join(copy, ".keyless", "images", "digests.json");
    const wrong = `sha256:${"0".repeat(64)}`;
    const texts = [
      "{",
      "{}",
      "null",
      '{"inputs":{},"digests":{}}',
      '{"inputs":[],"digests":{"iap-app":"sha256:0"}}',
      `{"inputs":{},"digests":{"token-broker":"${wrong}","iap-app":"${wrong}"}}`,
    ];
    for (const text of texts) {
      writeFileSync(kept, text);
      expect(digestsIn(copy)).toEqual(expected);
    }
  });

  it("say in one line what is wrong with a handler, or with the lock", () => {
    const copy = copyOfProject();
    writeFileSync(join(copy, "handlers", "iap-app", "main.ts"), 'import "./absent";\n');
    expect(() => handlerImage("iap-app", copy)).toThrow(
      expect.objectContaining({
        code: "not-bundled",
        message: expect.stringMatching(/^handlers\/iap-app\/main\.ts could not be bundled: [^\n]*"\.\/absent"$/),
      }),
    );
    writeFileSync(join(copy, "images", "base.lock.json"), "{}");
    expect(() => handlerImage("token-broker", copy)).toThrow(expect.objectContaining({ code: "invalid-lock" }));
  });

  it("hold the bundle alone, or with the files that PostgreSQL in WebAssembly reads", () => {
    const files = (folder: string) => readdirSync(join(folder, "app")).sort();
    expect(files(images["token-broker"].directory)).toEqual(["main.cjs"]);
    expect(files(images["iap-app"].directory)).toEqual(["initdb.wasm", "main.cjs", "pglite.data", "pglite.wasm"]);
  });

  it("are pushed from the folder that the twin runs: it makes the same layer", () => {
    for (const name of handlerNames) {
      expect(uncompressedLayer(appLayerEntries(images[name]))).toEqual(images[name].appLayer);
    }
  });

  it("open the embedded database from beside the bundle, with no package around", async () => {
    const lonely = mkdtempSync(join(tmpdir(), "keyless-lonely-"));
    created.push(lonely);
    cpSync(join(images["iap-app"].directory, "app"), lonely, { recursive: true });
    const config = {
      app: "service-desk",
      title: "Desk",
      path: "/service-desk",
      audiences: ["/projects/1/global/backendServices/1"],
      workforcePool: "people-dev-01",
      apps: [],
    };
    const handler = spawn(process.execPath, ["main.cjs"], {
      cwd: lonely,
      env: {
        KEYLESS_CONFIG: JSON.stringify(config),
        KEYLESS_ENDPOINTS: '{"iapJwks":"http://127.0.0.1:9/keys"}',
        PORT: "0",
        HOST: "127.0.0.1",
      },
      stdio: ["ignore", "pipe", "inherit"],
    });
    let said = "";
    for await (const piece of handler.stdout) {
      said += piece;
      if (said.includes('"message":"ready"')) break;
    }
    handler.kill();
    expect(said).toContain('"message":"ready"');
  });

  const node = baseNode();
  const version = node === undefined ? "" : execFileSync(node, ["--version"]).toString().trim();
  const reason =
    node === undefined
      ? "no other Node.js is at hand: build the images once, which gets the base's"
      : version === process.version
        ? `the base's Node.js is this one, ${version}`
        : undefined;
  skipping(reason)(
    "are the same when another version of Node.js makes them",
    () => {
      const copy = copyOfProject();
      const expected = digestsIn(copy);
      rmSync(join(copy, ".keyless"), { recursive: true });
      mkdirSync(join(copy, ".keyless"));
      const program = join(copy, ".keyless", "digests.cjs");
      buildSync({
        stdin: {
          contents: `import { handlerImages } from "./images"; const images = handlerImages(${JSON.stringify(copy)});
          console.log(JSON.stringify({ node: process.version, digests: Object.values(images).map(({ digest }) => digest) }));`,
          resolveDir: copy,
        },
        outfile: program,
        bundle: true,
        external: ["esbuild"],
        platform: "node",
        logLevel: "silent",
      });
      const output = execFileSync(node ?? "", [program], { timeout: 60_000 }).toString();
      const told = z.object({ node: z.string(), digests: z.array(z.string()) }).parse(JSON.parse(output));
      expect(told).toEqual({ node: version, digests: expected });
    },
    60_000,
  );
});
