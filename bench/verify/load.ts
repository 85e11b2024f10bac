/** A program of its own: asks a server over kept-alive connections, with one assertion after the other, and prints what came of it. */
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { AnswerReader } from "../broker/client";
import { type LoadResult, type LoadTask, loadTaskSchema } from "./load-task";

async function load({ port, assertions, connections, milliseconds }: LoadTask): Promise<LoadResult> {
  const requests = assertions.map((assertion) =>
    Buffer.from(`GET / HTTP/1.1\r\nhost: localhost\r\nx-goog-iap-jwt-assertion: ${assertion}\r\n\r\n`),
  );
  const sockets = await Promise.all(Array.from({ length: connections }, () => connected(port)));
  let [answers, failures, next] = [0, 0, 0];
  const began = performance.now();
  await Promise.all(
    sockets.map(
      (socket) =>
        new Promise<void>((done) => {
          const reader = new AnswerReader();
          const ask = () => socket.write(requests[next++ % requests.length] ?? "");
          socket.on("data", (bytes: Buffer) => {
            for (const status of reader.push(bytes)) {
              if (status === 200) answers++;
              else failures++;
              if (performance.now() - began > milliseconds) done();
              else ask();
            }
          });
          socket.on("error", () => done());
          ask();
        }),
    ),
  );
  const elapsed = performance.now() - began;
  for (const socket of sockets) socket.destroy();
  return { answers, failures, milliseconds: elapsed };
}

const connected = (port: number): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => resolve(socket.setNoDelay(true)));
    socket.once("error", reject);
  });

async function main(): Promise<void> {
  const task = loadTaskSchema.parse(JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")));
  process.stdout.write(`result ${JSON.stringify(await load(task))}\n`);
  process.exit(0);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error}\n`);
  process.exit(1);
});
