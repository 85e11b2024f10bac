import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readBaseLock } from "./base-lock";
import { type HandlerName, handlerNames, handlerSources } from "./handlers";
import { InputFiles } from "./input-files";
import { type KeptLayer, LayerCache, type MadeLayer } from "./layer-cache";
import { handlerOciImage, type Layer, mainFile, type OciImage } from "./oci/oci-image";
import { baseLockFile, projectRoot } from "./project-root";
import { handlerFiles } from "./recipe/handler-files";
import { uncompressedLayer } from "./recipe/uncompressed-layer";
import type { TarEntry } from "./tar/tar-entry";

/** A handler's image as the source makes it now. */
export interface HandlerImage extends OciImage {
  readonly handler: HandlerName;
  /** The layer above the base: the last one. */
  readonly appLayer: Layer;
  /** Folder with the files of that layer. */
  readonly directory: string;
  /** The file that the image runs, in that folder. */
  readonly mainFile: string;
  /** Files that went into the image, relative to the root. */
  readonly inputs: readonly string[];
}

export type HandlerImages = Readonly<Record<HandlerName, HandlerImage>>;

/** Beside what the bundler reads: which packages are installed, and the recipe itself. */
const furtherInputs = ["node_modules/.package-lock.json", "images/handlers.ts"];
/** What decides how an image is made of its layers. */
const imageInputs = [baseLockFile, "images/base-lock.ts", "images/oci/oci-image.ts"];
const recipeFolders = ["images/recipe", "images/tar"];

/**
 * The images of all handlers, from their source and the base's lock alone: neither the base's blobs nor a network are
 * needed. What was made is kept under `.keyless/images` and used again until something that went into it changes.
 *
 * @throws {ImageError} `not-bundled`, `invalid-lock`
 */
export function handlerImages(root = projectRoot()): HandlerImages {
  const files = new InputFiles(root);
  const image = (name: HandlerName) => imageOf(name, files);
  return { "token-broker": image("token-broker"), "iap-app": image("iap-app") };
}

/** The image of one handler. @throws {ImageError} `not-bundled`, `invalid-lock` */
export function handlerImage(handler: HandlerName, root = projectRoot()): HandlerImage {
  return imageOf(handler, new InputFiles(root));
}

/** The entries of an image's own layer, from its folder. */
export function appLayerEntries({ directory }: Pick<HandlerImage, "directory">): readonly TarEntry[] {
  const found = readdirSync(directory, { recursive: true, withFileTypes: true });
  return found.map((entry): TarEntry => {
    const file = join(entry.parentPath, entry.name);
    const path = file.slice(directory.length + 1);
    return entry.isDirectory() ? { kind: "directory", path } : { kind: "file", path, content: readFileSync(file) };
  });
}

/** Repositories of the other handlers' images, beside a handler's. */
export function siblingRepositories(handler: HandlerName, repository: string): readonly string[] {
  const folder = repository.slice(0, repository.lastIndexOf("/") + 1);
  return handlerNames.filter((name) => name !== handler).map((name) => `${folder}${name}`);
}

function imageOf(handler: HandlerName, files: InputFiles): HandlerImage {
  const { root } = files;
  const cache = new LayerCache(join(root, ".keyless", "images", handler));
  const { layer, inputs } = cache.get(files) ?? kept(cache, files, makeLayer(root, handler));
  const directory = cache.directoryOf(layer);
  return {
    ...handlerOciImage(readBaseLock(root), layer),
    handler,
    appLayer: layer,
    directory,
    mainFile: join(directory, mainFile),
    inputs: [...inputs, ...imageInputs],
  };
}

function kept(cache: LayerCache, files: InputFiles, made: MadeLayer): KeptLayer {
  cache.put(made, files);
  return made;
}

function makeLayer(root: string, handler: HandlerName): MadeLayer {
  const { entries, inputs } = handlerFiles(root, handlerSources[handler]);
  const recipe = recipeFolders.flatMap((folder) => readdirSync(join(root, folder)).map((name) => `${folder}/${name}`));
  return {
    layer: uncompressedLayer(entries),
    entries,
    inputs: [...inputs, ...furtherInputs, ...recipe.filter((file) => !file.endsWith(".test.ts"))],
  };
}
