import { randomUUID } from "node:crypto";
import { chmod, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { z } from "zod";
import { projectDirectory } from "../../twin/runner/project-directory";
import { hasCode } from "../plan/error-code";
import { UserError } from "../user-error";

const ownerSchema = z.strictObject({
  pid: z.int().positive(),
  /** For Terraform, by stack, where this twin serves others; null while it is only used by the command that started it. */
  environments: z.record(z.string(), z.record(z.string(), z.string()).readonly()).nullable(),
});

/** The process that has the twin in its hands. */
export type TwinOwner = z.output<typeof ownerSchema>;

/**
 * The folder in which the local twin of Terraform commands lives on from one command to the next: what was applied, its
 * certificates and keys, the states, and who is using it. Readable by its owner only.
 */
export class TwinHome {
  constructor(readonly directory: string) {}

  /** `.keyless/twin` in the project, or the folder that KEYLESS_TWIN_DIRECTORY names. */
  static usual(): TwinHome {
    const chosen = process.env["KEYLESS_TWIN_DIRECTORY"];
    return new TwinHome(
      chosen === undefined || chosen === "" ? join(projectDirectory(), ".keyless", "twin") : resolve(chosen),
    );
  }

  get states(): string {
    return join(this.directory, "state");
  }

  /** For the twin's own certificates; emptied whenever it starts. */
  get scratch(): string {
    return join(this.directory, "run");
  }

  /**
   * Makes this process the owner, unless another one that lives is.
   * @returns that other one
   */
  async claim(): Promise<TwinOwner | undefined> {
    await mkdir(this.states, { recursive: true, mode: 0o700 });
    await chmod(this.directory, 0o700);
    for (;;) {
      try {
        await writeFile(this.#ownerFile, JSON.stringify({ pid: process.pid, environments: null }), {
          mode: 0o600,
          flag: "wx",
        });
        return undefined;
      } catch (error) {
        if (!hasCode(error, "EEXIST")) throw error;
      }
      const owner = await this.owner();
      if (owner !== undefined) return owner;
      // Left behind by a process that was killed.
      await rm(this.#ownerFile, { force: true });
    }
  }

  /** Who owns the twin now, if it is alive. @throws {UserError} where the file is of another form */
  async owner(): Promise<TwinOwner | undefined> {
    const text = await this.read("owner.json");
    if (text === undefined || text === "") return undefined;
    const parsed = ownerSchema.safeParse(parseJson(text));
    if (!parsed.success) throw new UserError(`${this.#ownerFile} is not readable; remove it if no twin runs`);
    return isAlive(parsed.data.pid) ? parsed.data : undefined;
  }

  /** Lets others use this twin, of which this process is the owner. */
  async publish(environments: NonNullable<TwinOwner["environments"]>): Promise<void> {
    await this.write("owner.json", JSON.stringify({ pid: process.pid, environments }));
  }

  /** Ends the ownership. */
  async release(): Promise<void> {
    await rm(this.#ownerFile, { force: true });
  }

  /** A file of the folder; undefined where there is none. */
  async read(name: string): Promise<string | undefined> {
    try {
      return await readFile(join(this.directory, name), "utf8");
    } catch (error) {
      if (hasCode(error, "ENOENT")) return undefined;
      throw error;
    }
  }

  /** Writes a file whole or not at all: this process may be killed at any time. */
  async write(name: string, content: string): Promise<void> {
    const temporary = join(this.directory, `${name}.${randomUUID()}`);
    await writeFile(temporary, content, { mode: 0o600, flag: "wx" });
    await rename(temporary, join(this.directory, name));
  }

  /** Forgets everything: what was applied, keys and states. */
  async clear(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }

  get #ownerFile(): string {
    return join(this.directory, "owner.json");
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasCode(error, "EPERM");
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
