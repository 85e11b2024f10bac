import type { Directory, DirectoryAnswer, Membership } from "./membership";

export interface CachedDirectoryOptions {
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** People remembered at most; the one not seen for longest makes room. 2 000 unless told. */
  readonly capacity?: number;
  /** Told of every question that went to the directory, for the log. */
  readonly onAnswer?: (answer: DirectoryAnswer) => void;
}

/** Milliseconds for which a membership counts as current. */
const fresh = 5 * 60_000;
/** Milliseconds after which a membership is of no use, even while the directory does not answer. */
const usable = 15 * 60_000;
/** Milliseconds for which the answer that somebody is unknown, or too large, is kept. */
const refusalKept = 30_000;
/** Milliseconds after a failure before the same person is asked about again. */
const cooldown = 2_000;

interface Entry {
  readonly at: number;
  readonly membership: Membership | undefined;
  /** The last answer that was none, and when. */
  readonly failure?: { readonly at: number; readonly answer: DirectoryAnswer };
}

/** Problems of the directory; the others are answers about the person. */
const isOutage = (answer: DirectoryAnswer): boolean =>
  !answer.ok && answer.problem !== "unknown_person" && answer.problem !== "too_many_memberships";

/**
 * Remembers memberships: for five minutes without asking, and for a quarter of an hour in all while the directory does not
 * answer. Whoever leaves a group loses its rows within that time. One question at a time about a person, however
 * many of their requests wait for it. What was never known, or is older, is a refusal.
 */
export function createCachedDirectory(directory: Directory, options: CachedDirectoryOptions): Directory {
  const { clock, capacity = 2_000, onAnswer } = options;
  const entries = new Map<string, Entry>();
  const pending = new Map<string, Promise<DirectoryAnswer>>();

  /** A clock set back must not make anything last for ever. */
  const isYounger = (at: number, age: number): boolean => {
    const elapsed = clock() - at;
    return elapsed >= 0 && elapsed < age;
  };

  const remember = (subject: string, entry: Entry): void => {
    entries.delete(subject);
    entries.set(subject, entry);
    for (const oldest of entries.keys()) {
      if (entries.size <= capacity) break;
      entries.delete(oldest);
    }
  };

  const ask = async (subject: string): Promise<DirectoryAnswer> => {
    const answer = await directory.find(subject);
    onAnswer?.(answer);
    const at = clock();
    const known = entries.get(subject);
    if (answer.ok) {
      remember(subject, { at, membership: answer.membership });
      return answer;
    }
    // An answer about the person replaces what was known of them; an outage does not.
    const stale =
      isOutage(answer) && known?.membership !== undefined && isYounger(known.at, usable) ? known : undefined;
    remember(subject, { at: stale?.at ?? at, membership: stale?.membership, failure: { at, answer } });
    return stale?.membership === undefined ? answer : { ok: true, membership: stale.membership };
  };

  return {
    async find(subject) {
      const entry = entries.get(subject);
      if (entry !== undefined) {
        remember(subject, entry);
        const { membership, failure } = entry;
        if (membership !== undefined && isYounger(entry.at, fresh)) return { ok: true, membership };
        const pause = failure !== undefined && isOutage(failure.answer) ? cooldown : refusalKept;
        if (failure !== undefined && isYounger(failure.at, pause)) {
          const serves = membership !== undefined && isYounger(entry.at, usable);
          return serves ? { ok: true, membership } : failure.answer;
        }
      }
      const waiting = pending.get(subject);
      if (waiting !== undefined) return waiting;
      const asked = ask(subject).finally(() => pending.delete(subject));
      pending.set(subject, asked);
      return asked;
    },
  };
}
