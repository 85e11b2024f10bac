import { conditionDialect } from "../../access/attribute-condition";
import { mappingDialect } from "../../access/attribute-mapping";
import type { Provider } from "../../access/federation";
import { compile, type Dialect } from "../../cel/expression";
import { textsIn } from "../../cel/texts";
import { admissionOf, claimsOf } from "../admission";
import { knowledgeOf } from "../issuers";
import type { ModelIndex } from "../model-index";
import { counterexample, refute, type Suspicion } from "../proof-context";
import { identityOfToken } from "../reach";
import { and } from "../term";
import { type BuiltIn, type BuiltInScope, providersOf } from "./built-in";

/** Issuers that many share sign for all of them alike. Ours are the tenants that are declared or, else, mentioned. */
export const foreignTenants: BuiltIn = {
  name: "foreign-tenants",
  statement: "no tenant of an issuer but ours is admitted",
  prove: (scope) => refute(scope.context, suspicions(scope)),
};

function* suspicions(scope: BuiltInScope): Generator<Suspicion> {
  const { index, model } = scope.context;
  for (const provider of providersOf(scope)) {
    const { tenancy, title } = knowledgeOf(provider.issuer);
    if (tenancy === undefined) continue;
    const declared = declaredFor(scope, provider);
    // Whoever writes down an issuer of one tenant has named the tenant.
    if (declared === undefined && knowledgeOf(provider.issuer).ofOneTenant?.(provider.issuer)) continue;
    const mentioned = textsOf(index, provider);
    const names = [...new Set(mentioned.flatMap((text) => tenancy.namesIn(text)))];
    yield {
      doubts: [],
      question: {
        build: (universe) => {
          const token = universe.token("token", claimsOf(provider));
          const { admitted } = admissionOf(universe, model, provider, token);
          const ours = (declared ?? mentioned).map((text) => universe.literal(text));
          return { formula: and(admitted, tenancy.stranger(token, ours, names)), tokens: [{ token, provider }] };
        },
        confirms: ([token]) => token !== undefined && identityOfToken(model, token) !== undefined,
      },
      explain: ([token]) => {
        const identity = token && identityOfToken(model, token);
        return {
          verdict: "violated",
          explanation: `${provider.address} admits a token of ${title} whose ${tenancy.id} is not ours`,
          counterexamples: token === undefined || identity === undefined ? [] : [counterexample(token, { identity })],
        };
      },
    };
  }
}

function declaredFor({ ours }: BuiltInScope, { issuer }: Provider): readonly string[] | undefined {
  const url = issuer.kind === "oidc" ? issuer.issuer.replace(/\/$/, "") : issuer.kind;
  return Object.entries(ours).find(([stated]) => stated.replace(/\/$/, "") === url)?.[1];
}

/** All texts that the provider's condition, its mapping and the members of its pool hold. */
function textsOf(index: ModelIndex, provider: Provider): readonly string[] {
  const expressions: readonly (readonly [string, Dialect])[] = [
    ...(provider.condition === undefined ? [] : [[provider.condition, conditionDialect] as const]),
    ...[...provider.mapping.values()].map((source) => [source, mappingDialect] as const),
  ];
  const written = expressions.flatMap(([source, dialect]) => {
    const compilation = compile(source, dialect);
    return compilation.ok ? textsIn(compilation.expression.syntax) : [];
  });
  return [...new Set([...written, ...index.textsOf(provider.pool)])];
}
