import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "../testing/certificates";
import { startMutualTlsBroker } from "../testing/mutual-tls-broker";
import { settle, VirtualClock } from "../testing/virtual-clock";

describe("a broker whose audit file is deleted", () => {
  it("begins a new one within ten seconds, and goes on in it", async () => {
    const folder = temporaryFolder();
    const file = join(folder.path, "audit.jsonl");
    const clock = new VirtualClock();
    clock.jump(Date.now() - clock.now().wall);
    const broker = await startMutualTlsBroker({ audit: { file } }, clock);
    broker.start();
    await settle();
    rmSync(file);
    await clock.advance(10_000);
    expect(existsSync(file)).toBe(true);
    await broker.close();
    expect(readFileSync(file, "utf8")).toContain('"event":"audit_stopped"');
    folder.remove();
  });
});
