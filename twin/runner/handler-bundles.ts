import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { bundleProgram, digestOf, type HandlerName, handlerImages, hexOf, ImageError } from "../../images";
import { projectDirectory } from "./project-directory";

/** A program in place of a container: what the container would run, and the image that it would come from. */
export interface HandlerBundle {
  readonly file: string;
  /** SHA-256 in hexadecimal of the image's manifest. */
  readonly digest: string;
}

export type HandlerBundles = Readonly<Record<HandlerName, HandlerBundle>>;

/** A handler could not be bundled; the message holds the first of the bundler's errors. */
export class BundleError extends Error {
  override readonly name = "BundleError";
}

/**
 * All handlers as their images have them: the very files of the images' own layers.
 * @throws BundleError
 */
export function bundleHandlers(): HandlerBundles {
  const images = explaining("", () => handlerImages());
  const bundle = (name: HandlerName): HandlerBundle => ({
    file: images[name].mainFile,
    digest: hexOf(images[name].digest),
  });
  return { "token-broker": bundle("token-broker"), "iap-app": bundle("iap-app") };
}

/**
 * Bundles a program of which there is no image into `outputDirectory/NAME.cjs`; its own digest stands in for one. The same
 * source gives the same digest.
 * @throws BundleError
 */
export async function bundleHandler(options: {
  readonly name: string;
  readonly entryPoint: string;
  readonly outputDirectory: string;
}): Promise<HandlerBundle> {
  const { code } = explaining(`The handler ${options.name} could not be bundled: `, () =>
    bundleProgram(projectDirectory(), options.entryPoint),
  );
  const file = join(resolve(options.outputDirectory), `${options.name}.cjs`);
  await mkdir(options.outputDirectory, { recursive: true });
  await writeFile(file, code);
  return { file, digest: hexOf(digestOf(code)) };
}

function explaining<Result>(context: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    throw new BundleError(`${context}${error.message}`, { cause: error });
  }
}
