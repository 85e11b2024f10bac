import { synthesize } from "../start/synthesize";
import { type ProveCommandOptions, proveCommand, proveExitCodes } from "./prove-command";

type Stacks = NonNullable<ProveCommandOptions["stacks"]>;
const timeLimit = 300_000;

let stacks: Stacks;
beforeAll(async () => {
  stacks = await synthesize();
}, timeLimit);

async function run(options: ProveCommandOptions) {
  let written = "";
  const output = { write: (text: string) => (written += text) };
  const code = await proveCommand({ stacks, seconds: 120, output, progress: { write: () => true }, ...options });
  return { code, written };
}

/** The stacks with dev's text changed; the change has to find something. */
function withDev(change: (text: string) => string): Stacks {
  return stacks.map(({ stack, text }) => {
    const changed = stack === "dev" ? change(text) : text;
    if (stack === "dev" && changed === text) throw new Error("nothing was changed");
    return { stack, text: changed };
  });
}

describe("keyless prove", () => {
  it(
    "proves all invariants of all environments, built in and written, and leaves none open",
    async () => {
      const { code, written } = await run({ json: true });
      const findings: unknown = JSON.parse(written);
      expect(code).toBe(proveExitCodes.proved);
      if (!Array.isArray(findings)) throw new Error("expected a list");
      expect(findings.length).toBeGreaterThan(40);
      for (const finding of findings)
        expect(finding).toMatchObject({
          verdict: { verdict: "proved" },
          environment: expect.stringMatching(/^(dev|staging|prod)$/),
        });
    },
    timeLimit,
  );

  it(
    "shows whoever loosens a condition the token that it lets in, and ends with 2",
    async () => {
      const pinned =
        " && assertion.ref_type == 'branch' && assertion.ref.startsWith('refs/heads/') && assertion.event_name in ['push', 'workflow_dispatch', 'schedule']";
      const loose = withDev((text) => text.replace(pinned, ""));
      const { code, written } = await run({ stacks: loose, environments: ["dev"] });
      expect(code).toBe(proveExitCodes.violated);
      expect(written).toMatch(/dev +violated/);
      expect(written).toMatch(/a token with \{"iss":"https:\/\/token\.actions\.githubusercontent\.com"/);
      expect(written).toMatch(/\d+ proved, \d+ violated, \d+ unknown\n$/);
      // No stand-in of a value that is known only after apply is left in what people read.
      expect(written).not.toMatch(/[\uE000\uE001]/);
    },
    timeLimit,
  );

  it(
    "ends with 3 where nothing is violated and something could not be decided",
    async () => {
      const { code, written } = await run({ environments: ["staging"], seconds: 0 });
      expect(code).toBe(proveExitCodes.unknown);
      expect(written).toMatch(/unknown: not decided in time/);
    },
    timeLimit,
  );
});
