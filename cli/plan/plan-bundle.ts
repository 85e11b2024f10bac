import { createHash } from "node:crypto";
import { chmod, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { type AccountGrant, foreignGrants, type ReviewJson } from "../../review";
import { UserError } from "../user-error";
import { hasCode } from "./error-code";

const digest = z.string().regex(/^[0-9a-f]{64}$/, "expected a SHA-256 digest in hex");

/** Where a stack is deployed to: Google and Entra, or the local twin of both. */
export const targets = ["google", "twin"] as const;
export type Target = (typeof targets)[number];

const manifestSchema = z.strictObject({
  format: z.literal("keyless plan 1"),
  stack: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, "expected the name of a stack"),
  target: z.enum(targets),
  /** ISO 8601. */
  createdAt: z.iso.datetime(),
  terraformVersion: z.string(),
  /** What has to be the same when the plan is applied. */
  digests: z.strictObject({
    /** Of cdk.tf.json. */
    configuration: digest,
    /** Of Terraform's plan file. */
    plan: digest,
    /** Of the providers' lock file; of nothing where there is none. */
    providerLock: digest,
  }),
  /** Of what the plan changes. */
  fingerprint: digest,
});

/** What a saved plan says of itself. */
export type PlanManifest = z.output<typeof manifestSchema>;

const manifestName = "manifest.json";
const planName = "tfplan";
const reviewName = "review.json";
const grantsName = "foreign-grants.json";

/**
 * A saved plan in a folder of its own that only its owner can look into: Terraform's plan file, which holds secrets in
 * plain text; the manifest; the redacted review; and with a refresh-only plan what Terraform does not know of.
 */
export class PlanBundle {
  readonly planFile: string;

  constructor(readonly directory: string) {
    this.planFile = join(directory, planName);
  }

  /** Makes the folder, in place of an earlier plan. @throws {UserError} where something else is there */
  async clear(): Promise<void> {
    if (!(await isEmptyOrBundle(this.directory))) {
      throw new UserError(
        `${this.directory} holds something else than a plan. Give another folder, or empty this one.`,
      );
    }
    await rm(this.directory, { recursive: true, force: true });
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    // The mode above is lessened by the umask only, and does not count for a folder that a parallel run has just made.
    await chmod(this.directory, 0o700);
  }

  /** @param grants members of service accounts that Terraform does not know of; absent where nobody has looked */
  async write(manifest: PlanManifest, review: ReviewJson, grants?: readonly AccountGrant[]): Promise<void> {
    await chmod(this.planFile, 0o600);
    const files: readonly [string, unknown][] = [
      ...(grants === undefined ? [] : [pair(grantsName, grants)]),
      [reviewName, review],
      [manifestName, manifest],
    ];
    for (const [name, content] of files) {
      await writeFile(join(this.directory, name), `${JSON.stringify(content, undefined, 2)}\n`, {
        mode: 0o600,
        flag: "wx",
      });
    }
  }

  /** @throws {UserError} where there is no plan, or its manifest is not one */
  async manifest(): Promise<PlanManifest> {
    const text = await readFile(join(this.directory, manifestName), "utf8").catch(() => undefined);
    if (text === undefined) {
      throw new UserError(`${this.directory} holds no plan. Make one: keyless plan dev --out ${this.directory}`);
    }
    const parsed = manifestSchema.safeParse(parseJson(text));
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    const place = issue === undefined ? "" : `: ${issue.path.join(".")}: ${issue.message}`;
    throw new UserError(`${join(this.directory, manifestName)} is no manifest of a plan${place}`);
  }

  /** Members of service accounts that Terraform does not know of; undefined where nobody has looked. @throws {UserError} */
  async foreignGrants(): Promise<readonly AccountGrant[] | undefined> {
    const file = join(this.directory, grantsName);
    const text = await readFile(file, "utf8").catch(() => undefined);
    if (text === undefined) return undefined;
    const parsed = foreignGrants.safeParse(parseJson(text));
    if (!parsed.success) throw new UserError(`${file} is no list of grants. Plan again.`);
    return parsed.data;
  }

  /** SHA-256 of the plan file as it is now. @throws {UserError} where it is missing */
  async planDigest(): Promise<string> {
    const content = await readFile(this.planFile).catch(() => undefined);
    if (content === undefined) throw new UserError(`${this.planFile} is missing. Plan again.`);
    return sha256(content);
  }
}

export const sha256 = (content: string | Uint8Array): string => createHash("sha256").update(content).digest("hex");

const pair = (name: string, content: unknown): [string, unknown] => [name, content];

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function isEmptyOrBundle(directory: string): Promise<boolean> {
  const names = await readdir(directory).catch((error: unknown) => {
    if (hasCode(error, "ENOENT")) return [];
    throw new UserError(`${directory} cannot be used as the folder of a plan`);
  });
  return names.every((name) => [manifestName, planName, reviewName, grantsName].includes(name));
}
