import { z } from "zod";
import { UserError } from "../cli/user-error";
import { withoutPostgres } from "../handlers/iap-app/rows/testing/postgres-server";
import { type Contender, measureInTurn, median } from "./measure";
import type { Report, Row } from "./report";
import { connections, type RowsDatabase, readerOf, startRowsDatabase } from "./rows/database";
import { versionsOf } from "./versions";

const ticket = z.object({
  id: z.int(),
  principal: z.string(),
  email: z.string(),
  subject: z.string(),
  state: z.string(),
  created_at: z.date(),
});
const columns = "id, principal, email, subject, state, created_at";
const reads = 1_000;

/** A person's tickets, of twenty thousand, by policy and by a condition that somebody wrote. */
export async function rowsBench(rounds = 5, progress: (text: string) => void): Promise<Report> {
  const missing = withoutPostgres();
  if (missing !== undefined) throw new UserError(`this bench needs a server: ${missing}`);
  progress("starting PostgreSQL");
  const database = await startRowsDatabase();
  try {
    const contenders = contendersOf(database);
    // Plans and connections are made once, and are no part of what a request costs.
    for (const { sample } of contenders) await sample();
    const [policy, ...others] = await measureInTurn(contenders, rounds, progress);
    const microseconds = (samples: readonly number[]) => (median(samples) / reads) * 1_000;
    const rows = [
      { name: policy?.name ?? "", median: microseconds(policy?.samples ?? []), unit: "µs/read" },
      ...others.map(({ name, samples }, index): Row => {
        const ratios = samples.map((sample, round) => (policy?.samples[round] ?? Number.NaN) / sample);
        const value = median(ratios);
        const ratio = { to: "this by policy", value, ...(index === 0 && { target: "at most 1.3" }) };
        return { name, median: microseconds(samples), unit: "µs/read", ratio };
      }),
    ];
    return {
      bench: "rows",
      question: "what does it cost that the database decides who sees which row?",
      versions: versionsOf(["pg"]),
      rounds,
      rows,
      notes: [
        [
          `A person's 40 tickets of 20,000, ${reads} reads a sample over ${connections} connections to a PostgreSQL server of this machine.`,
          "By policy takes three round trips: identity with the begin, the read, the commit. By hand in a transaction takes three too;",
          "a single statement takes one, and holds for reads that stand alone.",
        ].join("\n"),
      ],
    };
  } finally {
    await database.close();
  }
}

function contendersOf({ rows, plain }: RowsDatabase): readonly Contender[] {
  const byHand = `select ${columns} from plain.tickets where principal = $1 order by id desc limit 200`;
  return [
    contender("by policy", async (person) => {
      const sql = `select ${columns} from desk.tickets order by id desc limit 200`;
      return (await rows.as(readerOf(person), (query) => query(ticket, sql))).length;
    }),
    contender("by hand, in a transaction", async (person) => {
      const client = await plain.connect();
      try {
        await client.query("begin");
        const { rows: found } = await client.query({
          name: "by-hand",
          text: byHand,
          values: [readerOf(person).principal],
        });
        await client.query("commit");
        return found.map((row) => ticket.parse(row)).length;
      } finally {
        client.release();
      }
    }),
    contender("by hand, one statement", async (person) => {
      const { rows: found } = await plain.query(byHand, [readerOf(person).principal]);
      return found.map((row) => ticket.parse(row)).length;
    }),
  ];
}

/** @param read One read of a person's tickets; returns how many there were. */
function contender(name: string, read: (person: number) => Promise<number>): Contender {
  return {
    name,
    async sample() {
      const began = performance.now();
      let next = 0;
      const worker = async () => {
        while (next < reads) {
          const found = await read(next++);
          if (found !== 40) throw new Error(`${name}: expected 40 tickets, found ${found}`);
        }
      };
      await Promise.all(Array.from({ length: connections }, worker));
      return performance.now() - began;
    },
  };
}
