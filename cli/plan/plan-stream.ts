import { z } from "zod";

/**
 * Lines of `terraform plan -json`, one JSON object each, as far as they matter here; fields that are not read are ignored.
 * Source: developer.hashicorp.com/terraform/internals/machine-readable-ui.
 */
const diagnostic = z.object({
  severity: z.string(),
  summary: z.string(),
  detail: z.string().default(""),
  address: z.string().optional(),
  range: z.object({ filename: z.string(), start: z.object({ line: z.number() }) }).optional(),
});
const planLine = z.union([
  z.object({ type: z.literal("version"), "@message": z.string(), terraform: z.string() }),
  z.object({ type: z.literal("diagnostic"), diagnostic }),
  z.object({ type: z.string(), "@message": z.string() }),
]);

/** What Terraform has told while it planned. */
export class PlanStream {
  readonly #errors: string[] = [];
  #drift = false;
  #version: string | undefined;

  /** @param onMessage told of what a person would read, line by line */
  constructor(readonly onMessage?: ((line: string) => void) | undefined) {}

  /** Whether something in the cloud is not as the state has it. */
  get hasDrift(): boolean {
    return this.#drift;
  }

  /** Version of Terraform, such as `1.11.4`. */
  get terraformVersion(): string | undefined {
    return this.#version;
  }

  /** Errors, each with its headline first. */
  get errors(): readonly string[] {
    return this.#errors;
  }

  /** Takes one line; what is not of this form, such as a warning about Terraform's own settings, is for people to read. */
  readonly take = (text: string): void => {
    const line = planLine.safeParse(parseJson(text));
    const message = line.success ? this.#read(line.data) : text;
    this.onMessage?.(message);
  };

  /** @returns what a person would read */
  #read(line: z.output<typeof planLine>): string {
    if ("diagnostic" in line) {
      const problem = problemOf(line.diagnostic);
      if (line.diagnostic.severity === "error") this.#errors.push(problem);
      return problem;
    }
    if ("terraform" in line) this.#version = line.terraform;
    if (line.type === "resource_drift") this.#drift = true;
    return line["@message"];
  }
}

/** As Terraform prints it for people, without its frame. */
function problemOf({ severity, summary, detail, address, range }: z.output<typeof diagnostic>): string {
  const place = [
    ...(address === undefined ? [] : [`with ${address},`]),
    ...(range === undefined ? [] : [`on ${range.filename} line ${range.start.line}:`]),
  ].join(" ");
  const headline = `${severity === "error" ? "Error" : "Warning"}: ${summary}`;
  return [headline, place, detail].filter((part) => part !== "").join("\n");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
