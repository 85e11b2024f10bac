import { createHash } from "node:crypto";
import { z } from "zod";

/** SHA-256 of content, as registries name it. Source: OCI image specification, descriptor.md#digests. */
export type Digest = `sha256:${string}`;

const pattern = /^sha256:[0-9a-f]{64}$/;

export const isDigest = (value: unknown): value is Digest => typeof value === "string" && pattern.test(value);

export const digestSchema = z.custom<Digest>(isDigest, "expected sha256:<64 hexadecimal digits>");

/** The 64 hexadecimal digits. */
export const hexOf = (digest: Digest): string => digest.slice("sha256:".length);

export function digestOf(content: string | Uint8Array): Digest {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}
