import { z } from "zod";
import { median } from "../measure";
import type { Row } from "../report";
import { bundled } from "./bundled";
import { clientProcessor, startChild } from "./child";
import type { Scene } from "./reads";

const resultSchema = z.object({ broker: z.array(z.number()), undici: z.array(z.number()) });
const exchanges = 300;

/** A whole exchange, federated token and account's token, beside undici alone sending the same two requests. */
export async function exchangeRows({ google, rounds, progress }: Scene): Promise<readonly Row[]> {
  progress(`exchanges, ${rounds} rounds of ${exchanges}`);
  const program = bundled("bench/broker/exchange-program.ts");
  const child = startChild(clientProcessor, process.execPath, [
    program,
    google.origin,
    String(exchanges),
    String(rounds),
  ]);
  const line = await child.line("result ");
  await child.stop();
  const { broker, undici } = resultSchema.parse(JSON.parse(line.slice("result ".length)));
  return [
    {
      name: "exchange by the broker's chain, p50",
      median: median(broker),
      unit: "ms",
      ratio: { to: "undici alone", value: median(broker) / median(undici), target: "at most 2" },
    },
    { name: "the same requests by undici alone, p50", median: median(undici), unit: "ms" },
  ];
}
