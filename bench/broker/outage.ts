import { setTimeout as pause } from "node:timers/promises";
import type { Row } from "../report";
import { startBroker } from "./broker";
import { contextOf, readOnce } from "./client";
import type { Scene } from "./reads";

/** Seconds: tokens live so long, would be refreshed at 15 at the latest, and nobody answers in between. */
const lifetime = 20;
const outage = { from: 13, until: 17 } as const;

/** Reads all the while, through an outage of the upstreams that is shorter than what is left of the token's life. */
export async function outageRows({ certificates, google, rounds, progress }: Scene): Promise<readonly Row[]> {
  google.state.lifetimeSeconds = lifetime;
  const broker = await startBroker(certificates, google);
  const context = contextOf(certificates);
  let reads = 0;
  let failed = 0;
  try {
    while ((await readOnce(broker.port, context)) !== 200) await pause(50);
    for (let round = 1; round <= rounds; round += 1) {
      progress(`outage ${round} of ${rounds}`);
      google.calls.impersonations = 0;
      // From a fresh token on.
      while (google.calls.impersonations === 0) await pause(20);
      const began = performance.now();
      const seconds = () => (performance.now() - began) / 1_000;
      while (seconds() < lifetime) {
        google.state.isDown = seconds() >= outage.from && seconds() < outage.until;
        if ((await readOnce(broker.port, context)) !== 200) failed++;
        reads++;
        await pause(5);
      }
    }
    return [
      { name: `reads through ${rounds} outages of ${outage.until - outage.from} s`, median: reads, unit: "" },
      {
        name: "reads that failed in them",
        median: failed,
        unit: "",
        ratio: { to: "one read", value: failed, target: "0" },
      },
    ];
  } finally {
    google.state.isDown = false;
    google.state.lifetimeSeconds = 3_600;
    await broker.stop();
  }
}
