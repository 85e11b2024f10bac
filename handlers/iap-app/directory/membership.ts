/** What the directory says of a person, beyond what the assertion of Identity-Aware Proxy says. */
export interface Membership {
  /** Object ids of the groups that the person belongs to, directly or through other groups. */
  readonly groups: readonly string[];
  /** Object ids of the people whose manager the person is. */
  readonly reports: readonly string[];
}

/** A problem in plain words: the HTTP status that fits, what happened, and what to do. */
interface DirectoryProblemDescription {
  readonly status: 403 | 503;
  readonly message: string;
  readonly remedy: string;
}

const again = "Try again in a minute.";

/** Every reason for which nothing is known of a person's groups. The words are part of the interface: logs carry them. */
export const directoryProblems = {
  directory_unavailable: {
    status: 503,
    message: "The company's directory could not be asked for your groups.",
    remedy: again,
  },
  directory_throttled: {
    status: 503,
    message: "The company's directory is asked too often and wants a pause.",
    remedy: again,
  },
  directory_refused: {
    status: 503,
    message: "The company's directory does not let this app ask for your groups.",
    remedy:
      "An operator checks the app's federated credential in Entra and its permission User.Read.All on Microsoft Graph.",
  },
  directory_malformed: {
    status: 503,
    message: "The company's directory answered in a form that this app does not understand.",
    remedy: `${again} If it stays, an operator looks at the app's log.`,
  },
  too_many_memberships: {
    status: 403,
    message: "You belong to more groups, or manage more people, than this app can take in.",
    remedy: "An administrator of the directory looks after your memberships.",
  },
  unknown_person: {
    status: 403,
    message: "The company's directory does not know you.",
    remedy: "Sign out and sign in again. If it stays, ask an administrator of the directory.",
  },
} as const satisfies Record<string, DirectoryProblemDescription>;

export type DirectoryProblem = keyof typeof directoryProblems;

export type DirectoryAnswer =
  | { readonly ok: true; readonly membership: Membership }
  | {
      readonly ok: false;
      readonly problem: DirectoryProblem;
      /** Seconds after which it is worth to ask again, where the directory said so. */
      readonly retryAfterSeconds?: number;
      /** For the log: what the directory said, without a token. */
      readonly detail?: string;
    };

/** Where groups come from: Identity-Aware Proxy's assertion has none. */
export interface Directory {
  /**
   * @param subject The last part of a workforce principal, which is the person's object id in Entra.
   * @returns Never an empty membership in place of an unknown one. Never throws.
   */
  find(subject: string): Promise<DirectoryAnswer>;
}

export const unknown = (
  problem: DirectoryProblem,
  more: { readonly retryAfterSeconds?: number; readonly detail?: string } = {},
): DirectoryAnswer => ({ ok: false, problem, ...more });

/** Object ids of Entra: lower-case UUIDs. */
export const objectIdPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
