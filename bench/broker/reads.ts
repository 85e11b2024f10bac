import { median } from "../measure";
import type { Row } from "../report";
import { type ServerUnderTest, startBroker } from "./broker";
import type { Certificates } from "./certificates";
import type { BenchGoogle } from "./google";
import { type LoadFigures, loaded } from "./loaded";
import { bareHttps, flask, nginx, type Peer } from "./peers";

/** What every measurement is given. */
export interface Scene {
  readonly certificates: Certificates;
  readonly google: BenchGoogle;
  readonly rounds: number;
  readonly progress: (text: string) => void;
}

interface Contender {
  readonly name: string;
  readonly server: ServerUnderTest;
}

/**
 * The broker and the peers that are installed, all running side by side; only one is loaded at a time.
 *
 * @param more Peers for this measurement alone, by name.
 */
export async function startContenders(
  { certificates, google, progress }: Scene,
  more: Readonly<Record<string, Peer>> = {},
): Promise<readonly Contender[]> {
  progress("starting the broker and its peers");
  const contenders: Contender[] = [];
  const starting = [
    ["token broker", (files: Certificates) => startBroker(files, google)],
    ["node:https, peer read once", bareHttps("PeerCertificate")],
    ...Object.entries(more),
    ["nginx", nginx],
    ["Flask under gunicorn", flask],
  ] as const;
  for (const [name, start] of starting) {
    const server = await start(certificates);
    if (server === undefined) progress(`${name} is not installed here, and is left out`);
    else contenders.push({ name, server });
  }
  return contenders;
}

const milliseconds = 2_000;

/** Until the compiler has seen all of the way often enough; a handshake takes a hundred times as long as a read. */
const warmUpMilliseconds = { reads: 6_000, handshakes: 15_000 } as const;

/** Loads all contenders in turn, round by round, three times as often as other things, and keeps the figures of each. */
export async function inTurn(
  scene: Scene,
  contenders: readonly Contender[],
  what: string,
  task: Omit<Parameters<typeof loaded>[1], "files" | "milliseconds">,
): Promise<ReadonlyMap<string, readonly LoadFigures[]>> {
  const figures = new Map<string, LoadFigures[]>(contenders.map(({ name }) => [name, []]));
  const rounds = 3 * scene.rounds;
  for (let round = 0; round <= rounds; round += 1) {
    for (const { name, server } of contenders) {
      scene.progress(`${what}, ${round === 0 ? "warming up" : `round ${round} of ${rounds}`}: ${name}`);
      const time = round === 0 ? warmUpMilliseconds[task.kind] : milliseconds;
      const result = await loaded(server, { ...task, files: scene.certificates, milliseconds: time });
      if (round > 0) figures.get(name)?.push(result);
    }
  }
  return figures;
}

/** Token reads over kept-alive mutual TLS, policy and audit on. */
export async function readRows(scene: Scene): Promise<readonly Row[]> {
  const contenders = await startContenders(scene);
  try {
    const figures = await inTurn(scene, contenders, "reads", { kind: "reads", connections: 16 });
    return comparedRows("reads", figures, { bare: "at least 0.9", flask: "at least 5" });
  } finally {
    await Promise.all(contenders.map(({ server }) => server.stop()));
  }
}

/**
 * Two rows for each contender: answers a second, and answers for each second of the server's processor. The ratios are of
 * the second, which holds also where the client, or somebody else on the machine, is what limits the first; each is the
 * median of the rounds' ratios, in which the machine's good and bad moments fall on both sides.
 */
export function comparedRows(
  what: string,
  figures: ReadonlyMap<string, readonly LoadFigures[]>,
  targets: { readonly bare: string; readonly flask?: string },
): readonly Row[] {
  const perProcessorSecond = (name: string) =>
    (figures.get(name) ?? []).map(({ serverMicroseconds }) => 1e6 / serverMicroseconds);
  const broker = perProcessorSecond("token broker");
  return [...figures].flatMap(([name, rounds]): Row[] => {
    const own = perProcessorSecond(name);
    const value = median(own.map((figure, round) => (broker[round] ?? Number.NaN) / figure));
    const target = name.startsWith("node:https") ? targets.bare : name.startsWith("Flask") ? targets.flask : undefined;
    return [
      { name: `${what}, ${name}`, median: median(rounds.map(({ perSecond }) => perSecond)), unit: "/s" },
      {
        name: `${what}, ${name}, for each second of its processor`,
        median: median(own),
        unit: "/s",
        ...(name !== "token broker" && {
          ratio: { to: "(the broker beside it)", value, ...(target !== undefined && { target }) },
        }),
      },
    ];
  });
}
