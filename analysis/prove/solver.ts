import { type ChildProcessByStdio, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { z } from "zod";

/** What a solver says about a script: a model, none, or why it cannot tell. */
export type SolverAnswer =
  | { readonly kind: "model"; readonly values: string }
  | { readonly kind: "none" }
  | { readonly kind: "undecided"; readonly reason: string };

export interface Solver {
  /**
   * @param script SMT-LIB 2.6, with one check-sat and at most one get-value after it
   * @param milliseconds after which the answer is `undecided`, at the latest one second late
   */
  solve(script: string, milliseconds: number): Promise<SolverAnswer>;
  /** Begins to load the solver, which is otherwise done for the first question. */
  start(): void;
  /** Ends the solver; questions that are open are answered `undecided`. */
  close(): void;
}

type Child = ChildProcessByStdio<Writable, Readable, null>;

const reply = z.union([
  z.object({ id: z.number(), answer: z.string() }),
  z.object({ id: z.number(), problem: z.string() }),
]);

/** The solver looks at its own clock only now and then; past this it is ended. */
const graceMilliseconds = 1000;
/** Time to load the solver, before the first answer. */
const startMilliseconds = 15_000;
const heapMegabytes = 512;
/** Answers that are kept. */
const answerLimit = 10_000;

/**
 * z3 in a process of its own, started when it is first asked and again after a question had to be cut off. One question at a
 * time; others wait. The process keeps nothing alive: it ends with the one that started it.
 */
export function createSolver(): Solver {
  return new SolverProcess();
}

const failures = {
  failed: "the solver failed",
  ended: "the solver ended",
  refused: "the solver refused the question",
} as const;

const isFailure = (answer: SolverAnswer): boolean =>
  answer.kind === "undecided" && Object.values(failures).some((reason) => reason === answer.reason);

class SolverProcess implements Solver {
  #child: Child | undefined;
  readonly #answers = new Map<string, SolverAnswer>();
  #asked: Promise<unknown> = Promise.resolve();
  #answer: ((answer: SolverAnswer) => void) | undefined;
  #questions = 0;
  #warm = false;
  #closed = false;

  /** Providers that are made alike lead to the same script word for word, so that one answer serves them all. */
  solve(script: string, milliseconds: number): Promise<SolverAnswer> {
    const answer = this.#asked.then(async () => {
      const key = createHash("sha256").update(script).digest("base64");
      const known = this.#answers.get(key);
      if (known !== undefined) return known;
      const wasUsed = this.#child !== undefined;
      const first = await this.#ask(script, milliseconds);
      // A process that has answered many questions may have run out of memory; a new one has not.
      const found = wasUsed && isFailure(first) ? await this.#ask(script, milliseconds) : first;
      if (found.kind !== "undecided" && this.#answers.size < answerLimit) this.#answers.set(key, found);
      return found;
    });
    this.#asked = answer;
    return answer;
  }

  start(): void {
    if (!this.#closed) this.#process();
  }

  close(): void {
    this.#closed = true;
    this.#end("the solver was closed");
  }

  #ask(script: string, milliseconds: number): Promise<SolverAnswer> {
    if (this.#closed) return Promise.resolve({ kind: "undecided", reason: "the solver was closed" });
    const child = this.#process();
    this.#questions += 1;
    const id = this.#questions;
    const limit = milliseconds + graceMilliseconds + (this.#warm ? 0 : startMilliseconds);
    return new Promise((done) => {
      const late = setTimeout(() => this.#end(`not decided within ${milliseconds} ms`), limit);
      this.#answer = (answer) => {
        clearTimeout(late);
        this.#answer = undefined;
        done(answer);
      };
      child.stdin.write(`${JSON.stringify({ id, script, milliseconds })}\n`);
    });
  }

  #process(): Child {
    if (this.#child !== undefined) return this.#child;
    const child: Child = spawn(process.execPath, [`--max-old-space-size=${heapMegabytes}`, programFile()], {
      stdio: ["pipe", "pipe", "ignore"],
      env: {},
    });
    this.#child = child;
    this.#warm = false;
    child.on("error", () => this.#gone(child));
    child.on("close", () => this.#gone(child));
    // A question to a process that has just died fails; `close` tells so.
    child.stdin.on("error", () => undefined);
    createInterface({ input: child.stdout }).on("line", (line) => this.#read(child, line));
    child.unref();
    for (const pipe of [child.stdin, child.stdout])
      if ("unref" in pipe && typeof pipe.unref === "function") pipe.unref();
    return child;
  }

  #read(child: Child, line: string): void {
    if (child !== this.#child) return;
    this.#warm = true;
    const parsed = reply.safeParse(parseLine(line));
    if (!parsed.success || parsed.data.id !== this.#questions) return;
    const answer: SolverAnswer =
      "problem" in parsed.data ? { kind: "undecided", reason: failures.failed } : answerOf(parsed.data.answer);
    // After it has run out of time once, z3 gives every further question up at once.
    if (answer.kind === "undecided") this.#end(answer.reason);
    else this.#answer?.(answer);
  }

  #gone(child: Child): void {
    if (child === this.#child) this.#end(failures.ended);
  }

  #end(reason: string): void {
    const child = this.#child;
    this.#child = undefined;
    child?.kill("SIGKILL");
    this.#answer?.({ kind: "undecided", reason });
  }
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function answerOf(output: string): SolverAnswer {
  const [first = "", ...rest] = output.trim().split("\n");
  // After anything but a model, z3 answers the request for one with an error, which says nothing.
  if (first === "unsat") return { kind: "none" };
  if (first === "unknown" || first === "timeout") return { kind: "undecided", reason: "not decided in time" };
  if (first === "sat" && !output.includes("(error")) return { kind: "model", values: rest.join("\n") };
  return { kind: "undecided", reason: failures.refused };
}

const program = join("analysis", "prove", "solver-process.cjs");

/** The program, found upwards from this code, whether that runs from its source or from a bundle inside the project. */
function programFile(): string {
  for (let directory = __dirname; ; directory = dirname(directory)) {
    const file = join(directory, program);
    if (existsSync(file)) return file;
    if (directory === dirname(directory)) throw new Error(`${program} is not above ${__dirname}`);
  }
}
