import { connect, type Socket } from "node:net";
import type { Row } from "../report";
import type { ServerUnderTest } from "./broker";
import { contextOf, readOnce } from "./client";
import { type Scene, startContenders } from "./reads";

const silentConnections = 1_000;
const milliseconds = 4_000;

/** Whole requests, one after the other, while connections are open that never say a word. */
export async function silentRows(scene: Scene): Promise<readonly Row[]> {
  const contenders = await startContenders(scene);
  try {
    const rows: Row[] = [];
    for (const { name, server } of contenders) {
      scene.progress(`silent connections: ${name}`);
      const { served, lost } = await beside(server, scene);
      rows.push(
        { name: `${silentConnections} silent connections, ${name}: served`, median: served, unit: "" },
        {
          name: `${silentConnections} silent connections, ${name}: lost`,
          median: lost,
          unit: "",
          ...(name === "token broker" && { ratio: { to: "one request", value: lost, target: "0" } }),
        },
      );
    }
    return rows;
  } finally {
    await Promise.all(contenders.map(({ server }) => server.stop()));
  }
}

async function beside({ port }: ServerUnderTest, { certificates }: Scene): Promise<{ served: number; lost: number }> {
  const context = contextOf(certificates);
  const silent = await Promise.all(Array.from({ length: silentConnections }, () => opened(port)));
  let served = 0;
  let lost = 0;
  try {
    for (const end = performance.now() + milliseconds; performance.now() < end; ) {
      const status = await inTime(readOnce(port, context));
      if (status === 200) served++;
      else lost++;
    }
    return { served, lost };
  } finally {
    for (const socket of silent) socket.destroy();
  }
}

function opened(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.off("error", reject);
      socket.on("error", () => undefined);
      resolve(socket);
    });
    socket.once("error", reject);
  });
}

/** A request that nobody answers within two seconds is lost. */
function inTime(answer: Promise<number>): Promise<number> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(0), 2_000);
    void answer.then((status) => {
      clearTimeout(timer);
      resolve(status);
    });
  });
}
