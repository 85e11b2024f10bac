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
}

/** Only these tokens become the account, directly or through other accounts. */
export interface OnlyWhen {
  readonly kind: "onlyWhen";
  /** E-mail, or every account of the environment but some. */
  readonly account: string | { readonly otherThan: readonly string[] };
  /** None: nobody from outside becomes the account. */
  readonly tokens: readonly TokensOf[];
}

/** None of these tokens becomes the account. */
export interface Never {
  readonly kind: "never";
  /** E-mail, or every account of the environment. */
  readonly account: string | "every account";
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
  const account = typeof invariant.account === "string" ? invariant.account : "any other account";
  switch (invariant.kind) {
    case "onlyWhen": {
      if (invariant.tokens.length === 0) return `nobody from outside becomes ${account}`;
      return `only ${invariant.tokens.map(tokensInWords).join(", or ")} becomes ${account}`;
    }
    case "never":
      return `no ${tokensInWords(invariant.tokens)} becomes ${account}`;
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

const tokensInWords = ({ issuer, pools, condition }: TokensOf): string =>
  `a token of ${issuer}${pools === "workforce" ? " in a workforce pool" : ""} with ${condition}`;
