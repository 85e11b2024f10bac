import type { Row } from "../report";
import { accessGrant, type BenchBroker, startBroker } from "./broker";
import { contextOf, readOnce } from "./client";
import type { Scene } from "./reads";

const accounts = Array.from({ length: 10 }, (_, index) => `bench-job-${index}@bench-project.iam.gserviceaccount.com`);

/** Upstream calls with 1, 2 and 4 replicas, few clients and many: they grow with accounts × replicas, and with nothing else. */
export async function replicaRows({ certificates, google, progress }: Scene): Promise<readonly Row[]> {
  const context = contextOf(certificates);
  const rows: Row[] = [];
  for (const replicas of [1, 2, 4]) {
    for (const clients of [1, 200]) {
      progress(`${replicas} replicas, ${clients} clients`);
      google.calls.exchanges = 0;
      google.calls.impersonations = 0;
      const brokers: BenchBroker[] = [];
      try {
        for (let count = 0; count < replicas; count += 1) {
          brokers.push(await startBroker(certificates, google, { grants: accounts.map(accessGrant) }));
        }
        const asked = Array.from({ length: clients }, (_, client) => {
          const [broker] = brokers.slice(client % replicas);
          if (broker === undefined) throw new Error("there is no replica");
          return Promise.all(accounts.map((account) => readOnce(broker.port, context, undefined, pathFor(account))));
        });
        const statuses = (await Promise.all(asked)).flat();
        if (statuses.some((status) => status !== 200)) throw new Error("a client got no token");
        rows.push({
          name: `${replicas} replicas, ${accounts.length} accounts, ${clients} clients: tokens from IAM Credentials`,
          median: google.calls.impersonations,
          unit: "",
          ratio: {
            to: "accounts × replicas",
            value: google.calls.impersonations / (accounts.length * replicas),
            target: "1",
          },
        });
        rows.push({
          name: `${replicas} replicas, ${accounts.length} accounts, ${clients} clients: exchanges`,
          median: google.calls.exchanges,
          unit: "",
          ratio: { to: "replicas", value: google.calls.exchanges / replicas, target: "1" },
        });
      } finally {
        await Promise.all(brokers.map((broker) => broker.stop()));
      }
    }
  }
  return rows;
}

const pathFor = (account: string): string => `/get_wif_token?account=${encodeURIComponent(account)}`;
