import { readFileSync } from "node:fs";

/** What Linux tells of processes in /proc (proc_pid_stat(5)); its clock ticks are hundredths of a second. */
const millisecondsPerTick = 10;

/** Fields of /proc/PID/stat after the name, which may hold anything. */
function fieldsOf(pid: number | "self"): readonly string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

const ticks = (pid: number | "self", first: number): number => {
  const fields = fieldsOf(pid);
  return Number(fields[first]) + Number(fields[first + 1]);
};

/** Processor time of a process so far, user and system. */
export const processorMilliseconds = (pid: number): number => ticks(pid, 11) * millisecondsPerTick;

/** Processor time of all programs that this process started and that have ended, with what they started. */
export const childProcessorMilliseconds = (): number => ticks("self", 13) * millisecondsPerTick;

/** Memory that a process has in use. */
export function residentMebibytes(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(line?.[1] ?? Number.NaN) / 1024;
}
