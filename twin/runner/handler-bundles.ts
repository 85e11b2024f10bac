import { createHash } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { build } from "esbuild";
import { projectDirectory } from "./project-directory";

/** The handlers there are; each is also the last part of its image's repository name. */
export const handlerNames = ["token-broker", "iap-app"] as const;
export type HandlerName = (typeof handlerNames)[number];

/** A handler as one CommonJS file, in place of a container image. */
export interface HandlerBundle {
  readonly file: string;
  /** SHA-256 of the file in hexadecimal, in place of the image's digest. */
  readonly digest: string;
}

export type HandlerBundles = Readonly<Record<HandlerName, HandlerBundle>>;

/** A handler could not be bundled; the message holds the first of the bundler's errors. */
export class BundleError extends Error {
  override readonly name = "BundleError";
}

/**
 * Bundles all handlers, as the delivery of their images does.
 *
 * @param options.outputDirectory below the project, so that packages which stay outside the bundle resolve:
 * `.keyless/handlers`
 * @throws BundleError
 */
export async function bundleHandlers(options: { readonly outputDirectory: string }): Promise<HandlerBundles> {
  const bundle = (name: HandlerName) =>
    bundleHandler({ name, entryPoint: join(projectDirectory(), "handlers", name, "main.ts"), ...options });
  const [tokenBroker, iapApp] = await Promise.all([bundle("token-broker"), bundle("iap-app")]);
  return { "token-broker": tokenBroker, "iap-app": iapApp };
}

/** Bundles one handler into `outputDirectory/NAME.cjs`. The same source gives the same digest. @throws BundleError */
export async function bundleHandler(options: {
  readonly name: string;
  readonly entryPoint: string;
  readonly outputDirectory: string;
}): Promise<HandlerBundle> {
  const file = join(resolve(options.outputDirectory), `${options.name}.cjs`);
  await mkdir(options.outputDirectory, { recursive: true });
  await build({
    absWorkingDir: projectDirectory(),
    entryPoints: [options.entryPoint],
    outfile: file,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    // Finds its WebAssembly beside its own file.
    external: ["@electric-sql/pglite"],
    logLevel: "silent",
  }).catch((error: unknown) => {
    const [, reason = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
    throw new BundleError(`The handler ${options.name} could not be bundled: ${reason}`, { cause: error });
  });
  const digest = createHash("sha256")
    .update(await readFile(file))
    .digest("hex");
  return { file, digest };
}
