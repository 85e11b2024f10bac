import { mappingDialect } from "../access/attribute-mapping";
import type { Provider } from "../access/federation";
import { claimsToCel, UnreadableClaimsError } from "../cel/claims";
import { compile } from "../cel/expression";
import { admissionOf, claimsOf, claimsSatisfy } from "./admission";
import { differ } from "./distinct";
import { accountsWithin } from "./grants";
import { type Invariant, type TokensOf, tokensInWords } from "./invariant";
import {
  beyondReading,
  counterexample,
  type ProofContext,
  type Restriction,
  reachSuspicions,
  refute,
  type Suspicion,
} from "./proof-context";
import { reachedBy, reaches, routesOf } from "./reach";
import { and, not, or, yes } from "./term";
import type { Verdict } from "./verdict";
import type { WitnessToken } from "./witness-token";

/** Most identities that `atMost` counts. */
const identitiesLimit = 3;

/** Decides an invariant that an environment declares. */
export async function proveDeclared(
  context: ProofContext,
  invariant: Invariant,
  /** E-mails of the environment's accounts. */
  environmentAccounts: readonly string[],
): Promise<Verdict> {
  const accounts = accountsMeant(invariant, environmentAccounts);
  const missing = accounts.find((email) => !context.model.accounts.has(email));
  if (missing !== undefined) return { verdict: "unknown", reason: `there is no account ${missing}` };
  const problem = problemOf(invariant);
  if (problem !== undefined) return { verdict: "unknown", reason: problem };
  switch (invariant.kind) {
    case "onlyWhen":
      return refute(context, onlyWhen(context, accounts, invariant.tokens));
    case "never":
      return refute(context, never(context, accounts, invariant.tokens));
    case "atMost": {
      const { account, identities, roles } = invariant;
      const surplus = roles === undefined ? undefined : surplusRole(context, account, roles);
      if (surplus !== undefined) return { verdict: "violated", explanation: surplus, counterexamples: [] };
      if (identities === undefined) return refute(context, []);
      if (identities > identitiesLimit)
        return { verdict: "unknown", reason: `more than ${identitiesLimit} identities are not counted` };
      return refute(context, moreIdentities(context, account, identities));
    }
  }
}

function accountsMeant({ account }: Invariant, all: readonly string[]): readonly string[] {
  if (typeof account === "string") return [account];
  return all.filter((email) => !account.otherThan.includes(email));
}

function problemOf(invariant: Invariant): string | undefined {
  const tokens =
    invariant.kind === "onlyWhen" ? invariant.tokens : invariant.kind === "never" ? [invariant.tokens] : [];
  for (const { condition } of tokens) {
    const compilation = compile(condition, mappingDialect);
    if (!compilation.ok) return `the condition ${condition} cannot be read: ${compilation.problem}`;
  }
  return undefined;
}

function* onlyWhen(
  context: ProofContext,
  accounts: readonly string[],
  tokens: readonly TokensOf[],
): Generator<Suspicion> {
  yield* beyondReading(
    context,
    accounts.flatMap((account) => context.routes.to(account)),
  );
  for (const provider of context.index.providersOf(accounts.flatMap((account) => context.routes.to(account)))) {
    const stated = tokens.filter((these) => covers(these, provider));
    const restriction: Restriction = {
      term: (universe, { token }) =>
        not(or(...stated.map(({ condition }) => claimsSatisfy(universe, token, condition)))),
      holds: (token) => !stated.some(({ condition }) => satisfies(token, condition)),
    };
    const expected = stated.map(tokensInWords).join(", or ");
    const missing = stated.length === 0 ? ", and no token of its issuer may" : ` and is not ${expected}`;
    for (const account of accounts)
      yield* reachSuspicions(
        context,
        provider,
        context.routes.to(account),
        restriction,
        () => `a token that ${provider.address} admits becomes ${account}${missing}`,
      );
  }
}

function* never(context: ProofContext, accounts: readonly string[], tokens: TokensOf): Generator<Suspicion> {
  const restriction: Restriction = {
    term: (universe, { token }) => claimsSatisfy(universe, token, tokens.condition),
    holds: (token) => satisfies(token, tokens.condition),
  };
  yield* beyondReading(
    context,
    accounts.flatMap((account) => context.routes.to(account)),
  );
  for (const account of accounts)
    for (const provider of context.index.providersOf(context.routes.to(account)))
      if (covers(tokens, provider))
        yield* reachSuspicions(
          context,
          provider,
          context.routes.to(account),
          restriction,
          () => `${tokensInWords(tokens)} is admitted by ${provider.address} and becomes ${account}`,
        );
}

/** That more identities than so many become the account, each another subject or of another pool. */
function* moreIdentities(context: ProofContext, account: string, most: number): Generator<Suspicion> {
  const { model, now, routes } = context;
  yield* beyondReading(context, routes.to(account));
  const providers = context.index.providersOf(routes.to(account));
  for (const chosen of combinations(providers, most + 1)) {
    const own = chosen.map((provider) => routesOf(provider, routes.to(account)));
    yield {
      doubts: own.flat().flatMap(({ doubts }) => doubts),
      question: {
        build: (universe) => {
          const tokens = chosen.map((provider, index) => ({
            provider,
            token: universe.token(`token ${index}`, claimsOf(provider)),
          }));
          const admissions = tokens.map(({ token, provider }) => admissionOf(universe, model, provider, token));
          const distinct = admissions.flatMap((first, index) =>
            admissions
              .slice(index + 1)
              .map((second) =>
                first.provider.pool === second.provider.pool ? differ(universe, first.subject, second.subject) : yes,
              ),
          );
          const reached = admissions.map((admission, index) => reaches(universe, admission, own[index] ?? []));
          return { formula: and(...reached, ...distinct), tokens };
        },
        confirms: (tokens) => {
          const found = tokens.map((token, index) => reachedBy(model, token, own[index] ?? [], now)?.identity);
          const names = found.map((identity) => identity && `${identity.pool} ${identity.subject}`);
          return !names.includes(undefined) && new Set(names).size === tokens.length;
        },
      },
      explain: (tokens) => ({
        verdict: "violated",
        explanation: `${tokens.length} identities become ${account}, and at most ${most} may`,
        counterexamples: tokens.flatMap((token, index) => {
          const reached = reachedBy(model, token, own[index] ?? [], now);
          return reached === undefined ? [] : [counterexample(token, reached)];
        }),
      }),
    };
  }
}

/** Choices of so many, each as often as one likes, their order left aside. */
function* combinations<T>(items: readonly T[], count: number): Generator<readonly T[]> {
  if (count === 0) yield [];
  else
    for (const [index, item] of items.entries())
      for (const others of combinations(items.slice(index), count - 1)) yield [item, ...others];
}

function surplusRole({ index, routes }: ProofContext, email: string, roles: readonly string[]): string | undefined {
  for (const account of accountsWithin(index, routes, email))
    for (const { role, address } of index.grantsOf(account))
      if (!roles.includes(role)) return `${address} grants ${role} to ${account}`;
  return undefined;
}

const covers = ({ issuer, pools }: TokensOf, provider: Provider): boolean => {
  if (pools !== undefined && pools !== provider.kind) return false;
  const written = provider.issuer.kind === "oidc" ? provider.issuer.issuer : provider.issuer.kind;
  return written.replace(/\/$/, "") === issuer.replace(/\/$/, "");
};

/** Whether a condition is true of a token's claims, as the evaluator decides. */
export function satisfies({ credential }: WitnessToken, condition: string): boolean {
  const compilation = compile(condition, mappingDialect);
  if (!compilation.ok) return false;
  try {
    const result = compilation.expression.evaluate({ assertion: claimsToCel(credential.claims) });
    return result.ok && result.value === true;
  } catch (error) {
    if (error instanceof UnreadableClaimsError) return false;
    throw error;
  }
}
