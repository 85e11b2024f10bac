import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectDirectory } from "../../twin";
import { childProcessorMilliseconds, processorMilliseconds, residentMebibytes } from "../process-figures";
import { output } from "../run";

/** Processor time in milliseconds. */
export interface Spent {
  /** Of the twin, which holds the provider. */
  readonly provider: number;
  /** Of Terraform and what it starts. */
  readonly terraform: number;
}

/** A twin that is served for the bench alone, in a folder of its own: nothing of the user's deployments is touched. */
export class ServedTwin {
  readonly directory = mkdtempSync(join(tmpdir(), "keyless-bench-twin-"));
  readonly #process: ChildProcess;

  constructor() {
    this.#process = spawn(process.execPath, ["cli/keyless.cjs", "twin", "serve"], {
      cwd: projectDirectory(),
      env: { ...process.env, ...this.#home },
      stdio: "ignore",
    });
  }

  /** Waits until it answers; returns the environment with which Terraform and keyless find it. */
  async environment(): Promise<Readonly<Record<string, string>>> {
    for (let tries = 0; ; tries += 1) {
      try {
        return { ...this.#home, ...(await this.#printed()) };
      } catch (error) {
        if (this.#process.exitCode !== null) throw new Error("keyless twin serve ended at once", { cause: error });
        if (tries > 240) throw new Error("keyless twin serve did not start within two minutes", { cause: error });
        await new Promise((done) => setTimeout(done, 500));
      }
    }
  }

  /** MiB in use. */
  get memory(): number {
    return residentMebibytes(this.#pid);
  }

  /** What the twin and the programs that `work` runs spend meanwhile. */
  async beside(work: () => Promise<unknown>): Promise<Spent> {
    const [twinBefore, childrenBefore] = [processorMilliseconds(this.#pid), childProcessorMilliseconds()];
    await work();
    return {
      provider: processorMilliseconds(this.#pid) - twinBefore,
      terraform: childProcessorMilliseconds() - childrenBefore,
    };
  }

  async close(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const ended = new Promise((done) => this.#process.once("close", done));
      this.#process.kill("SIGINT");
      await ended;
    }
    rmSync(this.directory, { recursive: true, force: true });
  }

  get #pid(): number {
    return this.#process.pid ?? 0;
  }

  get #home(): Readonly<Record<string, string>> {
    return { KEYLESS_TWIN_DIRECTORY: this.directory };
  }

  /** What `keyless twin env dev` prints, as variables. */
  async #printed(): Promise<Record<string, string>> {
    const lines = await output("node", ["cli/keyless.cjs", "twin", "env", "dev"], this.#home);
    const script = `${lines}\nexec node -p "JSON.stringify(process.env)"`;
    const before = process.env;
    const after: Record<string, string> = JSON.parse(await output("bash", ["-c", script]));
    return Object.fromEntries(
      Object.entries(after).filter(([name, value]) => before[name] !== value && name !== "_" && name !== "SHLVL"),
    );
  }
}
