import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InputFiles } from "./input-files";
import { LayerCache } from "./layer-cache";
import { uncompressedLayer } from "./recipe/uncompressed-layer";
import type { TarEntry } from "./tar/tar-entry";

let root: string;
let cache: LayerCache;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "keyless-layers-"));
  writeFileSync(join(root, "source.ts"), "1");
  cache = new LayerCache(join(root, "cache"));
});
afterEach(() => rmSync(root, { recursive: true }));

function made(text: string) {
  const entries: readonly TarEntry[] = [
    { kind: "directory", path: "app" },
    { kind: "file", path: "app/main.cjs", content: Buffer.from(text) },
  ];
  return { entries, layer: uncompressedLayer(entries), inputs: ["source.ts", "absent.ts"] };
}

const put = (text: string) => {
  const one = made(text);
  cache.put(one, new InputFiles(root));
  return one.layer;
};
const get = () => cache.get(new InputFiles(root))?.layer;

describe("a kept layer", () => {
  it("is there with its files as long as nothing that went into it changes", () => {
    expect(get()).toBeUndefined();
    const layer = put("one");
    expect(get()).toEqual(layer);
    expect(readFileSync(join(cache.directoryOf(layer), "app", "main.cjs"), "utf8")).toBe("one");
  });

  it.each([
    ["changes", () => writeFileSync(join(root, "source.ts"), "2")],
    ["is gone", () => rmSync(join(root, "source.ts"))],
    ["appears", () => writeFileSync(join(root, "absent.ts"), "")],
  ])("is not used when an input %s", (_, change) => {
    put("one");
    change();
    expect(get()).toBeUndefined();
  });

  it("is used when an input was only touched", () => {
    const layer = put("one");
    utimesSync(join(root, "source.ts"), 1, 1);
    expect(get()).toEqual(layer);
  });

  it.each(["", "{", "{}", "null", '{"inputs":{},"layer":{"digest":"sha256:x"}}'])(
    "is not used when the record of it is damaged: %j",
    (text) => {
      put("one");
      writeFileSync(join(root, "cache", "inputs.json"), text);
      expect(get()).toBeUndefined();
    },
  );

  it("is not used when its files are gone", () => {
    rmSync(cache.directoryOf(put("one")), { recursive: true });
    expect(get()).toBeUndefined();
  });

  it("outlives some newer ones, for what still runs from it, and not more", () => {
    const layers = ["one", "two", "three", "four", "five", "six"].map((text, index) => {
      const layer = put(text);
      utimesSync(cache.directoryOf(layer), index, index);
      return layer;
    });
    expect(layers.map((layer) => existsSync(cache.directoryOf(layer)))).toEqual([false, false, true, true, true, true]);
    expect(readdirSync(join(root, "cache")).filter((name) => /\.\d+$/.test(name))).toEqual([]);
  });
});
