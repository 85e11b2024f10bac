import { federationLimits } from "../../facts/federation-limits";
import { conditionDialect } from "../access/attribute-condition";
import { mappingDialect } from "../access/attribute-mapping";
import type { Provider } from "../access/federation";
import type { AccessModel } from "../access/model";
import { compile, type Dialect } from "../cel/expression";
import type { ClaimVariable, KnownClaims } from "./claim-variable";
import { knowledgeOf } from "./issuers";
import { within } from "./operators";
import { certain, error, type SymbolicRecord, type SymbolicValue, textOf, textValue, truthOf } from "./symbolic-value";
import { and, no, not, or, type Term, text, yes } from "./term";
import { sameText } from "./text-terms";
import { translate } from "./translate";
import type { Universe } from "./universe";

/** What a provider does with a token, over all tokens of its issuer at once. */
export interface Admission {
  readonly provider: Provider;
  readonly token: ClaimVariable;
  /** The token is made out for this provider, and Google's limits on what is mapped are kept. */
  readonly mapped: Term<"Bool">;
  readonly conditionTrue: Term<"Bool">;
  /** All of it: a federated token comes of the exchange. */
  readonly admitted: Term<"Bool">;
  readonly subject: Term<"String">;
  readonly attributes: ReadonlyMap<string, Term<"String">>;
  /** What google.groups is mapped to, a list or one of several; an error where it is not mapped. */
  readonly groups: SymbolicValue;
}

/** What is known of the claims of a provider's tokens. */
export const claimsOf = ({ issuer }: Provider): KnownClaims => knowledgeOf(issuer).claims(issuer);

/** Conditions under which the token is one that the provider's issuer signs; to be asked when all claims are named. */
export function signedByIssuer({ issuer }: Provider, token: ClaimVariable): readonly Term<"Bool">[] {
  const facts = [...knowledgeOf(issuer).holds(token, issuer)];
  if (issuer.kind !== "oidc") return facts;
  if (token.children.has("iss")) {
    const written = issuer.issuer.replace(/\/$/, "");
    const claim = token.child("iss");
    facts.push(and(claim.is("text"), or(...[written, `${written}/`].map((form) => sameText(claim.text, text(form))))));
  }
  if (token.children.has("aud")) facts.push(audienceIs(token.child("aud"), issuer.audiences));
  return facts;
}

function audienceIs(claim: ClaimVariable, audiences: readonly string[]): Term<"Bool"> {
  const oneOf = (value: Term<"String">) => or(...audiences.map((audience) => sameText(value, text(audience))));
  const list = claim.list()?.symbolic();
  list?.source.witness();
  const inList =
    list === undefined
      ? yes
      : or(
          ...list.elements.map((element, index) => {
            const value = textOf(element);
            return value === undefined ? no : and(within(list, index), value.when, oneOf(value.value));
          }),
        );
  return or(and(claim.is("text"), oneOf(claim.text)), and(claim.is("list"), inList));
}

/** The provider's mapping and condition, applied to a token. */
export function admissionOf(
  universe: Universe,
  model: AccessModel,
  provider: Provider,
  token: ClaimVariable,
): Admission {
  const mapping = new Mapping(universe, provider, token);
  const pool = model.pools.get(provider.pool);
  const enabled = pool !== undefined && !pool.disabled && !provider.disabled;
  const conditionTrue =
    provider.condition === undefined
      ? yes
      : truthOf(evaluated(universe, provider.condition, conditionDialect, mapping.roots())).isTrue;
  const mapped = enabled ? mapping.succeeds() : no;
  return {
    provider,
    token,
    mapped,
    conditionTrue,
    admitted: and(mapped, conditionTrue),
    subject: mapping.subject(),
    attributes: mapping.attributes(),
    groups: mapping.groups(),
  };
}

/** A condition about the claims of a token alone. */
export function claimsSatisfy(universe: Universe, token: ClaimVariable, condition: string): Term<"Bool"> {
  return truthOf(evaluated(universe, condition, mappingDialect, { assertion: token.record() })).isTrue;
}

function evaluated(
  universe: Universe,
  source: string,
  dialect: Dialect,
  roots: Readonly<Record<string, SymbolicRecord>>,
): SymbolicValue {
  const compilation = compile(source, dialect);
  // What is refused here, for its depth say, Google may accept.
  return compilation.ok
    ? translate(universe, compilation.expression, roots)
    : universe.anything(`an expression that is not read: ${compilation.problem}`);
}

class Mapping {
  readonly #values = new Map<string, SymbolicValue>();
  /** The same mapping of the same token exceeds a limit or does not, whoever asks. */
  readonly #key: string;

  constructor(
    private readonly universe: Universe,
    private readonly provider: Provider,
    private readonly token: ClaimVariable,
  ) {
    this.#key = JSON.stringify([token.path, ...provider.mapping]);
    for (const [target, source] of provider.mapping)
      this.#values.set(target, evaluated(universe, source, mappingDialect, { assertion: token.record() }));
  }

  subject(): Term<"String"> {
    return textOf(this.#values.get("google.subject") ?? error)?.value ?? text("");
  }

  attributes(): ReadonlyMap<string, Term<"String">> {
    return new Map(
      [...this.#values].flatMap(([target, value]): [string, Term<"String">][] =>
        target.startsWith("attribute.") ? [[target.slice("attribute.".length), textOf(value)?.value ?? text("")]] : [],
      ),
    );
  }

  groups(): SymbolicValue {
    return this.#values.get("google.groups") ?? error;
  }

  /** Every target has a value of its type, within the limits. */
  succeeds(): Term<"Bool"> {
    const parts = [...this.#values].map(([target, value]) =>
      target === "google.groups" ? this.#isListOfTexts(value) : (textOf(value)?.when ?? no),
    );
    return and(...parts, not(sameText(this.subject(), text(""))), this.#withinLimits());
  }

  /** Of the size of google.groups nothing is assumed. */
  #withinLimits(): Term<"Bool"> {
    const { subjectBytes, mappedBytes, customAttributes } = federationLimits;
    const claims = [...this.token.children.values()].map(({ text: value }) => value);
    // Of at most 55 targets none, however it is made, has more than some four times the bytes of all claims together.
    const total = Math.floor(mappedBytes[this.provider.kind] / (4 * (customAttributes + 5)));
    return and(
      not(this.universe.exceeds(subjectBytes, this.subject(), `${this.#key} subject`)),
      not(this.universe.mayExceed(total * 4, claims, `${this.#key} total`)),
    );
  }

  #isListOfTexts(value: SymbolicValue): Term<"Bool"> {
    return or(
      ...value.map(({ when, content }) => {
        if (content.kind === "opaque") return and(when, this.universe.free("Bool"));
        if (content.kind !== "list") return no;
        const { list } = content;
        list.source?.witness();
        const texts = list.elements.map((element, index) => or(not(within(list, index)), textOf(element)?.when ?? no));
        return and(when, ...texts);
      }),
    );
  }

  /** The names of a condition. */
  roots(): Readonly<Record<string, SymbolicRecord>> {
    return {
      assertion: this.token.record(),
      google: this.#record("google."),
      attribute: this.#record("attribute."),
    };
  }

  #record(prefix: string): SymbolicRecord {
    const fields = new Map(
      [...this.#values].flatMap(([target, value]): [string, SymbolicValue][] =>
        target.startsWith(prefix) ? [[target.slice(prefix.length), this.#settled(target, value)]] : [],
      ),
    );
    return {
      keys: [...fields.keys()],
      has: (key) => (fields.has(key) ? yes : no),
      get: (key) => fields.get(key) ?? error,
    };
  }

  /** A condition is evaluated only where the mapping has succeeded, and so finds each target of its type. */
  #settled(target: string, value: SymbolicValue): SymbolicValue {
    if (target === "google.groups") {
      const groups = value.filter(({ content }) => content.kind === "list" || content.kind === "opaque");
      const [only, ...others] = groups;
      return only !== undefined && others.length === 0 ? certain(only.content) : groups;
    }
    return textValue(textOf(value)?.value ?? text(""));
  }
}
