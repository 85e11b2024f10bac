import { createHash } from "node:crypto";
import type { InventoryLine } from "./asset-repository";

const samples: readonly InventoryLine[] = [
  { name: "rack-07-switch-2", kind: "Switch", network: "Server room, Delft", lastScan: "2026-11-16", findings: 0 },
  { name: "print-2f-east", kind: "Printer", network: "Office, second floor", lastScan: "2026-11-16", findings: 1 },
  {
    name: "badge-reader-gate-3",
    kind: "Badge reader",
    network: "Building access",
    lastScan: "2026-11-16",
    findings: 0,
  },
  { name: "lab-gateway-5", kind: "Sensor gateway", network: "Laboratory", lastScan: "2026-11-15", findings: 2 },
  { name: "meeting-room-12-screen", kind: "Display", network: "Office, first floor", lastScan: null, findings: 0 },
];

/** Three assets for a group seen for the first time, the same at every start, with a sign of the group in their names. */
export function sampleAssets(group: string): readonly InventoryLine[] {
  const digest = createHash("sha256").update(group).digest();
  const start = (digest[0] ?? 0) % samples.length;
  const sign = digest.toString("hex", 1, 3);
  return [0, 1, 2].map((offset) => {
    const sample = samples[(start + offset) % samples.length];
    if (sample === undefined) throw new Error("there are samples");
    return { ...sample, name: `${sample.name}-${sign}` };
  });
}
