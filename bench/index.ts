import { UserError } from "../cli/user-error";
import { brokerBenches } from "./broker";
import { deployBench } from "./deploy";
import { proveBench } from "./prove";
import { printReport, type Report } from "./report";
import { rowsBench } from "./rows";
import { synthBench } from "./synth";
import { verifyBench } from "./verify";

export interface BenchOptions {
  readonly json: boolean;
  readonly rounds?: number | undefined;
}

const benches: Readonly<
  Record<string, (rounds: number | undefined, progress: (text: string) => void) => Promise<Report>>
> = {
  synth: synthBench,
  deploy: deployBench,
  prove: proveBench,
  verify: verifyBench,
  rows: rowsBench,
  ...brokerBenches,
};

/** Runs a bench by name and prints its report; progress goes to the error output. */
export async function bench(name: string, { json, rounds }: BenchOptions): Promise<void> {
  const run = Object.hasOwn(benches, name) ? benches[name] : undefined;
  if (run === undefined)
    throw new UserError(`there is no bench "${name}"; there are: ${Object.keys(benches).join(", ")}`);
  const live = process.stderr.isTTY === true;
  const progress = (text: string): void => {
    process.stderr.write(live ? `\r\u001b[2K${text}` : `${text}\n`);
  };
  const report = await run(rounds, progress);
  if (live) process.stderr.write("\r\u001b[2K");
  printReport(report, json);
}
