/** A program of its own: it loads a server as the task in its argument says, and prints what came of it. */
import { AnswerReader, connected, contextOf, readOnce, readRequest } from "./client";
import { type LoadResult, type LoadTask, loadTaskSchema } from "./load-task";

/** Every connection asks again as soon as it is answered. */
async function reads({ port, files, connections, milliseconds, mostAnswers }: LoadTask): Promise<LoadResult> {
  const context = contextOf(files);
  const sockets = await Promise.all(Array.from({ length: connections }, () => connected(port, context)));
  const request = readRequest();
  const took: number[] = [];
  let answers = 0;
  let failures = 0;
  let isOver = false;
  const began = performance.now();
  const most = mostAnswers ?? Number.POSITIVE_INFINITY;
  await Promise.all(
    sockets.map(
      (socket) =>
        new Promise<void>((done) => {
          const reader = new AnswerReader();
          let asked = performance.now();
          const fail = () => {
            if (!isOver) failures++;
            done();
          };
          socket.on("data", (bytes: Buffer) => {
            for (const status of reader.push(bytes)) {
              const now = performance.now();
              if (took.length < 1_000_000) took.push(now - asked);
              asked = now;
              if (status === 200) answers++;
              else failures++;
              if (answers >= most || now - began > milliseconds) {
                isOver = true;
                done();
              } else socket.write(request);
            }
          });
          socket.on("error", fail);
          socket.on("close", fail);
          socket.write(request);
        }),
    ),
  );
  const elapsed = performance.now() - began;
  for (const socket of sockets) socket.destroy();
  return { answers, failures, milliseconds: elapsed, ...percentiles(took) };
}

/** Handshake, one read, end; again and again, without sessions to resume. */
async function handshakes({ port, files, connections, milliseconds, version }: LoadTask): Promise<LoadResult> {
  const context = contextOf(files);
  const took: number[] = [];
  let failures = 0;
  const began = performance.now();
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (performance.now() - began < milliseconds) {
        const asked = performance.now();
        const status = await readOnce(port, context, version);
        if (status === 200) took.push(performance.now() - asked);
        else failures++;
      }
    }),
  );
  return { answers: took.length, failures, milliseconds: performance.now() - began, ...percentiles(took) };
}

function percentiles(took: number[]): Pick<LoadResult, "p50" | "p99"> {
  const sorted = Float64Array.from(took).sort();
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99) };
}

async function main(): Promise<void> {
  const task = loadTaskSchema.parse(JSON.parse(process.argv[2] ?? "{}"));
  const result = await (task.kind === "reads" ? reads(task) : handshakes(task));
  process.stdout.write(`result ${JSON.stringify(result)}\n`);
  process.exit(0);
}

void main();
