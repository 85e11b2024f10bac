import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Digest, isDigest } from "./digest";
import { handlerImages } from "./handler-image";
import type { HandlerName } from "./handlers";
import { type FileDigests, InputFiles, readJson, replaceFile } from "./input-files";
import { baseLockFile, projectRoot } from "./project-root";

export type HandlerDigests = Readonly<Record<HandlerName, Digest>>;

interface DigestRecord {
  readonly inputs: FileDigests;
  readonly digests: HandlerDigests;
}

/**
 * Digests of the handlers' images, as `handlerImages` has them. For synthesis, which wants nothing else and runs before
 * every plan: where nothing has changed, only the files that went into the images are looked at.
 * @throws {ImageError} `not-bundled`, `invalid-lock`
 */
export function handlerDigests(root = projectRoot()): HandlerDigests {
  const file = join(root, ".keyless", "images", "digests.json");
  const files = new InputFiles(root);
  const record = readJson(file);
  if (isRecord(record) && files.are(record.inputs)) return record.digests;
  const images = handlerImages(root);
  const digests = { "token-broker": images["token-broker"].digest, "iap-app": images["iap-app"].digest };
  const inputs = files.digests([...new Set(Object.values(images).flatMap((image) => image.inputs))]);
  mkdirSync(dirname(file), { recursive: true });
  replaceFile(file, JSON.stringify({ inputs, digests } satisfies DigestRecord));
  return digests;
}

function isRecord(value: unknown): value is DigestRecord {
  if (!isObject(value) || !isObject(value["inputs"]) || !isObject(value["digests"])) return false;
  const { inputs, digests } = value;
  return (
    baseLockFile in inputs &&
    Object.values(inputs).every((digest) => digest === null || isDigest(digest)) &&
    isDigest(digests["token-broker"]) &&
    isDigest(digests["iap-app"])
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
