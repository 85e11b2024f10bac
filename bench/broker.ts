import { makeCertificates } from "./broker/certificates";
import { coldEntryRows } from "./broker/cold-entry";
import { exchangeRows } from "./broker/exchange";
import { startGoogle } from "./broker/google";
import { handshakeRows } from "./broker/handshakes";
import { memoryRows } from "./broker/memory";
import { outageRows } from "./broker/outage";
import { readRows, type Scene } from "./broker/reads";
import { replicaRows } from "./broker/replicas";
import { silentRows } from "./broker/silent";
import { startRows } from "./broker/start";
import type { Report, Row } from "./report";
import { versionsOf } from "./versions";

type Progress = (text: string) => void;

const measurements: Readonly<Record<string, (scene: Scene) => Promise<readonly Row[]>>> = {
  reads: readRows,
  handshakes: handshakeRows,
  "cold-entry": coldEntryRows,
  silent: silentRows,
  exchange: exchangeRows,
  start: startRows,
  memory: memoryRows,
  outage: outageRows,
  replicas: replicaRows,
};

/** All measurements of the token broker, or one of them. */
const brokerBench =
  (only?: string) =>
  async (rounds = 5, progress: Progress): Promise<Report> => {
    const rows: Row[] = [];
    for (const [name, measure] of Object.entries(measurements)) {
      if (only !== undefined && name !== only) continue;
      const certificates = await makeCertificates();
      const google = await startGoogle();
      try {
        rows.push(...(await measure({ certificates, google, rounds, progress })));
      } finally {
        await google.close();
        certificates.remove();
      }
    }
    return {
      bench: only === undefined ? "broker" : `broker-${only}`,
      question: "what does the token broker do, beside its peers?",
      versions: versionsOf(["fastify", "undici", "jose", "prom-client"]),
      rounds,
      rows,
      notes: [
        [
          "Servers have one processor, whoever loads them another, where the machine has two. All contenders verify a client",
          "certificate by way of an intermediate; the broker decides by its policy and writes its audit to a file besides.",
          "Reads and handshakes have three times as many rounds; their ratios are medians of the rounds' ratios.",
        ].join("\n"),
      ],
    };
  };

/** `broker` measures everything; `broker-reads` and so on one thing. */
export const brokerBenches = Object.fromEntries([
  ["broker", brokerBench()],
  ...Object.keys(measurements).map((name) => [`broker-${name}`, brokerBench(name)]),
]);
