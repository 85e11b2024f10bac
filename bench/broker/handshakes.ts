import type { Row } from "../report";
import { bareHttps } from "./peers";
import { comparedRows, inTurn, type Scene, startContenders } from "./reads";

/** Full handshakes with a read each, in both versions of TLS. */
export async function handshakeRows(scene: Scene): Promise<readonly Row[]> {
  const contenders = await startContenders(scene, {
    "node:https, peer read once as X509Certificate": bareHttps("X509Certificate"),
  });
  try {
    const rows: Row[] = [];
    for (const version of ["TLSv1.3", "TLSv1.2"] as const) {
      const what = `full handshakes ${version.slice(3)}`;
      const figures = await inTurn(scene, contenders, what, { kind: "handshakes", connections: 16, version });
      rows.push(...comparedRows(what, figures, { bare: "at least 0.95" }));
    }
    return rows;
  } finally {
    await Promise.all(contenders.map(({ server }) => server.stop()));
  }
}
