/** A piece of finished markup. It comes from the tag `html`, so text cannot become markup by accident. */
export class Html {
  readonly #markup: string;

  private constructor(markup: string) {
    this.#markup = markup;
  }

  toString(): string {
    return this.#markup;
  }

  /** The tag's own workings; templates call `html`. */
  static fromTemplate(strings: TemplateStringsArray, values: readonly HtmlValue[]): Html {
    const parts = strings.map((text, index) => text + render(values[index]));
    return new Html(parts.join(""));
  }

  /** Markup that this code base wrote itself, such as a style sheet. */
  static fromTrustedText(text: string): Html {
    return new Html(text);
  }
}

/** What a template takes: text is escaped, markup is kept, lists are joined, nothing leaves nothing. */
export type HtmlValue = string | number | Html | undefined | readonly HtmlValue[];

/**
 * Tagged template that escapes every value for element content and for attribute values in double quotes. It does not
 * make a value safe as an unquoted attribute, a URL's scheme, a style or a script: templates never put one there.
 */
export const html = (strings: TemplateStringsArray, ...values: HtmlValue[]): Html => Html.fromTemplate(strings, values);

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function render(value: HtmlValue): string {
  if (value === undefined) return "";
  if (value instanceof Html) return value.toString();
  if (typeof value === "object") return value.map(render).join("");
  return String(value).replace(/[&<>"']/g, (character) => entities[character] ?? "");
}
