import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BundleError, bundleHandler } from "./handler-bundles";

describe("handler bundles", () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "keyless-bundles-"));
  });
  afterAll(() => rm(directory, { recursive: true }));

  const bundle = async (source: string, output = "out") => {
    const entryPoint = join(directory, "main.ts");
    await writeFile(entryPoint, source);
    return bundleHandler({ name: "sample", entryPoint, outputDirectory: join(directory, output) });
  };

  it("have the same digest for the same source, wherever they are written, and another for a changed one", async () => {
    const first = await bundle("console.log(1 as number);", "one");
    const again = await bundle("console.log(1 as number);", "two");
    const changed = await bundle("console.log(2 as number);", "one");
    expect(first.digest).toMatch(/^[0-9a-f]{64}$/);
    expect(again.digest).toBe(first.digest);
    expect(changed.digest).not.toBe(first.digest);
  });

  it("name the handler and the first error when the source is broken", async () => {
    const failure = bundle('import { x } from "./absent";\nconsole.log(x);');
    await expect(failure).rejects.toThrow(BundleError);
    await expect(failure).rejects.toThrow(/The handler sample could not be bundled: .*absent/);
  });
});
