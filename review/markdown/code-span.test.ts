import fc from "fast-check";
import { outsideCodeSpans } from "../testing/outside-code-spans";
import { cellSpan, codeSpan } from "./code-span";

const nasty = fc.string({
  unit: fc.constantFrom(
    ..."`|\\@#<>[]()!*_~\n\r\t ",
    "\u202e",
    "\u200b",
    "\u2066",
    "\u0000",
    "\u001b[31m",
    "\ud800",
    "👩‍👩",
    "a",
    "http://x",
  ),
  maxLength: 60,
});

describe("untrusted text in Markdown", () => {
  it("never gets out of its code span", () => {
    fc.assert(
      fc.property(nasty, nasty, (one, other) => {
        expect(outsideCodeSpans(`${codeSpan(one)} and ${codeSpan(other)}`)).toBe("CODE and CODE");
      }),
    );
  });

  it("never gets out of its cell, however a renderer takes backslashes before pipes", () => {
    fc.assert(
      fc.property(nasty, (text) => {
        const cell = cellSpan(text);
        expect(cell.replace(/\\\|/g, "")).not.toContain("|");
        expect(cell).not.toMatch(/\\\\\|/);
      }),
    );
  });

  it("shows line breaks, controls and characters that cannot be seen", () => {
    fc.assert(
      fc.property(nasty, (text) => {
        expect(codeSpan(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u);
      }),
    );
    expect(codeSpan("a\nb\u202ec\u200bd")).toBe("`a\\nb\\u{202e}c\\u{200b}d`");
    expect(codeSpan("A\u3164\u00a0\ufe0f")).toBe("`A\\u{3164}\\u{a0}\\u{fe0f}`");
  });

  it("keeps conditions readable", () => {
    expect(codeSpan("a == 'x' || b")).toBe("`a == 'x' || b`");
    expect(cellSpan("a || b")).toBe("`a \\|\\| b`");
    expect(codeSpan("say `it`")).toBe("`` say `it` ``");
    expect(codeSpan("")).toBe('`""`');
  });

  it("is cut in the middle, so that what was added at the end is seen", () => {
    expect(codeSpan(`${"a".repeat(50)} || true`, 12)).toBe("`aaaaaaaa… (46 more characters) …true`");
    expect(codeSpan("😀".repeat(20), 20)).toBe(`\`${"😀".repeat(20)}\``);
  });
});
