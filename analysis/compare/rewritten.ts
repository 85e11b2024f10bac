import type { Provider } from "../access/federation";
import { admissionOf, claimsOf } from "../prove/admission";
import type { Question } from "../prove/decide";
import { identityOfToken } from "../prove/reach";
import { and, no, not, or } from "../prove/term";
import { sameText } from "../prove/text-terms";
import { presentedTo, type Side } from "./side";

/** Whether all but the subject and the attributes is mapped by the same words. */
export function mapsOthersAlike(before: Provider, after: Provider): boolean {
  const others = ({ mapping }: Provider) =>
    JSON.stringify(
      [...mapping].filter(([target]) => target !== "google.subject" && !target.startsWith("attribute.")).sort(),
    );
  return others(before) === others(after);
}

/** Whether a token is admitted as somebody else, or on one side only. */
export function differs(base: Side, before: Provider, head: Side, after: Provider): Question {
  return {
    limits: true,
    unseen: true,
    build: (universe) => {
      const token = universe.token("token", claimsOf(after));
      const one = admissionOf(universe, base.model, before, token);
      const other = admissionOf(universe, head.model, after, token);
      const names = new Set([...one.attributes.keys(), ...other.attributes.keys()]);
      const attributes = [...names].map((name) => {
        const [a, b] = [one.attributes.get(name), other.attributes.get(name)];
        return a === undefined || b === undefined ? no : sameText(a, b);
      });
      const sameIdentity = and(sameText(one.subject, other.subject), ...attributes);
      const formula = or(
        and(one.admitted, not(other.admitted)),
        and(other.admitted, not(one.admitted)),
        and(one.admitted, other.admitted, not(sameIdentity)),
      );
      return { formula, tokens: [{ token, provider: after }] };
    },
    confirms: ([token]) => {
      if (token === undefined) return false;
      const identities = [
        identityOfToken(base.model, presentedTo(token, before)),
        identityOfToken(head.model, presentedTo(token, after)),
      ];
      const [a, b] = identities.map((identity) => JSON.stringify(identity));
      return a !== b;
    },
  };
}
