import { residentMebibytes } from "../process-figures";
import type { Row } from "../report";
import { startBroker } from "./broker";
import { loaded } from "./loaded";
import type { Scene } from "./reads";

const portions = 10;
const readsOfPortion = 100_000;

/** Memory of the broker over one million reads. */
export async function memoryRows({ certificates, google, progress }: Scene): Promise<readonly Row[]> {
  const broker = await startBroker(certificates, google);
  try {
    const resident: number[] = [];
    for (let portion = 1; portion <= portions; portion += 1) {
      progress(`memory: ${(portion * readsOfPortion).toLocaleString("en")} reads`);
      const task = { connections: 64, milliseconds: 600_000, mostAnswers: readsOfPortion };
      await loaded(broker, { kind: "reads", files: certificates, ...task });
      resident.push(residentMebibytes(broker.pid));
    }
    const [first = Number.NaN, second = Number.NaN] = resident;
    const last = resident.at(-1) ?? Number.NaN;
    return [
      { name: "memory after 100,000 reads", median: first, unit: "MiB" },
      { name: "memory after 200,000 reads", median: second, unit: "MiB" },
      {
        name: "memory after 1,000,000 reads",
        median: last,
        unit: "MiB",
        ratio: { to: "that after 200,000", value: last / second, target: "flat: at most 1.1" },
      },
    ];
  } finally {
    await broker.stop();
  }
}
