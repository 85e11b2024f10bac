import type { Json, JsonObject } from "../../analysis";
import type { KnownSecrets } from "./known-secrets";
import { isSecretAttribute, isSecretName, isSecretTextName, secretPairName } from "./secret-names";
import { hideSecretShapes } from "./secret-shapes";
import { isMarked, marksUnder, misfits, type SensitiveMarks } from "./sensitive-marks";
import { Hidden, type ShownObject, type ShownValue } from "./shown-value";

/** What is known of a value beside the value itself. */
export interface ValueMarks {
  readonly sensitive: SensitiveMarks;
  /** `after_unknown`: `true` where the value is known only after apply, else parallel to the value. */
  readonly unknown?: Json | undefined;
  /** Configuration references of a top-level attribute, for values that are not known yet. */
  readonly references?: ReadonlyMap<string, readonly string[]> | undefined;
}

interface Place {
  readonly name?: string | undefined;
  readonly parent?: string | undefined;
  readonly references: readonly string[];
}

const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);
const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Turns values of a plan into what may be shown of them; the only way into the model. */
export class Redactor {
  readonly #known: KnownSecrets;
  /** What was made of a text: most of a plan stands in it several times, before and after, here and there. */
  readonly #names = new Map<string, string>();
  readonly #texts = new Map<string, string | Hidden>();

  constructor(known: KnownSecrets) {
    this.#known = known;
  }

  /** Attributes of one object of the resource type. */
  attributes(type: string, values: JsonObject, marks: ValueMarks): ShownObject {
    const shown = this.#object(values, marks.sensitive, marks.unknown, { references: [] }, marks.references);
    const entries = Object.entries(shown).map(([name, value]): [string, ShownValue] => {
      const written = Object.getOwnPropertyDescriptor(values, name)?.value;
      return isSecretAttribute(type, name) && isHideable(written) && !(value instanceof Hidden)
        ? [name, Hidden.value("secret", JSON.stringify(written))]
        : [name, value];
    });
    return Object.fromEntries(entries);
  }

  /** A value that stands for itself, as an output does. */
  value(name: string, value: Json | undefined, marks: ValueMarks): ShownValue {
    return this.#value(value ?? null, marks.sensitive, marks.unknown, { name, references: [] });
  }

  /** Names, addresses and map keys: secrets in them are replaced. */
  name(text: string): string {
    const seen = this.#names.get(text);
    if (seen !== undefined) return seen;
    const shown = hideSecretShapes(this.#known.hide(text, "(sensitive)"));
    this.#names.set(text, shown);
    return shown;
  }

  #value(value: Json, sensitive: SensitiveMarks, unknown: Json | undefined, place: Place): ShownValue {
    if (unknown === true) return Hidden.unknown(place.references.map((reference) => this.name(reference)));
    if (isMarked(sensitive) || misfits(sensitive, value)) return Hidden.value("sensitive", JSON.stringify(value));
    if (this.#isSecretByName(value, place)) return Hidden.value("secret", JSON.stringify(value));
    if (typeof value === "string") return this.#text(value);
    if (typeof value === "number" && this.#known.hasNumber(value)) return Hidden.value("sensitive", String(value));
    if (isList(value) || isList(unknown)) {
      return this.#list(isList(value) ? value : [], sensitive, isList(unknown) ? unknown : [], place);
    }
    if (isObject(value) || isObject(unknown))
      return this.#object(isObject(value) ? value : {}, sensitive, unknown, place);
    return value;
  }

  #isSecretByName(value: Json, { name, parent }: Place): boolean {
    if (name === undefined || !isHideable(value)) return false;
    return typeof value === "object" ? isSecretName(name) : isSecretTextName(name, parent);
  }

  #list(value: readonly Json[], sensitive: SensitiveMarks, unknown: readonly Json[], place: Place): ShownValue {
    const length = Math.max(value.length, unknown.length);
    return Array.from({ length }, (_, index) =>
      this.#value(value[index] ?? null, marksUnder(sensitive, index), unknown[index], place),
    );
  }

  #object(
    value: JsonObject,
    sensitive: SensitiveMarks,
    unknown: Json | undefined,
    place: Place,
    references?: ReadonlyMap<string, readonly string[]>,
  ): ShownObject {
    const unknownByName = isObject(unknown) ? unknown : {};
    const names = [...Object.keys(value), ...Object.keys(unknownByName).filter((name) => !Object.hasOwn(value, name))];
    const pairName = secretPairName(value);
    return Object.fromEntries(
      names.map((name): [string, ShownValue] => [
        this.name(name),
        this.#value(
          Object.hasOwn(value, name) ? (value[name] ?? null) : null,
          marksUnder(sensitive, name),
          Object.hasOwn(unknownByName, name) ? unknownByName[name] : undefined,
          {
            name: name === "value" && pairName !== undefined ? pairName : name,
            parent: place.name,
            references: references?.get(name) ?? place.references,
          },
        ),
      ]),
    );
  }

  #text(text: string): string | Hidden {
    const seen = this.#texts.get(text);
    if (seen !== undefined) return seen;
    const redacted = hideSecretShapes(this.#known.hide(this.#insideJson(text), "(sensitive value)"));
    const shown = redacted === text ? text : Hidden.value("secret", text, redacted);
    this.#texts.set(text, shown);
    return shown;
  }

  /** A text that is JSON itself, as an environment variable or a policy is: redacted by its own names. */
  #insideJson(text: string): string {
    if (!/^\s*[[{]/.test(text)) return text;
    let parsed: Json;
    try {
      parsed = JSON.parse(text);
    } catch {
      return text;
    }
    const shown = this.#value(parsed, undefined, undefined, { references: [] });
    return holdsHidden(shown) ? JSON.stringify(shown) : text;
  }
}

/** Yes, no and nothing are no secrets. */
const isHideable = (value: Json | undefined): boolean =>
  value !== undefined && value !== null && value !== "" && typeof value !== "boolean";

function holdsHidden(value: ShownValue): boolean {
  if (value instanceof Hidden) return true;
  return typeof value === "object" && value !== null && Object.values(value).some(holdsHidden);
}
