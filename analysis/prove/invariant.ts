/** What has to hold of who can become what. Declared by an environment, or built in. */
export type Invariant = OnlyWhen | Never | AtMost;

/** Tokens of an issuer that satisfy a condition. */
export interface TokensOf {
  /** The issuer's URL, or "aws". */
  readonly issuer: string;
  /** Pools whose tokens are meant; both kinds, where nothing is said. */
  readonly pools?: "workload" | "workforce";
  /** CEL on `assertion`. A token for which it errs does not satisfy it. */
  readonly condition: string;
  /** Whose tokens these are, in a few words for a reader; the condition decides. */
  readonly title?: string;
}

/** Every account of the environment but some, by e-mail. */
export interface EveryAccount {
  readonly otherThan: readonly string[];
}

/** Only these tokens become the account, directly or through other accounts. */
export interface OnlyWhen {
  readonly kind: "onlyWhen";
  readonly account: string | EveryAccount;
  /** None: nobody from outside becomes the account. */
  readonly tokens: readonly TokensOf[];
}

/** None of these tokens becomes the account. */
export interface Never {
  readonly kind: "never";
  readonly account: string | EveryAccount;
  readonly tokens: TokensOf;
}

/** The account is become by so many identities at most, or has these roles and no others. */
export interface AtMost {
  readonly kind: "atMost";
  readonly account: string;
  readonly identities?: number;
  /** Roles anywhere, those of accounts that it can become included. */
  readonly roles?: readonly string[];
}

/** The statement in words. */
export function statementOf(invariant: Invariant): string {
  const account = accountInWords(invariant.account);
  switch (invariant.kind) {
    case "onlyWhen": {
      if (invariant.tokens.length === 0) return `nobody from outside becomes ${account}`;
      return `nobody becomes ${account} but ${invariant.tokens.map(tokensInWords).join(", or ")}`;
    }
    case "never":
      return `${account} is never become by ${tokensInWords(invariant.tokens)}`;
    case "atMost": {
      const { identities, roles } = invariant;
      const limits = [
        ...(identities === undefined
          ? []
          : [`is become by at most ${identities} ${identities === 1 ? "identity" : "identities"}`]),
        ...(roles === undefined ? [] : [`has no roles but ${roles.length === 0 ? "none" : roles.join(", ")}`]),
      ];
      return `${account} ${limits.join(" and ")}`;
    }
  }
}

function accountInWords(account: string | EveryAccount): string {
  if (typeof account === "string") return account;
  return account.otherThan.length === 0
    ? "any account"
    : `any account other than ${account.otherThan.map(localPart).join(", ")}`;
}

const localPart = (email: string): string => email.slice(0, email.indexOf("@"));

/** Whose tokens these are. */
export const tokensInWords = ({ issuer, pools, condition, title }: TokensOf): string =>
  title ?? `a token of ${issuer}${pools === "workforce" ? " in a workforce pool" : ""} with ${condition}`;
