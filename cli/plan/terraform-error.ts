import { UserError } from "../user-error";

/** Terraform refused or failed; the message holds its own words, without frames and colours. */
export class TerraformError extends UserError {
  constructor(
    /** Name of the stack. */
    readonly of: string,
    /** `init`, `plan`, `apply`, `show`. */
    readonly command: string,
    /** Each with its headline first. */
    readonly problems: readonly string[],
  ) {
    super(`${of}: terraform ${command} failed.\n${problems.map(indented).join("\n")}${remedy(problems)}`);
  }
}

/** Problems shown at most; the first ones are what the others follow from. */
const shownProblems = 20;

/** Characters of a line shown at most: Terraform repeats the line of the configuration, which can be all of it. */
const shownCharacters = 400;

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours of a terminal
const colours = /\u001b\[[0-9;]*m/g;

/** The errors in what Terraform wrote, each without the frame that it draws around it. */
export function readProblems(output: string): readonly string[] {
  const problems: string[][] = [];
  let open = false;
  for (const raw of output.replace(colours, "").split(/\r?\n/)) {
    const framed = /^[│|]/.test(raw);
    const line = raw
      .replace(/^[│|╷╵] ?/, "")
      .trimEnd()
      .slice(0, shownCharacters);
    if (/^Error: /.test(line)) {
      problems.push([line]);
      open = true;
    } else if (open && (framed || (line !== "" && !/^[╷╵]/.test(raw)))) {
      problems.at(-1)?.push(line);
    } else if (/^[╷╵]/.test(raw)) {
      open = false;
    }
  }
  const texts = problems.map((lines) =>
    lines
      .join("\n")
      .replace(/\n{2,}/g, "\n")
      .trim(),
  );
  const distinct = [...new Set(texts)];
  if (distinct.length === 0) return [lastLines(output)];
  const more = distinct.length - shownProblems;
  return more > 0 ? [...distinct.slice(0, shownProblems), `(and ${more} more)`] : distinct;
}

function lastLines(output: string): string {
  const lines = output
    .replace(colours, "")
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "");
  return lines.length === 0 ? "Terraform said nothing." : lines.slice(-5).join("\n");
}

const indented = (text: string): string => text.replace(/^/gm, "  ");

/** What to do, for the errors whose own words leave it open. */
const remedies: readonly (readonly [pattern: RegExp, text: string])[] = [
  [
    /Saved plan is stale/,
    "The state has changed since this plan was made. Plan again, and have the new plan reviewed.",
  ],
  [/Error acquiring the state lock/, "Someone else is deploying this environment. Wait until they are done."],
  [
    /Error 409: Requested entity already exists/,
    "Google keeps deleted pools, providers and OAuth clients for 30 days: raise `generation` in the environment's file, or undelete and import them. On the twin: keyless twin reset.",
  ],
  [
    /Plugin did not respond|Failed to (read any lines from|instantiate) plugin|connect: connection refused/,
    "The twin is gone. Start it again (keyless twin), and run this again: it goes on where it stopped.",
  ],
  [
    /Instance cannot be destroyed|without setting deletion_protection/,
    "It is protected. To destroy it on purpose: keyless destroy STACK --unprotect. With cdktf: set KEYLESS_UNPROTECTED=STACK, then cdktf deploy STACK and cdktf destroy STACK.",
  ],
  [/No value for required variable/, "Set it as TF_VAR_NAME, or deploy to the local twin, which sets all of them."],
  [
    /could not find default credentials|Attempted to load application default credentials/,
    'Sign in: gcloud auth application-default login. Without Google Cloud: add "--target twin".',
  ],
];

/** A line that says what to do, where the problems leave it open; otherwise nothing. */
export function remedy(problems: readonly string[]): string {
  const found = remedies.find(([pattern]) => problems.some((problem) => pattern.test(problem)));
  return found === undefined ? "" : `\n${found[1]}`;
}
