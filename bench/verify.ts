import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { iapIssuer } from "../facts/iap";
import { audience, type LocalIap, startLocalIap, workforcePool } from "../handlers/iap-app/testing/local-iap";
import { bundled } from "./broker/bundled";
import { type Child, clientProcessor, serverProcessor, startChild } from "./broker/child";
import { median } from "./measure";
import type { Report, Row } from "./report";
import { type VerifyContender, verifyContenders } from "./verify/contenders";
import { type PemKeyServer, startPemKeyServer } from "./verify/key-server";
import { type LoadResult, type LoadTask, loadResultSchema } from "./verify/load-task";
import type { ServerTask } from "./verify/server-task";
import { versionsOf } from "./versions";

interface Contender {
  readonly key: VerifyContender;
  readonly server: Child;
  readonly port: number;
  readonly perSecond: number[];
  /** Microseconds of the server's processor for each answer. */
  readonly microseconds: number[];
  answers: number;
  keyFetches: number;
}

const load = { connections: 64, milliseconds: 2_000 } as const;

/** Of google-auth-library, keys in memory, and its documented use; the kit must be so many times as quick. */
const targets: Readonly<Partial<Record<VerifyContender, string>>> = {
  bare: "at least 0.95",
  "gal-in-memory": "at least 2.5",
  "gal-documented": "at least 7",
};

/** Requests with an assertion, verified inside the server, beside others who verify one. */
export async function verifyBench(rounds = 5, progress: (text: string) => void): Promise<Report> {
  const iap = await startLocalIap();
  const pemKeys = await startPemKeyServer(iap);
  const folder = mkdtempSync(join(tmpdir(), "keyless-bench-"));
  const contenders: Contender[] = [];
  try {
    for (const key of keysOf(verifyContenders)) contenders.push(await startContender(key, iap, pemKeys));
    for (let round = 0; round <= rounds; round += 1) {
      for (const contender of contenders) {
        const what = round === 0 ? "warming up" : `round ${round} of ${rounds}`;
        progress(`${what}: ${verifyContenders[contender.key]}`);
        await measure(contender, round > 0, iap, pemKeys, folder);
      }
    }
    return report(contenders, rounds);
  } finally {
    await Promise.all(contenders.map(({ server }) => server.stop()));
    rmSync(folder, { recursive: true, force: true });
    pemKeys.close();
    await iap.close();
  }
}

const keysOf = <Key extends string>(record: Readonly<Record<Key, unknown>>): Key[] =>
  Object.keys(record).filter((key): key is Key => Object.hasOwn(record, key));

async function startContender(key: VerifyContender, iap: LocalIap, pemKeys: PemKeyServer): Promise<Contender> {
  const task: ServerTask = {
    contender: key,
    audience,
    workforcePool,
    issuer: iapIssuer,
    jwksUrl: iap.jwksUrl,
    pemUrl: pemKeys.url,
  };
  const server = startChild(serverProcessor, process.execPath, [
    bundled("bench/verify/server.ts"),
    JSON.stringify(task),
  ]);
  const port = Number((await server.line("listening ")).slice("listening ".length));
  return { key, server, port, perSecond: [], microseconds: [], answers: 0, keyFetches: 0 };
}

async function measure(
  contender: Contender,
  counts: boolean,
  iap: LocalIap,
  pemKeys: PemKeyServer,
  folder: string,
): Promise<void> {
  const task: LoadTask = {
    ...load,
    port: contender.port,
    // Made anew for each sample, as they live for ten minutes.
    assertions: Array.from({ length: 256 }, (_, index) => iap.assertion(`person-${index}`)),
  };
  const file = join(folder, "task.json");
  writeFileSync(file, JSON.stringify(task), { mode: 0o600 });
  const fetchesBefore = iap.fetches() + pemKeys.fetches();
  const spentBefore = contender.server.processorMilliseconds();
  const result = await runLoad(file);
  const spent = contender.server.processorMilliseconds() - spentBefore;
  if (result.failures > 0) throw new Error(`${contender.key}: ${result.failures} requests failed`);
  contender.answers += result.answers;
  contender.keyFetches += iap.fetches() + pemKeys.fetches() - fetchesBefore;
  if (!counts) return;
  contender.perSecond.push((result.answers / result.milliseconds) * 1_000);
  contender.microseconds.push((spent / result.answers) * 1_000);
}

async function runLoad(file: string): Promise<LoadResult> {
  const child = startChild(clientProcessor, process.execPath, [bundled("bench/verify/load.ts"), file]);
  const line = await child.line("result ");
  await child.stop();
  return loadResultSchema.parse(JSON.parse(line.slice("result ".length)));
}

function report(contenders: readonly Contender[], rounds: number): Report {
  const [ours] = contenders;
  const rows = contenders.flatMap(({ key, perSecond, microseconds }): Row[] => {
    const name = verifyContenders[key];
    const target = targets[key];
    const ratios = perSecond.map((figure, round) => (ours?.perSecond[round] ?? Number.NaN) / figure);
    const ratio = key === "keyless" ? undefined : { to: "this is Keyless", value: median(ratios) };
    return [
      {
        name,
        median: median(perSecond),
        unit: "requests/s",
        ...(ratio && { ratio: { ...ratio, ...(target !== undefined && { target }) } }),
      },
      { name: `  processor of ${name}`, median: median(microseconds), unit: "µs/request" },
    ];
  });
  const fetches = contenders.map(
    ({ key, answers, keyFetches }) => `${verifyContenders[key]}: ${keyFetches} in ${answers}`,
  );
  return {
    bench: "verify",
    question: "what does it cost a server to verify IAP's assertion, beside its peers?",
    versions: versionsOf(["google-auth-library", "fastify"]),
    rounds,
    rows,
    notes: [
      `Fetches of keys while requests were answered: ${fetches.join("; ")}.`,
      `${load.connections} kept-alive connections, 256 people in turn, ${load.milliseconds / 1000} s a sample. Ratios are medians of the rounds' own ratios.`,
    ],
  };
}
