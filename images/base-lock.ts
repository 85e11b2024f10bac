import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { digestSchema } from "./digest";
import { ImageError } from "./image-error";
import { baseLockFile } from "./project-root";

const layerMediaTypes = [
  "application/vnd.oci.image.layer.v1.tar",
  "application/vnd.oci.image.layer.v1.tar+gzip",
  "application/vnd.oci.image.layer.v1.tar+zstd",
] as const;

const size = z.int("expected whole bytes").min(1).max(10_000_000_000);
const absolutePath = z.string().regex(/^(\/[A-Za-z0-9._-]+)+$|^node$/, "expected an absolute path, or node");

/** How the base's layers can be made again from packages. */
const assembledSchema = z.strictObject({
  kind: z.literal("assembled"),
  /** Package of the npm registry with the official Node.js binary. */
  node: z.strictObject({
    package: z.string().regex(/^[a-z0-9-]+$/),
    version: z.string().regex(/^[0-9]+\.[0-9]+\.[0-9]+$/, "expected a version, such as 24.1.0"),
    /** Source: W3C Subresource Integrity, as npm writes it. */
    integrity: z.string().regex(/^sha512-[A-Za-z0-9+/]{86}==$/, "expected sha512-<base64>"),
  }),
  /** Debian's archive as it was at this moment has all of the packages. */
  snapshot: z.string().regex(/^[0-9]{8}T[0-9]{6}Z$/, "expected a time, such as 20260101T000000Z"),
  packages: z
    .array(
      z.strictObject({
        package: z.string().regex(/^[a-z0-9][a-z0-9+.-]+$/),
        version: z.string().regex(/^[A-Za-z0-9.+:~-]+$/),
        /** Path in the archive, from its root. */
        path: z
          .string()
          .regex(/^\/debian(-security)?\/pool\/[A-Za-z0-9._+~%/-]+\.deb$/, "expected /debian/pool/...deb"),
        sha256: z.string().regex(/^[0-9a-f]{64}$/, "expected 64 hexadecimal digits"),
      }),
    )
    .min(1),
});

export const baseLockSchema = z.strictObject({
  /** What was locked: an image with its registry, or a name of ours for one that is assembled. */
  reference: z.string().regex(/^[a-z0-9][a-zA-Z0-9._/:-]*$/, "expected an image reference without a digest"),
  platform: z.literal("linux/amd64"),
  /** Digest of the base's own manifest. */
  manifest: digestSchema,
  /** Digest of the base's own configuration. */
  config: digestSchema,
  /** Node.js in the base. */
  node: absolutePath,
  /** Environment variables that the base sets. */
  environment: z.record(
    z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "expected the name of a variable"),
    z.string().regex(/^[\x20-\x7e]*$/, "expected printable ASCII"),
  ),
  layers: z
    .array(z.strictObject({ mediaType: z.enum(layerMediaTypes), digest: digestSchema, size, diffId: digestSchema }))
    .min(1)
    .max(127),
  source: z.discriminatedUnion("kind", [z.strictObject({ kind: z.literal("registry") }), assembledSchema]),
});

/** The base of all images, down to the bytes. */
export type BaseLock = z.output<typeof baseLockSchema>;
export type AssembledSource = Extract<BaseLock["source"], { readonly kind: "assembled" }>;

/** @throws {ImageError} `invalid-lock` */
export function readBaseLock(root: string): BaseLock {
  return parseBaseLock(readFileSync(join(root, baseLockFile), "utf8"));
}

/** @throws {ImageError} `invalid-lock` */
export function parseBaseLock(text: string): BaseLock {
  const parsed = baseLockSchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const place = [baseLockFile, ...(issue?.path ?? [])].join(".");
  throw new ImageError(
    "invalid-lock",
    `${place}: ${issue?.message ?? "expected another value"}. Make it again with "keyless images lock-base".`,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
