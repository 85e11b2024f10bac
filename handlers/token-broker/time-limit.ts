/**
 * Runs something with a signal that aborts when the time is over, or when the given one does. Whoever runs is to heed it.
 *
 * `AbortSignal.any` with `AbortSignal.timeout` would say the same in a line, but in Node 20 a composite does not keep its
 * sources: the garbage collector takes the timeout, and what hangs does so for ever.
 *
 * @param milliseconds After which the signal's reason is a TimeoutError.
 */
export async function withTimeLimit<Result>(
  milliseconds: number,
  signal: AbortSignal,
  run: (limited: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController();
  const follow = () => controller.abort(signal.reason);
  const timer = setTimeout(() => controller.abort(new DOMException("the time is over", "TimeoutError")), milliseconds);
  timer.unref();
  signal.addEventListener("abort", follow, { once: true });
  if (signal.aborted) follow();
  try {
    return await run(controller.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", follow);
  }
}

/** Whether a time limit has aborted the signal, its own or one further out. */
export const isTimeUp = ({ reason }: AbortSignal): boolean =>
  typeof reason === "object" && reason !== null && "name" in reason && reason.name === "TimeoutError";
